//! `/audit/seal`: how far the trail is sealed, and what the checks of that found.

use crate::{
    audit::api::{get_audit_seal, watch_audit_seal},
    pages::{self, Page},
    route::AppPage,
    ui::record_page,
};
use leptos::prelude::*;
use leptos_router::{LazyRoute, lazy_route};

/// The seal and its checks.
#[derive(Debug)]
pub struct AuditSealPage;

impl AppPage for AuditSealPage {
    const PAGE: &'static Page = &pages::AUDIT_SEAL;
}

#[lazy_route]
impl LazyRoute for AuditSealPage {
    fn data() -> Self {
        Self
    }

    fn view(this: Self) -> AnyView {
        let AuditSealPage = this;
        record_page(
            &pages::AUDIT_SEAL,
            |address| Box::pin(get_audit_seal(address)),
            |address| Box::pin(watch_audit_seal(address)),
        )
    }
}
