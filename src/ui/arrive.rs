//! Where the keyboard and the screen reader are after a page changed without a load of the document.

use super::browser::focus;
use leptos::{html, prelude::*, web_sys::Element};
use leptos_router::hooks::use_location;

/// The path whose title was reached last, and whether by a link inside the app.
#[derive(Clone, Copy)]
struct Here(StoredValue<(String, bool)>);

/// Notes where the document was loaded; once, in the shell.
pub(super) fn watch_arrivals() {
    let here = StoredValue::new((String::new(), false));
    provide_context(Here(here));
    let path = use_location().pathname;
    Effect::new(move |_| here.set_value((path.get_untracked(), false)));
}

/// The node of a page's title. When the page was reached by a link inside the app, it takes the focus, which
/// reads it out, as a load of the document would; drawing the same page again moves no focus that is somewhere.
pub(super) fn arriving_title() -> NodeRef<html::H1> {
    let title = NodeRef::<html::H1>::new();
    let here = use_context::<Here>();
    // the router's own word: the address bar follows only when the page is there
    let path = use_location().pathname;
    Effect::new(move |_| {
        let (Some(title), Some(Here(here))) = (title.get(), here) else { return };
        let path = path.get_untracked();
        let (before, by_link) = here.get_value();
        let arrives = !before.is_empty() && before != path;
        // drawn again while its data came: the focus fell to the body
        let lost = by_link && document().active_element().is_none_or(|element| element.tag_name() == "BODY");
        if arrives || lost {
            focus_when_there(title.into(), 20);
        }
        here.set_value((path, arrives || by_link));
    });
    title
}

/// Focuses an element that is about to come into the document: a page is built first and put there after.
pub(super) fn focus_when_there(element: Element, frames: u8) {
    request_animation_frame(move || {
        if element.is_connected() {
            // who has gone on to a field meanwhile stays there
            let typing = document()
                .active_element()
                .is_some_and(|now| now.matches("main input, main textarea, main select").unwrap_or(false));
            if !typing {
                focus(&element);
            }
        } else if frames > 0 {
            focus_when_there(element, frames - 1);
        }
    });
}

/// Moves the focus to the content.
pub(super) fn focus_main() {
    if let Some(main) = document().get_element_by_id("main") {
        focus(&main);
    }
}
