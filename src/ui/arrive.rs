//! Where the keyboard and the screen reader are after a page changed without a load of the document.

use super::browser::focus;
use leptos::{html, prelude::*};

/// The path whose title was reached last.
#[derive(Clone, Copy)]
struct Here(StoredValue<String>);

/// Notes where the document was loaded; once, in the shell.
pub(super) fn watch_arrivals() {
    let here = StoredValue::new(String::new());
    provide_context(Here(here));
    Effect::new(move |_| here.set_value(path()));
}

/// The node of a page's title. When the page was reached by a link inside the app, it takes the focus, which
/// reads it out, as a load of the document would; drawing the same page again moves nothing.
pub(super) fn arriving_title() -> NodeRef<html::H1> {
    let title = NodeRef::<html::H1>::new();
    let here = use_context::<Here>();
    Effect::new(move |_| {
        let (Some(title), Some(Here(here))) = (title.get(), here) else { return };
        let path = path();
        if here.with_value(|here| !here.is_empty() && *here != path) {
            focus(&title);
        }
        here.set_value(path);
    });
    title
}

/// Moves the focus to the content.
pub(super) fn focus_main() {
    if let Some(main) = document().get_element_by_id("main") {
        focus(&main);
    }
}

fn path() -> String {
    window().location().pathname().unwrap_or_default()
}
