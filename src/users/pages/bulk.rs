//! `/users/bulk`: one act on many users.

use crate::{
    pages::{self, Page},
    route::AppPage,
    ui::record_page,
    users::api::get_user_bulk,
};
use leptos::prelude::*;
use leptos_router::{LazyRoute, lazy_route};

/// Users that are to be changed together.
#[derive(Debug)]
pub struct UserBulkPage;

impl AppPage for UserBulkPage {
    const PAGE: &'static Page = &pages::USERS_BULK;
}

#[lazy_route]
impl LazyRoute for UserBulkPage {
    fn data() -> Self {
        Self
    }

    fn view(this: Self) -> AnyView {
        let UserBulkPage = this;
        record_page(
            &pages::USERS_BULK,
            |address| Box::pin(get_user_bulk(address)),
            |address| Box::pin(get_user_bulk(address)),
        )
    }
}
