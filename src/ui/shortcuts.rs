//! Keys that lead somewhere, and the dialog that lists them. They rest while one types, with Ctrl, Alt or ⌘,
//! over an open dialog, and for good when the person turns them off (kept in this browser).

use super::{
    SafeUrl,
    browser::{focus, remember, remembered},
    dialog::{Dialog, dialog, show},
};
use crate::pages::Page;
use leptos::{
    ev::{self, KeyboardEvent},
    prelude::*,
    wasm_bindgen::JsCast,
    web_sys::{Element, HtmlElement},
};
use leptos_router::hooks::use_navigate;

/// Id of the dialog that lists them.
pub(super) const SHORTCUTS: &str = "shortcuts";
/// Name under which the browser keeps that they are off.
const KEPT: &str = "techally-shortcuts";
/// Milliseconds between `g` and the key of a page.
const TOGETHER: f64 = 1_500.0;

/// Listens to the keys of these pages, and draws the dialog that lists them.
pub(super) fn shortcuts(pages: Vec<&'static Page>) -> AnyView {
    let off = RwSignal::new(false);
    let went = StoredValue::new(f64::MIN);
    let keys: Vec<(char, &'static Page)> =
        pages.into_iter().filter_map(|page| page.nav.as_ref().map(|nav| (nav.key, page))).collect();
    let rows = keys
        .iter()
        .map(|(key, page)| row(&["g", key.encode_utf8(&mut [0; 4])], format!("Go to {}", page.title)))
        .collect::<Vec<_>>();
    let navigate = use_navigate();
    Effect::new(move |_| {
        off.set(remembered(KEPT).is_some_and(|word| word == "off"));
        let (keys, navigate) = (keys.clone(), navigate.clone());
        let listener = window_event_listener(ev::keydown, move |event| {
            if off.get_untracked() || is_taken(&event) {
                return;
            }
            let key = event.key();
            let now = event.time_stamp();
            let after_g = now - went.get_value() < TOGETHER;
            went.set_value(f64::MIN);
            match key.as_str() {
                "?" => {
                    show(SHORTCUTS);
                }
                "/" => {
                    if !seek() {
                        return;
                    }
                }
                "g" => {
                    went.set_value(now);
                    return;
                }
                "j" | "k" if !after_g => {
                    if !step(key == "j") {
                        return;
                    }
                }
                "x" if !after_g => {
                    if !click("main tr:focus-within .check") {
                        return;
                    }
                }
                key if after_g => {
                    let Some((_, page)) = keys.iter().find(|(wanted, _)| key.chars().eq([*wanted])) else { return };
                    navigate(page.path, leptos_router::NavigateOptions::default());
                }
                _ => return,
            }
            event.prevent_default();
        });
        on_cleanup(move || listener.remove());
    });
    let turn = move |_| {
        off.update(|off| *off = !*off);
        remember(KEPT, if off.get_untracked() { "off" } else { "on" });
    };
    let parts = vec![
        view! {
            <dl class="keys">
                {rows}
                {row(&["Ctrl", "⌘", "K"], "Search everything (Ctrl or ⌘ with K)".into())}
                {row(&["/"], "Search in this list".into())}
                {row(&["j"], "Next row, or next order of the list".into())}
                {row(&["k"], "The one before".into())}
                {row(&["x"], "Select the row".into())}
                {row(&["?"], "Show this".into())}
            </dl>
            <label class="check-line">
                <input class="check" type="checkbox" prop:checked=move || !off.get() on:change=turn />
                "Keyboard shortcuts are on in this browser"
            </label>
        }
        .into_any(),
    ];
    let about = Dialog { id: SHORTCUTS, title: "Keyboard shortcuts".into(), open: false, back: SafeUrl::default() };
    dialog(about, parts)
}

/// In a list to the next row or the one before; on a page that was opened from one, to its neighbour there.
fn step(forward: bool) -> bool {
    let find = |selector: &str| document().query_selector(selector).ok().flatten();
    let Some(first) = find("main tbody tr:has(.lead a)") else {
        return click(if forward { "main .page-head [rel=next]" } else { "main .page-head [rel=prev]" });
    };
    let to = match find("main tbody tr:focus-within") {
        None => Some(first),
        Some(row) if forward => row.next_element_sibling(),
        Some(row) => row.previous_element_sibling(),
    };
    if let Some(link) = to.and_then(|row| row.query_selector(".lead a").ok().flatten()) {
        link.scroll_into_view_with_bool(false);
        focus(&link);
    }
    true
}

fn click(selector: &str) -> bool {
    let found = document().query_selector(selector).ok().flatten().and_then(|one| one.dyn_into::<HtmlElement>().ok());
    let found = found.inspect(HtmlElement::click);
    found.is_some()
}

/// Takes the focus to the search box, if the page has one.
fn seek() -> bool {
    let Ok(Some(search)) = document().query_selector("main [type=search]") else { return false };
    focus(&search);
    stay(search, 30);
    true
}

/// A list that is drawn again when its data has come has another search box: the focus goes on to it.
fn stay(search: Element, frames: u8) {
    request_animation_frame(move || {
        if !search.is_connected() {
            seek();
        } else if frames > 0 {
            stay(search, frames - 1);
        }
    });
}

fn row(keys: &[&str], what: String) -> AnyView {
    let keys = keys.iter().map(|key| view! { <kbd>{(*key).to_owned()}</kbd> " " }).collect_view();
    view! { <div><dt>{keys}</dt><dd>{what}</dd></div> }.into_any()
}

/// Whether the key is meant for something else: a field, a menu, a dialog, the browser.
fn is_taken(event: &KeyboardEvent) -> bool {
    let typing = event
        .target()
        .and_then(|target| target.dyn_into::<Element>().ok())
        .and_then(|target| {
            target
                .closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]")
                .ok()
                .flatten()
        })
        .is_some();
    let busy = document().query_selector("dialog:modal").is_ok_and(|open| open.is_some());
    typing
        || busy
        || event.default_prevented()
        || event.is_composing()
        || event.ctrl_key()
        || event.alt_key()
        || event.meta_key()
}
