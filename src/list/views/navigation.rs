//! The pinned views in the navigation, with their numbers; `public/numbers.js` keeps those up to date.

use crate::{
    forms::PageNotes,
    ui::{Icon, Link, SafeUrl},
};
use leptos::prelude::*;
use leptos_router::hooks::use_location;

/// Draws them; nothing for who has pinned none. Which they are changes with a load of the page only.
pub fn pins() -> AnyView {
    let pins = use_context::<PageNotes>().map(|notes| notes.pins).unwrap_or_default();
    if pins.is_empty() {
        return ().into_any();
    }
    let links = pins.into_iter().map(link).collect::<Vec<_>>();
    view! { <p class="nav-title" id="nav-views">"Views"</p> <ul class="nav" aria-labelledby="nav-views">{links}</ul> }
        .into_any()
}

fn link(pin: Vec<String>) -> AnyView {
    let mut pin = pin.into_iter();
    let mut text = || pin.next().unwrap_or_default();
    let (name, to, count) = (text(), text(), text());
    let here = use_location();
    let address = to.clone();
    let current = move || {
        let (path, query) = address.split_once('?')?;
        (here.pathname.with(|own| own == path) && here.search.with(|own| own == query)).then_some("page")
    };
    view! {
        <li aria-current=current>
            <Link to=SafeUrl::path(to)><Icon name="bookmark" /><span>{name}</span> <span class="count">{count}</span></Link>
        </li>
    }
    .into_any()
}
