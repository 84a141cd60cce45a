//! The head of a page, and the page that says why there is none.

use super::{Icon, Link, SafeUrl, arrive::arriving_title};
use crate::{
    auth::model::{Me, Right, Role},
    error::AppError,
    forms::PageNotes,
};
use leptos::{leptos_dom::helpers::is_server, prelude::*};
use leptos_meta::Title;
use std::{future::poll_fn, task::Poll};

/// The page's title, with what belongs beside it.
#[component]
pub fn PageHead(
    /// Title of page and tab.
    #[prop(into)]
    title: String,
    /// Badge, facts, and an element of class `actions` with the page's buttons.
    #[prop(optional)]
    children: Option<Children>,
) -> AnyView {
    let heading = arriving_title();
    view! {
        <Title text=title.clone() />
        <div class="page-head">
            <h1 tabindex="-1" node_ref=heading>{title}</h1>
            {children.map(|children| children())}
        </div>
    }
    .into_any()
}

/// Waits for the data of a page and draws it, or says why not.
pub async fn drawn<T>(data: impl IntoFuture<Output = Result<T, AppError>>, draw: impl FnOnce(T) -> AnyView) -> AnyView {
    let data = data.await;
    drawing().await;
    match data {
        Err(error) => view! { <Failed error /> }.into_any(),
        Ok(data) => draw(data),
    }
}

/// Waits until the page is drawn for its answer: between its data and its views. Leptos runs what stands behind a `Suspense`
/// once more than it draws it, to find out what else is asked for in there (`leptos` 0.8, `SuspenseBoundary`,
/// `dry_resolve`), and would make all views of a page in vain. In the browser it waits for nothing, as what is brought to
/// life must be there at once.
async fn drawing() {
    let mut waited = !is_server();
    poll_fn(move |context| {
        if waited {
            return Poll::Ready(());
        }
        waited = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// An error as a page: what happened, what to do next, the number to report.
#[component]
pub fn Failed(
    /// What happened.
    error: AppError,
) -> AnyView {
    let request_id = match &error {
        AppError::Unexpected { request_id } if request_id != "none" => request_id.clone(),
        _ => use_context::<PageNotes>().map(|notes| notes.request_id).unwrap_or_default(),
    };
    #[cfg(feature = "ssr")]
    crate::auth::guard::set_refusal(&error);
    let heading = arriving_title();
    let text = match &error {
        AppError::Forbidden { right } => missing_right(*right),
        error => view! { <p>{error.to_string()}</p> }.into_any(),
    };
    view! {
        <Title text=error.title() />
        <div class="empty page" role="alert">
            <Icon name=icon(&error) />
            <p class="error-code">{error.status()}</p>
            <h1 tabindex="-1" node_ref=heading>{error.title()}</h1>
            {text}
            <p class="soft request">"Request " <span class="code">{request_id}</span></p>
            <div class="actions">{next(&error)}</div>
        </div>
    }
    .into_any()
}

const fn icon(error: &AppError) -> &'static str {
    match error {
        AppError::SignedOut | AppError::Forbidden { .. } => "lock",
        AppError::NotFound => "search",
        AppError::TooMany { .. } | AppError::Busy => "clock",
        _ => "triangle-alert",
    }
}

/// Which right is missing, what it allows, who has it and who can give it.
fn missing_right(right: Right) -> AnyView {
    let yours = use_context::<Me>().map(|me| me.role.label());
    let giver = Role::GIVER.label().to_ascii_lowercase();
    let ask = (yours.is_some() && right.is_lendable()).then(|| {
        let to = SafeUrl::path(format!("/settings/roles?ask={}", right.code()));
        view! { <p><Link class="button" to>"Ask for it for some hours"</Link></p> }
    });
    view! {
        <p>"You need the right " <b>"“" {right.label()} "”"</b> " for this page."</p>
        <dl class="facts why">
            <dt>"It allows"</dt>
            <dd>{right.allows()}</dd>
            <dt>"Who has it"</dt>
            <dd>{right.holder_names()}</dd>
            {yours.map(|yours| view! { <dt>"Your role"</dt><dd>{yours}</dd> })}
            <dt>"Who can give it"</dt>
            <dd>{format!("Ask a {giver}: they give people their role.")}</dd>
        </dl>
        {ask}
    }
    .into_any()
}

/// What to do next.
fn next(error: &AppError) -> AnyView {
    let again = || {
        // the address of this page, loaded anew
        view! { <a class="button primary" href="" rel="external"><Icon name="refresh-cw" />"Try again"</a> }.into_any()
    };
    let home = |class: &'static str| view! { <a class=class href="/">"Go to today’s work"</a> }.into_any();
    let parts: Vec<AnyView> = match error {
        AppError::SignedOut => {
            vec![view! { <a class="button primary" href="/login" rel="external">"Sign in"</a> }.into_any()]
        }
        AppError::Forbidden { .. } => vec![
            home("button primary"),
            // what was granted since this page was loaded is in the answer to the next
            view! { <a class="button" href="" rel="external"><Icon name="refresh-cw" />"Try again"</a> }.into_any(),
            view! { <a class="button" href="/settings/roles">"See roles and rights"</a> }.into_any(),
        ],
        AppError::NotFound | AppError::BadRequest(_) => vec![home("button primary")],
        _ => vec![again(), home("button")],
    };
    parts.into_any()
}
