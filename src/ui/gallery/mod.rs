//! `/dev/components`: every component in each of its states, for whoever builds a page, and for the tests that
//! look at them. It exists on a developer's machine only (`DEV_PAGES`), see `pages`.

mod around;
mod fields;
mod lists;

use super::{Icon, PageHead, SafeUrl, card, card_body};
use crate::{
    pages::{self, Page},
    route::AppPage,
    stamp::Stamp,
};
use leptos::prelude::*;
use leptos_router::{LazyRoute, hooks::use_query_map, lazy_route};

/// All components.
#[derive(Debug)]
pub struct ComponentsPage;

impl AppPage for ComponentsPage {
    const PAGE: &'static Page = &pages::COMPONENTS;
}

#[lazy_route]
impl LazyRoute for ComponentsPage {
    fn data() -> Self {
        Self
    }

    fn view(this: Self) -> AnyView {
        let ComponentsPage = this;
        let ask = use_query_map().read_untracked().get("ask").unwrap_or_default();
        view! {
            <PageHead title="Components">
                <p>"Each in each state"</p>
                <div class="actions">
                    <a class="button" href="/dev/components"><Icon name="refresh-cw" />"Second action"</a>
                    <button class="button primary" type="button"><Icon name="plus" />"Main action"</button>
                </div>
            </PageHead>
            {around::marks()}
            {around::messages()}
            {around::dialogs(&ask)}
            {lists::filters()}
            {lists::tables()}
            {lists::waiting()}
            {fields::fields("fields", "Fields", false)}
            {fields::fields("refused", "Fields, refused", true)}
            {around::texts()}
            {around::sheet()}
        }
        .into_any()
    }
}

fn section(id: &'static str, title: &'static str, parts: Vec<AnyView>) -> AnyView {
    let parts = view! { <div class="stack">{parts}</div> }.into_any();
    card(title, id, None, vec![card_body(vec![parts])])
}

fn here() -> SafeUrl {
    SafeUrl::path("/dev/components")
}

fn stamp(day: u8) -> Stamp {
    Stamp {
        utc: format!("2026-11-{day:02}T08:49:00Z"),
        long: format!("{day} Nov 2026, 09:49"),
        short: format!("{day} Nov 09:49"),
    }
}
