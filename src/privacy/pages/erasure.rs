//! `/privacy/{id}`: one erasure, from asking to its end.

use crate::{
    pages::{self, Page},
    privacy::api::get_erasure,
    route::AppPage,
    ui::record_page,
};
use leptos::prelude::*;
use leptos_router::{LazyRoute, lazy_route};

/// One erasure.
#[derive(Debug)]
pub struct ErasurePage;

impl AppPage for ErasurePage {
    const PAGE: &'static Page = &pages::ERASURE;
}

#[lazy_route]
impl LazyRoute for ErasurePage {
    fn data() -> Self {
        Self
    }

    fn view(this: Self) -> AnyView {
        let ErasurePage = this;
        record_page(&pages::ERASURE, |address| Box::pin(get_erasure(address)), |address| Box::pin(get_erasure(address)))
    }
}
