//! `/account`: one’s own account.

use crate::{
    account::api::get_account,
    pages::{self, Page},
    route::AppPage,
    ui::record_page,
};
use leptos::prelude::*;
use leptos_router::{LazyRoute, lazy_route};

/// The page: one’s own account.
#[derive(Debug)]
pub struct AccountPage;

impl AppPage for AccountPage {
    const PAGE: &'static Page = &pages::ACCOUNT;
}

#[lazy_route]
impl LazyRoute for AccountPage {
    fn data() -> Self {
        Self
    }

    fn view(this: Self) -> AnyView {
        let AccountPage = this;
        let get = |address| -> std::pin::Pin<Box<dyn Future<Output = _> + Send>> { Box::pin(get_account(address)) };
        record_page(&pages::ACCOUNT, get, get)
    }
}
