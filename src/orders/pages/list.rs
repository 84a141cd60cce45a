//! `/orders`: every order, by state, found and filtered by anything.

use crate::{
    list::page::{Words, list_page},
    orders::api::{SuggestOrders, list_orders},
    pages::{self, Page},
    route::AppPage,
};
use leptos::prelude::*;
use leptos_router::{LazyRoute, lazy_route};
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
        list_page(&WORDS, |query| Box::pin(list_orders(query)))
    }
}
