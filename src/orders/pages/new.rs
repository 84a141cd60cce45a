//! `/orders/new`: an order that staff take for a customer.

use crate::{
    orders::api::get_new_order,
    pages::{self, Page},
    route::AppPage,
    ui::record_page,
};
use leptos::prelude::*;
use leptos_router::{LazyRoute, lazy_route};

/// An order that is put together.
#[derive(Debug)]
pub struct NewOrderPage;

impl AppPage for NewOrderPage {
    const PAGE: &'static Page = &pages::NEW_ORDER;
}

#[lazy_route]
impl LazyRoute for NewOrderPage {
    fn data() -> Self {
        Self
    }

    fn view(this: Self) -> AnyView {
        let NewOrderPage = this;
        record_page(
            &pages::NEW_ORDER,
            |address| Box::pin(get_new_order(address)),
            |address| Box::pin(get_new_order(address)),
        )
    }
}
