//! The pinned views in the navigation, with numbers that are no more than a minute old.

use super::api::PinnedNumbers;
use crate::{
    forms::PageNotes,
    ui::{Icon, Link, SafeUrl, ask},
};
use leptos::{prelude::*, task::spawn_local};
use leptos_router::hooks::use_location;
use server_fn::ServerFn;
use std::time::Duration;

/// How often the numbers are asked for anew.
const EVERY: Duration = Duration::from_secs(50);

/// Draws them; nothing for who has pinned none. Which they are changes with a load of the page only.
pub fn pins() -> AnyView {
    let pins = use_context::<PageNotes>().map(|notes| notes.pins).unwrap_or_default();
    if pins.is_empty() {
        return ().into_any();
    }
    let numbers = RwSignal::new(pins.iter().filter_map(|pin| pin.get(2).cloned()).collect::<Vec<String>>());
    Effect::new(move |_| {
        set_interval(
            move || {
                spawn_local(async move {
                    // asked for as forms do it, which is in the first bundle anyway; no number has a quote in it
                    if let Ok(answer) = ask(PinnedNumbers::PATH, String::new()).await {
                        numbers.set(answer.split('"').skip(1).step_by(2).map(str::to_owned).collect());
                    }
                });
            },
            EVERY,
        );
    });
    let links = pins.into_iter().enumerate().map(|(at, pin)| link(at, pin, numbers)).collect::<Vec<_>>();
    view! { <p class="nav-title" id="nav-views">"Views"</p> <ul class="nav" aria-labelledby="nav-views">{links}</ul> }
        .into_any()
}

fn link(at: usize, pin: Vec<String>, numbers: RwSignal<Vec<String>>) -> AnyView {
    let mut pin = pin.into_iter();
    let (name, to) = (pin.next().unwrap_or_default(), pin.next().unwrap_or_default());
    let here = use_location();
    let address = to.clone();
    let current = move || {
        let (path, query) = address.split_once('?')?;
        (here.pathname.with(|own| own == path) && here.search.with(|own| own == query)).then_some("page")
    };
    let count = move || numbers.with(|numbers| numbers.get(at).cloned().unwrap_or_default());
    view! {
        <li aria-current=current>
            <Link to=SafeUrl::path(to)><Icon name="bookmark" /><span>{name}</span> <span class="count">{count}</span></Link>
        </li>
    }
    .into_any()
}
