//! The pinned views in the navigation, with numbers that are no more than a minute old.

use super::{api::pinned_views, model::Pin};
use crate::{
    forms::PageNotes,
    ui::{Icon, Link, SafeUrl},
};
use leptos::{leptos_dom::helpers::set_interval_with_handle, prelude::*, task::spawn_local};
use leptos_router::hooks::use_location;
use std::time::Duration;

/// How often the numbers are asked for anew.
const EVERY: Duration = Duration::from_secs(50);

/// Draws them; nothing for who has pinned none.
pub fn pins() -> AnyView {
    let pins = RwSignal::new(use_context::<PageNotes>().map(|notes| notes.pins).unwrap_or_default());
    Effect::new(move |_| {
        if pins.with_untracked(Vec::is_empty) {
            return;
        }
        let ask = move || {
            spawn_local(async move {
                if let Ok(now) = pinned_views().await {
                    pins.set(now);
                }
            });
        };
        if let Ok(handle) = set_interval_with_handle(ask, EVERY) {
            on_cleanup(move || handle.clear());
        }
    });
    (move || {
        let links = pins.get().into_iter().map(link).collect::<Vec<_>>();
        (!links.is_empty()).then(|| {
            view! { <p class="nav-title" id="nav-views">"Views"</p> <ul class="nav" aria-labelledby="nav-views">{links}</ul> }
                .into_any()
        })
    })
    .into_any()
}

fn link(pin: Pin) -> AnyView {
    let Pin { name, to, count } = pin;
    let here = use_location();
    let address = to.clone();
    let current = move || {
        let is_here = address
            .split_once('?')
            .is_some_and(|(path, query)| here.pathname.with(|own| own == path) && here.search.with(|own| own == query));
        is_here.then_some("page")
    };
    let count = (!count.is_empty()).then(|| view! { <span class="count">{count}</span> });
    view! { <li aria-current=current><Link to=SafeUrl::path(to)><Icon name="bookmark" /><span>{name}</span>{count}</Link></li> }
        .into_any()
}
