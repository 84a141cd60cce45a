//! `/staff/{id}`: what a person may do here, and what was done about it.

use crate::{
    pages::{self, Page},
    route::AppPage,
    staff::api::get_person,
    ui::record_page,
};
use leptos::prelude::*;
use leptos_router::{LazyRoute, lazy_route};

/// One person.
#[derive(Debug)]
pub struct PersonPage;

impl AppPage for PersonPage {
    const PAGE: &'static Page = &pages::PERSON;
}

#[lazy_route]
impl LazyRoute for PersonPage {
    fn data() -> Self {
        Self
    }

    fn view(this: Self) -> AnyView {
        let PersonPage = this;
        record_page(&pages::PERSON, |address| Box::pin(get_person(address)), |address| Box::pin(get_person(address)))
    }
}
