//! `/audit/record`: a record of any table at two moments.

use crate::{
    audit::api::get_audit_record,
    pages::{self, Page},
    route::AppPage,
    ui::record_page,
};
use leptos::prelude::*;
use leptos_router::{LazyRoute, lazy_route};

/// A record at two moments.
#[derive(Debug)]
pub struct AuditRecordPage;

impl AppPage for AuditRecordPage {
    const PAGE: &'static Page = &pages::AUDIT_RECORD;
}

#[lazy_route]
impl LazyRoute for AuditRecordPage {
    fn data() -> Self {
        Self
    }

    fn view(this: Self) -> AnyView {
        let AuditRecordPage = this;
        record_page(
            &pages::AUDIT_RECORD,
            |address| Box::pin(get_audit_record(address)),
            |address| Box::pin(get_audit_record(address)),
        )
    }
}
