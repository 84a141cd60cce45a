//! `/orders/bulk`: one act on many orders.

use crate::{
    orders::api::get_bulk,
    pages::{self, Page},
    route::AppPage,
    ui::record_page,
};
use leptos::prelude::*;
use leptos_router::{LazyRoute, lazy_route};

/// Orders that are to be changed together.
#[derive(Debug)]
pub struct BulkPage;

impl AppPage for BulkPage {
    const PAGE: &'static Page = &pages::BULK;
}

#[lazy_route]
impl LazyRoute for BulkPage {
    fn data() -> Self {
        Self
    }

    fn view(this: Self) -> AnyView {
        let BulkPage = this;
        record_page(&pages::BULK, |address| Box::pin(get_bulk(address)), |address| Box::pin(get_bulk(address)))
    }
}
