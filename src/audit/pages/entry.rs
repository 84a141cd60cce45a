//! `/audit/{id}`: one entry of the audit trail.

use crate::{
    audit::api::get_audit_entry,
    pages::{self, Page},
    route::AppPage,
    ui::record_page,
};
use leptos::prelude::*;
use leptos_router::{LazyRoute, lazy_route};

/// One entry.
#[derive(Debug)]
pub struct AuditEntryPage;

impl AppPage for AuditEntryPage {
    const PAGE: &'static Page = &pages::AUDIT_ENTRY;
}

#[lazy_route]
impl LazyRoute for AuditEntryPage {
    fn data() -> Self {
        Self
    }

    fn view(this: Self) -> AnyView {
        let AuditEntryPage = this;
        // an entry never changes, so it is never watched
        record_page(
            &pages::AUDIT_ENTRY,
            |address| Box::pin(get_audit_entry(address)),
            |address| Box::pin(get_audit_entry(address)),
        )
    }
}
