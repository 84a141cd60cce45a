//! The head of a page, and the page that says why there is none.

use super::Icon;
use crate::{error::AppError, forms::PageNotes};
use leptos::prelude::*;
use leptos_meta::Title;

/// The page's title, with what belongs beside it.
#[component]
pub fn PageHead(
    /// Title of page and tab.
    #[prop(into)]
    title: String,
    /// Badge, facts and actions.
    #[prop(optional)]
    children: Option<Children>,
) -> AnyView {
    view! {
        <Title text=title.clone() />
        <div class="page-head"><h1>{title}</h1> {children.map(|children| children())}</div>
    }
    .into_any()
}

/// An error as a page: what happened, what to do next, the number to report.
#[component]
pub fn Failed(
    /// What happened.
    error: AppError,
) -> AnyView {
    let request_id = use_context::<PageNotes>().map(|notes| notes.request_id).unwrap_or_default();
    #[cfg(feature = "ssr")]
    crate::auth::guard::set_status(error.status());
    let signed_out = error == AppError::SignedOut;
    view! {
        <Title text=error.title() />
        <div class="empty page" role="alert">
            <Icon name="triangle-alert" />
            <p class="error-code">{error.status()}</p>
            <h1>{error.title()}</h1>
            <p>{error.to_string()}</p>
            <p class="soft">"Request " <span class="code">{request_id}</span></p>
            <div class="actions">
                {if signed_out {
                    view! { <a class="button primary" href="/login" rel="external">"Sign in"</a> }.into_any()
                } else {
                    view! { <a class="button primary" href="/">"Go to today's work"</a> }.into_any()
                }}
            </div>
        </div>
    }
    .into_any()
}
