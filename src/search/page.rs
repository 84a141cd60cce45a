//! `/search`: the palette's twin that needs no script.

use super::{
    api::search_everything,
    model::{Found, Group, Hit, LONGEST},
};
use crate::{
    pages::{self, Page},
    route::AppPage,
    ui::{Icon, Link, PageHead, SafeUrl, drawn, empty, skeleton_cards},
};
use leptos::prelude::*;
use leptos_router::{LazyRoute, hooks::use_query_map, lazy_route};

/// Finding anything.
#[derive(Debug)]
pub struct SearchPage;

impl AppPage for SearchPage {
    const PAGE: &'static Page = &pages::SEARCH;
}

#[lazy_route]
impl LazyRoute for SearchPage {
    fn data() -> Self {
        Self
    }

    fn view(this: Self) -> AnyView {
        let SearchPage = this;
        let address = use_query_map();
        let text = Memo::new(move |_| address.read().get("q").unwrap_or_default());
        let found = Resource::new(move || text.get(), search_everything);
        view! {
            <Transition fallback=|| view! { {skeleton_cards("Searching…", 2)} }>
                {move || Suspend::new(drawn(found, move |found| page(text.get_untracked(), found.into())))}
            </Transition>
        }
        .into_any()
    }
}

fn page(text: String, found: Found) -> AnyView {
    let is_empty = text.is_empty();
    let title = if is_empty { "Search".to_owned() } else { format!("Search: {text}") };
    let count = match found.count() {
        1 => "1 hit".to_owned(),
        many => format!("{many} hits"),
    };
    let count = (!is_empty).then(|| view! { <p role="status">{count}</p> });
    let problem = (!found.problem.is_empty())
        .then(|| view! { <div class="notice wait"><Icon name="info" /><p>{found.problem}</p></div> });
    let hint = is_empty.then(|| {
        view! {
            <p class="list-note">
                "An order’s number or its last digits, a customer’s name, a parcel’s number, a product’s name or SKU, a page."
                <span class="needs-script">" From anywhere: " <kbd>"Ctrl"</kbd>" or "<kbd>"⌘"</kbd>" with "<kbd>"K"</kbd>"."</span>
            </p>
        }
    });
    let groups = if found.groups.is_empty() {
        let text = "Check the spelling, or type less of it: three letters or digits are enough.".to_owned();
        view! { <section class="card">{empty("search", "Nothing found", text, Vec::new())}</section> }.into_any()
    } else {
        found.groups.into_iter().enumerate().map(|(number, one)| group(number, one)).collect::<Vec<_>>().into_any()
    };
    let more = found.more.map(|more| view! { <section class="card" aria-label="More"><ul class="hits">{hit(more, "search".into())}</ul></section> });
    let form = view! {
        <form class="filters" method="get" action="/search" role="search" aria-label="Search everything">
            <div class="search">
                <Icon name="search" />
                <input
                    class="input"
                    type="search"
                    name="q"
                    value=text
                    aria-label="Search everything"
                    placeholder="Number, customer, SKU, tracking, page"
                    maxlength=LONGEST.to_string()
                />
            </div>
            <button class="button">"Search"</button>
        </form>
    };
    view! {
        <PageHead title>{count}</PageHead>
        <section class="card" aria-label="Search">{form}{hint}</section>
        {problem}
        <div class="found">{groups}</div>
        {more}
    }
    .into_any()
}

fn group(number: usize, group: Group) -> AnyView {
    let Group { title, icon, hits } = group;
    let id = format!("found-{number}");
    let labelled_by = id.clone();
    let hits = hits.into_iter().map(|one| hit(one, icon.clone())).collect::<Vec<_>>();
    view! {
        <section class="card" aria-labelledby=labelled_by>
            <header><h2 id=id>{title}</h2></header>
            <ul class="hits">{hits}</ul>
        </section>
    }
    .into_any()
}

fn hit(hit: Hit, icon: String) -> AnyView {
    let Hit { title, about, to } = hit;
    view! {
        <li><Link class="hit" to=SafeUrl::path(to)><Icon name=icon /><b>{title}</b> " " <small>{about}</small></Link></li>
    }
    .into_any()
}
