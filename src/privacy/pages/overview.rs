//! `/privacy`: erasures, what is kept how long, and where personal data lives.

use crate::{
    pages::{self, Page},
    privacy::api::get_privacy,
    route::AppPage,
    ui::record_page,
};
use leptos::prelude::*;
use leptos_router::{LazyRoute, lazy_route};

/// Privacy.
#[derive(Debug)]
pub struct PrivacyPage;

impl AppPage for PrivacyPage {
    const PAGE: &'static Page = &pages::PRIVACY;
}

#[lazy_route]
impl LazyRoute for PrivacyPage {
    fn data() -> Self {
        Self
    }

    fn view(this: Self) -> AnyView {
        let PrivacyPage = this;
        record_page(&pages::PRIVACY, |address| Box::pin(get_privacy(address)), |address| Box::pin(get_privacy(address)))
    }
}
