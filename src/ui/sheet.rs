//! The form of an act that the server described, in a dialog.

use super::{
    Form, FormError, FormTo, Icon, SafeUrl, SubmitButton, Version,
    choice::select,
    dialog::{Dialog, changes, dialog},
    field::{Input, around, bind, input, text_area},
    safe_url::Link,
};
use crate::{
    forms::Done,
    sheet::{Act, Sheet, SheetField},
};
use leptos::prelude::*;
use leptos_router::{NavigateOptions, hooks::use_navigate};

/// Draws the opened act; done, it leads back to the page without it.
pub fn sheet(sheet: Sheet, changed: Callback<Done>) -> AnyView {
    let Sheet { title, effects, to, hidden, version, fields, submit, is_danger, why_not, back } = sheet;
    let navigate = use_navigate();
    let without = back.clone();
    let done = Callback::new(move |done: Done| {
        navigate(&without, NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() });
        changed.run(done);
    });
    let hidden =
        hidden.into_iter().map(|(name, value)| view! { <input type="hidden" name=name value=value /> }).collect_view();
    let effects = changes(effects);
    let button = if is_danger { "button danger" } else { "button primary" };
    // inside the form: its parts find it by context
    let form = move || {
        let end = if why_not.is_empty() {
            view! { <div class="form-end"><SubmitButton class=button>{submit}</SubmitButton></div> }.into_any()
        } else {
            view! { <div class="notice"><Icon name="info" /><p>{why_not}</p></div> }.into_any()
        };
        let fields = fields.into_iter().map(field).collect_view();
        view! { {hidden} {version.map(|version| view! { <Version version /> })} <FormError /> {effects} {fields} {end} }
            .into_any()
    };
    let form = view! { <Form to=FormTo::named(to) class="stack" on_done=done>{form()}</Form> }.into_any();
    dialog(Dialog { id: "sheet", title, open: true, back: SafeUrl::path(back) }, vec![form])
}

fn field(field: SheetField) -> AnyView {
    let SheetField { name, label, hint, value, required, rows, kind, options } = field;
    let hint = (!hint.is_empty()).then_some(hint.as_str());
    if rows > 0 {
        return text_area(&name, &label, required, rows, hint, (!value.is_empty()).then_some(value));
    }
    if !options.is_empty() {
        return select(&name, &label, options, value, required, hint);
    }
    let bound = bind(&name);
    let (kind, autocomplete, inputmode) = match kind.as_str() {
        "email" => ("email", "email", None),
        "password" => ("password", "current-password", None),
        "new-password" => ("password", "new-password", None),
        "date" => ("date", "off", None),
        "code" => ("text", "one-time-code", Some("numeric")),
        _ => ("text", "off", None),
    };
    let what = Input { kind, autocomplete, required, value, inputmode, ..Input::default() };
    let line = input(&name, &bound, hint.is_some(), what);
    around(&bound.id, &label, required, hint, bound.error, line)
}

/// The acts of a part of a page: links to those that can be done, and why the others can't.
pub fn acts(acts: Vec<Act>) -> AnyView {
    if acts.is_empty() {
        return ().into_any();
    }
    let acts = acts.into_iter().map(|Act { label, icon, to, why_not, .. }| act(label, icon, to, why_not));
    view! { <div class="card-acts">{acts.collect::<Vec<_>>()}</div> }.into_any()
}

/// An act: a link to where it is done, or why it can't be.
pub(super) fn act(label: String, icon: String, to: String, why_not: String) -> AnyView {
    if to.is_empty() {
        return view! { <p class="why">{label} ": " {why_not}</p> }.into_any();
    }
    view! { <Link class="button quiet" to=SafeUrl::path(to)><Icon name=icon />{label}</Link> }.into_any()
}
