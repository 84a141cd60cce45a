//! The dialog: the browser's own `<dialog>`, which keeps the focus inside, gives it back and closes on Escape.
//! Its opener is a link to the page with the dialog drawn open, so it works without JavaScript and can be
//! bookmarked; with JavaScript the dialog opens where one is.

use super::{Icon, SafeUrl};
use leptos::{prelude::*, wasm_bindgen::JsCast, web_sys::HtmlDialogElement};
use leptos_router::{NavigateOptions, hooks::use_navigate};

/// A dialog.
pub struct Dialog {
    /// Unique in the page; the opener names it.
    pub id: &'static str,
    /// Its title.
    pub title: String,
    /// Drawn open: its address was asked for, or its form was refused.
    pub open: bool,
    /// The page without it; none for a dialog that only a script opens.
    pub back: SafeUrl,
}

/// Draws a dialog; its parts stand below the title.
pub fn dialog(dialog: Dialog, parts: Vec<AnyView>) -> AnyView {
    let Dialog { id, title, open, back } = dialog;
    let title_id = format!("{id}-title");
    let labelled_by = title_id.clone();
    Effect::new(move |_| {
        if open {
            show_when_there(id, 30);
        }
    });
    // closed by Escape, the address says the same as the page
    let closed = {
        let (back, navigate) = (back.clone(), open.then(use_navigate));
        move |_: leptos::ev::Event| {
            if let (Some(navigate), Some(back)) = (&navigate, back.as_str())
                && back != here()
            {
                navigate(back, NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() });
            }
        }
    };
    view! {
        <dialog class="dialog" id=id aria-labelledby=labelled_by open=open on:close=closed>
            <header>
                <h2 id=title_id>{title}</h2>
                {dialog_closer(id, back, "button quiet", view! { <Icon name="x" /><span class="visually-hidden">"Close"</span> }.into_any())}
            </header>
            <div class="body">{parts}</div>
        </dialog>
    }
    .into_any()
}

/// The link that opens a dialog; `to` is the page with it drawn open.
pub fn dialog_opener(id: &'static str, to: SafeUrl, class: &'static str, content: AnyView) -> AnyView {
    let open = move |event: leptos::ev::MouseEvent| {
        if show(id) {
            event.prevent_default();
        }
    };
    view! { <a class=class href=to.into_attribute() aria-haspopup="dialog" on:click=open>{content}</a> }.into_any()
}

/// The link that closes it; `back` is the page without it.
pub fn dialog_closer(id: &'static str, back: SafeUrl, class: &'static str, content: AnyView) -> AnyView {
    let to = back.clone();
    let close = move |event: leptos::ev::MouseEvent| {
        if let Some(dialog) = find(id) {
            dialog.close();
        }
        // opened where one was: there is nowhere to go back to
        if to.as_str().is_none_or(|back| back == here()) {
            event.prevent_default();
        }
    };
    match back.into_attribute() {
        Some(back) => view! { <a class=class href=back on:click=close>{content}</a> }.into_any(),
        None => view! { <button class=class type="button" on:click=close>{content}</button> }.into_any(),
    }
}

/// The address that the browser shows.
fn here() -> String {
    let location = window().location();
    location.pathname().unwrap_or_default() + &location.search().unwrap_or_default()
}

/// Opens a dialog over the page; whether it could.
pub fn show(id: &str) -> bool {
    find(id).is_some_and(|dialog| {
        super::browser::close_menus();
        // one that was drawn open is part of the page until it is opened over it; `close` would tell of a closing
        let _ = dialog.remove_attribute("open");
        dialog.show_modal().is_ok()
    })
}

/// The same for a dialog that is about to come into the document: a page is built first and put there after.
fn show_when_there(id: &'static str, frames: u8) {
    if !show(id) && frames > 0 {
        request_animation_frame(move || show_when_there(id, frames - 1));
    }
}

fn find(id: &str) -> Option<HtmlDialogElement> {
    document().get_element_by_id(id)?.dyn_into().ok()
}

/// The heart of a confirmation: what will change, a sentence each, and whether it can be undone. The form around it has
/// the button that does it, named for what it does.
pub fn changes(changes: Vec<String>) -> AnyView {
    if changes.is_empty() {
        return ().into_any();
    }
    let rows = changes.into_iter().map(|text| view! { <li>{text}</li> }).collect_view();
    view! { <div class="changes"><p>"This will change:"</p><ul>{rows}</ul></div> }.into_any()
}
