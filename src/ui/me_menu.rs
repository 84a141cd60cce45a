//! The person's menu: how the app looks, the shortcuts, the way out.

use super::{Form, FormError, FormTo, Icon, SafeUrl, dialog::show, shortcuts::SHORTCUTS};
use crate::{
    auth::{
        api::{SetLook, SignOut},
        model::Me,
    },
    forms::Done,
};
use leptos::prelude::*;
use leptos_router::hooks::use_location;

/// The menu of the signed-in person.
pub(super) fn me_menu(me: &Me) -> AnyView {
    let to = FormTo::of::<SignOut>();
    view! {
        <button class="me" type="button" popovertarget="me-menu">
            {avatar(me)}
            <span class="me-name">{me.name.clone()}</span>
            <Icon name="chevron-down" />
        </button>
        <div class="menu" id="me-menu" popover>
            <div class="menu-head"><b>{me.name.clone()}</b><span class="soft">{me.role.label()}</span></div>
            {look(me)}
            <a class="menu-item" href="/account"><Icon name="user" />"Your account"</a>
            <button class="menu-item needs-script" type="button" on:click=|_| { show(SHORTCUTS); }>
                <Icon name="keyboard" />"Keyboard shortcuts" <kbd>"?"</kbd>
            </button>
            <Form to action="/logout">
                <input type="hidden" name="sign_out" value="1" />
                <button class="menu-item"><Icon name="log-out" />"Sign out"</button>
            </Form>
        </div>
    }
    .into_any()
}

/// The picture, or initials where there is none.
fn avatar(me: &Me) -> AnyView {
    match SafeUrl::path(me.avatar.clone()).into_attribute() {
        Some(at) => view! { <img class="avatar" src=at alt="" width="24" height="24" /> }.into_any(),
        None => view! { <span class="avatar" aria-hidden="true">{me.initials()}</span> }.into_any(),
    }
}

/// Theme and density. The document has both as attributes, so a change shows at once and on each load after.
fn look(me: &Me) -> AnyView {
    let to = FormTo::of::<SetLook>();
    let (theme, density) = (RwSignal::new(me.theme.clone()), RwSignal::new(me.density.clone()));
    let location = use_location();
    let back = move || {
        let (path, search) = (location.pathname.get(), location.search.get());
        if search.is_empty() { path } else { format!("{path}?{search}") }
    };
    view! {
        <Form to action="/look" on_done=|_: Done| ()>
            <FormError />
            <input type="hidden" name="back" value=back />
            <div class="segments" role="group" aria-label="Theme">
                {choice("theme", theme, "system", "monitor", "System")}
                {choice("theme", theme, "light", "sun", "Light")}
                {choice("theme", theme, "dark", "moon", "Dark")}
            </div>
            <div class="segments" role="group" aria-label="Density">
                {choice("density", density, "compact", "rows-4", "Compact")}
                {choice("density", density, "relaxed", "rows-2", "Relaxed")}
            </div>
        </Form>
    }
    .into_any()
}

fn choice(
    name: &'static str,
    chosen: RwSignal<String>,
    value: &'static str,
    icon: &'static str,
    label: &'static str,
) -> AnyView {
    let pressed = move || if chosen.with(|chosen| chosen == value) { "true" } else { "false" };
    let choose = move |_| {
        chosen.set(value.to_owned());
        if let Some(root) = document().document_element() {
            let _ = root.set_attribute(if name == "theme" { "data-theme" } else { "data-density" }, value);
        }
    };
    view! {
        <button name=name value=value aria-pressed=pressed on:click=choose><Icon name=icon />{label}</button>
    }
    .into_any()
}
