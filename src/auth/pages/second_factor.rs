//! `/account/second-factor`: one's own second factor.

use crate::{
    auth::api::get_second_factor,
    pages::{self, Page},
    route::AppPage,
    ui::record_page,
};
use leptos::prelude::*;
use leptos_router::{LazyRoute, lazy_route};

/// The page of one's own second factor.
#[derive(Debug)]
pub struct SecondFactorPage;

impl AppPage for SecondFactorPage {
    const PAGE: &'static Page = &pages::SECOND_FACTOR;
}

#[lazy_route]
impl LazyRoute for SecondFactorPage {
    fn data() -> Self {
        Self
    }

    fn view(this: Self) -> AnyView {
        let SecondFactorPage = this;
        let get =
            |address| -> std::pin::Pin<Box<dyn Future<Output = _> + Send>> { Box::pin(get_second_factor(address)) };
        record_page(&pages::SECOND_FACTOR, get, get)
    }
}
