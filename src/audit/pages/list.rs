//! `/audit`: who did what, found and filtered.

use crate::{
    audit::api::{SuggestAudit, list_audit},
    list::page::{Words, list_page},
    pages::{self, Page},
    route::AppPage,
};
use leptos::prelude::*;
use leptos_router::{LazyRoute, lazy_route};
use server_fn::ServerFn;

/// The audit trail.
#[derive(Debug)]
pub struct AuditPage;

impl AppPage for AuditPage {
    const PAGE: &'static Page = &pages::AUDIT;
}

static WORDS: Words = Words {
    path: "/audit",
    title: "Audit",
    row: "event",
    search: "Search the audit trail",
    suggest: SuggestAudit::PATH,
    example: "actor:sam table:orders field:status",
    examples: &[
        ("actor:sam", "who did it: name, e-mail address, me or system"),
        ("action:update table:orders", "what was done with what"),
        ("order:TA-104818", "everything of an order: lines, payments, parcels, notes"),
        ("field:status", "changes of this column"),
        ("kind:refusal", "also change, sign_in, reveal, export"),
        ("created:>2026-11-01", "or today, 7d, 2026-03, 2026-01..2026-03"),
        ("request:worker:holds", "everything of one request or job"),
    ],
    nothing: "Changes appear here as soon as somebody makes one.",
};

#[lazy_route]
impl LazyRoute for AuditPage {
    fn data() -> Self {
        Self
    }

    fn view(this: Self) -> AnyView {
        let AuditPage = this;
        list_page(&WORDS, |query| Box::pin(list_audit(query)))
    }
}
