//! The start page.

use super::api::{Waiting, days_work};
use crate::{
    auth::model::Me,
    pages::{self, Page},
    route::AppPage,
    ui::{Link, PageHead, SafeUrl, Time, drawn, empty, skeleton_cards},
};
use leptos::prelude::*;
use leptos_router::{LazyRoute, lazy_route};

/// What waits today.
#[derive(Debug)]
pub struct HomePage;

impl AppPage for HomePage {
    const PAGE: &'static Page = &pages::HOME;
}

#[lazy_route]
impl LazyRoute for HomePage {
    fn data() -> Self {
        Self
    }

    fn view(this: Self) -> AnyView {
        let HomePage = this;
        let work = Resource::new(|| (), |()| days_work());
        view! {
            <Suspense fallback=|| view! { {skeleton_cards("Loading today’s work…", 2)} }>
                {move || Suspend::new(drawn(work, page))}
            </Suspense>
        }
        .into_any()
    }
}

fn page(work: Vec<Waiting>) -> AnyView {
    let first_name = use_context::<Me>().and_then(|me| me.name.split_whitespace().next().map(str::to_owned));
    let title = first_name.map_or_else(|| "Today".to_owned(), |name| format!("Today, {name}"));
    if work.is_empty() {
        return view! {
            <PageHead title />
            {empty("circle-check", "Nothing waits for you here", "Work that your role can take on appears on this page.".into(), Vec::new())}
        }
        .into_any();
    }
    let cards = work.into_iter().map(card).collect_view();
    view! {
        <PageHead title><p>"Orders that wait for your next step"</p></PageHead>
        <ul class="work" aria-label="Orders that wait">{cards}</ul>
    }
    .into_any()
}

fn card(waiting: Waiting) -> impl IntoView {
    let Waiting { title, count, oldest, to } = waiting;
    let none = count == "0";
    let oldest = match oldest {
        Some(at) => view! { <span class="soft">"oldest from " <Time at short=true /></span> }.into_any(),
        None if none => view! { <span class="soft">"none just now"</span> }.into_any(),
        None => view! { <span class="soft">"to look at"</span> }.into_any(),
    };
    view! {
        <li>
            <Link class="card" to=SafeUrl::path(to)>
                <span class="work-title">{title}</span>
                <b class="work-count">{count}</b>
                {oldest}
            </Link>
        </li>
    }
}
