//! The few things of the browser that `web-sys` has only behind features that nobody else turns on; each
//! feature more would have the whole of Leptos compiled again.

use leptos::{
    leptos_dom::helpers::is_server,
    prelude::*,
    wasm_bindgen::{JsCast, JsValue},
    web_sys::{
        Element,
        js_sys::{Array, Function, Object, Reflect},
    },
};

/// `object.method(…)`; nothing when there is no such method or it throws.
fn call(object: &JsValue, method: &str, arguments: &[&JsValue]) -> Option<JsValue> {
    let function: Function = Reflect::get(object, &method.into()).ok()?.dyn_into().ok()?;
    function.apply(object, &arguments.iter().copied().collect::<Array>()).ok()
}

/// Focuses an element without scrolling: where a page starts is the router's matter.
pub(super) fn focus(element: &Element) {
    let options = Object::new();
    let _ = Reflect::set(&options, &"preventScroll".into(), &JsValue::TRUE);
    call(element, "focus", &[&options]);
}

/// What is being typed into the search box of the page and was not sent yet.
pub(super) fn unsent() -> Option<String> {
    if is_server() {
        return None;
    }
    let field = document().query_selector("main [type=search]:focus").ok()??;
    let read = |name: &str| Reflect::get(&field, &name.into()).ok()?.as_string();
    read("value").filter(|typed| read("defaultValue").as_ref() != Some(typed))
}

/// Writes into a field.
pub(super) fn write(field: &Element, text: &str) {
    let _ = Reflect::set(field, &"value".into(), &text.into());
}

/// Whether the person has text selected.
pub(super) fn has_selection() -> bool {
    let text = call(&window(), "getSelection", &[]).and_then(|selection| call(&selection, "toString", &[]));
    text.and_then(|text| text.as_string()).is_some_and(|text| !text.is_empty())
}

/// What this browser keeps under a name.
pub(super) fn remembered(name: &str) -> Option<String> {
    let storage = Reflect::get(&window(), &"localStorage".into()).ok()?;
    call(&storage, "getItem", &[&name.into()])?.as_string()
}

/// Keeps a word in this browser; one that forbids it forgets.
pub(super) fn remember(name: &str, word: &str) {
    if let Ok(storage) = Reflect::get(&window(), &"localStorage".into()) {
        call(&storage, "setItem", &[&name.into(), &word.into()]);
    }
}

/// Closes menus that hang over the page.
pub(super) fn close_menus() {
    while let Ok(Some(menu)) = document().query_selector(":popover-open") {
        if call(&menu, "hidePopover", &[]).is_none() {
            return;
        }
    }
}
