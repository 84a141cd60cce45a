//! `/staff`: everybody who works here, and rights that were asked for.

use crate::{
    pages::{self, Page},
    route::AppPage,
    staff::api::get_staff,
    ui::record_page,
};
use leptos::prelude::*;
use leptos_router::{LazyRoute, lazy_route};

/// Staff.
#[derive(Debug)]
pub struct StaffPage;

impl AppPage for StaffPage {
    const PAGE: &'static Page = &pages::STAFF;
}

#[lazy_route]
impl LazyRoute for StaffPage {
    fn data() -> Self {
        Self
    }

    fn view(this: Self) -> AnyView {
        let StaffPage = this;
        record_page(&pages::STAFF, |address| Box::pin(get_staff(address)), |address| Box::pin(get_staff(address)))
    }
}
