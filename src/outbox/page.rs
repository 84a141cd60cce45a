//! `/dev/mail`.

use super::api::get_mails;
use crate::{
    pages::{self, Page},
    route::AppPage,
    ui::record_page,
};
use leptos::prelude::*;
use leptos_router::{LazyRoute, lazy_route};

/// Mails.
#[derive(Debug)]
pub struct MailsPage;

impl AppPage for MailsPage {
    const PAGE: &'static Page = &pages::MAILS;
}

#[lazy_route]
impl LazyRoute for MailsPage {
    fn data() -> Self {
        Self
    }

    fn view(this: Self) -> AnyView {
        let MailsPage = this;
        record_page(&pages::MAILS, |address| Box::pin(get_mails(address)), |address| Box::pin(get_mails(address)))
    }
}
