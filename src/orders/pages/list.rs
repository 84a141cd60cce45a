//! `/orders`: every order, by state, found and filtered by anything.

use crate::{
    list::{
        model::Query,
        page::{Words, draw},
    },
    orders::api::{SuggestOrders, list_orders},
    pages::{self, Page},
    route::AppPage,
    ui::{Failed, skeleton_rows},
};
use leptos::prelude::*;
use leptos_router::{LazyRoute, hooks::use_query_map, lazy_route};
use server_fn::ServerFn;

/// The list of orders.
#[derive(Debug)]
pub struct OrderListPage;

impl AppPage for OrderListPage {
    const PAGE: &'static Page = &pages::ORDERS;
}

static WORDS: Words = Words {
    path: "/orders",
    title: "Orders",
    row: "order",
    search: "Search orders",
    suggest: SuggestOrders::PATH,
    example: "Number, customer, SKU, tracking, or total:>500",
    examples: &[
        ("104818", "the number, or its last digits"),
        ("Erika Brandt", "the customer's name, e-mail address, or phone with +"),
        ("status:shipped,delivered", "also payment:failed, source:phone"),
        ("total:>500", "or total:100..200"),
        ("placed:7d", "or today, 2026-03, 2026-01..2026-03, >2026-03-05"),
        ("age:>2d", "how long it has been in its state"),
        ("country:DE,AT", "country of the bill"),
        ("sku:LAP-1", "an article among the lines"),
        ("tracking:JJD0", "the parcel's number; also carrier:DHL"),
        ("warehouse:HAM", "where its stock is"),
        ("tag:gift", "a word that colleagues put on it"),
        ("customer:\"van der Berg\" total:>100", "several words: all must fit"),
    ],
    nothing: "Orders appear here as soon as customers place them.",
};

#[lazy_route]
impl LazyRoute for OrderListPage {
    fn data() -> Self {
        Self
    }

    fn view(this: Self) -> AnyView {
        let OrderListPage = this;
        let address = use_query_map();
        let query = Memo::new(move |_| {
            Query::new(address.read().clone().into_iter().map(|(name, value)| (name.into_owned(), value)))
        });
        let list = Resource::new(move || query.get(), list_orders);
        // public/news.js says when there is more to show, and is told to show it
        Effect::new(move |_| {
            let wanted = window_event_listener_untyped("techally:show", move |_| list.refetch());
            on_cleanup(move || wanted.remove());
        });
        view! {
            <Transition fallback=|| view! { <section class="card">{skeleton_rows("Loading orders…", 12)}</section> }>
                {move || Suspend::new(async move {
                    match list.await {
                        Err(error) => view! { <Failed error /> }.into_any(),
                        Ok(list) => draw(&WORDS, &query.get_untracked(), list),
                    }
                })}
            </Transition>
        }
        .into_any()
    }
}
