//! `/users/{id}`: one person, for who talks to them.

use crate::{
    pages::{self, Page},
    route::AppPage,
    ui::record_page,
    users::api::get_user,
};
use leptos::prelude::*;
use leptos_router::{LazyRoute, lazy_route};

/// One person.
#[derive(Debug)]
pub struct UserPage;

impl AppPage for UserPage {
    const PAGE: &'static Page = &pages::USER;
}

#[lazy_route]
impl LazyRoute for UserPage {
    fn data() -> Self {
        Self
    }

    fn view(this: Self) -> AnyView {
        let UserPage = this;
        record_page(&pages::USER, |address| Box::pin(get_user(address)), |address| Box::pin(get_user(address)))
    }
}
