//! `/users/{id}/merge`: another account of the same customer.

use crate::{
    pages::{self, Page},
    route::AppPage,
    ui::record_page,
    users::api::get_merge,
};
use leptos::prelude::*;
use leptos_router::{LazyRoute, lazy_route};

/// Two accounts of one customer.
#[derive(Debug)]
pub struct MergePage;

impl AppPage for MergePage {
    const PAGE: &'static Page = &pages::MERGE;
}

#[lazy_route]
impl LazyRoute for MergePage {
    fn data() -> Self {
        Self
    }

    fn view(this: Self) -> AnyView {
        let MergePage = this;
        record_page(&pages::MERGE, |address| Box::pin(get_merge(address)), |address| Box::pin(get_merge(address)))
    }
}
