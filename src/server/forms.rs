//! Plain form posts: what happens when a page's form is sent without JavaScript.
//!
//! A page lists its forms; the field that only one of them has tells which was sent. The post runs that
//! form's server function and answers 303 where it leads, or draws the page again: filled, with the errors
//! beside the fields, under the refusal's status.

use super::{pages, sessions::FLASH, state::AppState};
use crate::{
    error::AppError,
    forms::{Outcome, PageNotes, Posted, Refusal},
};
use axum::{
    body::{Body, to_bytes},
    extract::{Path, Request, State},
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header, request::Parts};
use leptos::{prelude::*, reactive::computed::ScopedFuture};
use leptos_axum::ResponseOptions;
use serde::de::DeserializeOwned;
use server_fn::ServerFn;
use std::{collections::BTreeMap, pin::Pin, sync::Arc};
use tower_sessions::Session;

/// Largest form: a note of 4,000 characters and a return of 200 lines fit many times.
const LARGEST: usize = 64 * 1024;
/// Fields that are never sent back into a page.
const SECRET: [&str; 1] = ["password"];

type Running = Pin<Box<dyn Future<Output = Result<Outcome, AppError>> + Send>>;

struct Form {
    /// The field that tells this form, and the value it must have when several forms share the field.
    field: &'static str,
    value: Option<&'static str>,
    address: &'static str,
    run: fn(String) -> Running,
}

/// The forms of one page.
#[derive(Default)]
pub struct PageForms(Vec<Form>);

impl PageForms {
    /// Adds the form that alone has this field.
    #[must_use]
    pub fn with<F>(self, field: &'static str) -> Self
    where
        F: ServerFn<Output = Outcome, Error = AppError> + DeserializeOwned + 'static,
    {
        self.add::<F>(field, None)
    }

    /// Adds the form whose field has this value.
    #[must_use]
    pub fn with_value<F>(self, field: &'static str, value: &'static str) -> Self
    where
        F: ServerFn<Output = Outcome, Error = AppError> + DeserializeOwned + 'static,
    {
        self.add::<F>(field, Some(value))
    }

    fn add<F>(mut self, field: &'static str, value: Option<&'static str>) -> Self
    where
        F: ServerFn<Output = Outcome, Error = AppError> + DeserializeOwned + 'static,
    {
        self.0.push(Form { field, value, address: F::PATH, run: |body| Box::pin(run::<F>(body)) });
        self
    }

    /// The handler for POST at the page's address.
    pub fn route(self) -> axum::routing::MethodRouter<AppState> {
        let forms = Arc::new(self);
        axum::routing::post(
            move |State(state): State<AppState>, path: Option<Path<BTreeMap<String, String>>>, request: Request| async move {
                answer(&forms, state, path.map(|Path(path)| path).unwrap_or_default(), request).await
            },
        )
    }

    fn find(&self, values: &[(String, String)]) -> Option<&Form> {
        self.0.iter().find(|form| {
            values.iter().any(|(name, value)| name == form.field && form.value.is_none_or(|wanted| wanted == value))
        })
    }
}

/// Reads the fields as the server function's arguments, as it does itself, and runs it.
async fn run<F>(body: String) -> Result<Outcome, AppError>
where
    F: ServerFn<Output = Outcome, Error = AppError> + DeserializeOwned,
{
    match serde_qs::Config::new(5, false).deserialize_str::<F>(&body) {
        Ok(arguments) => arguments.run_body().await,
        Err(error) => {
            tracing::info!(form = F::PATH, %error, "unreadable form");
            Ok(Refusal::input(
                "A field of this form is missing or has a value that it can't have. Check the form and send it again.",
            )
            .into())
        }
    }
}

async fn answer(forms: &PageForms, state: AppState, path: BTreeMap<String, String>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let is_form = parts
        .headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
    if !is_form {
        return (StatusCode::UNSUPPORTED_MEDIA_TYPE, "Send application/x-www-form-urlencoded.\n").into_response();
    }
    let Ok(body) = to_bytes(body, LARGEST).await else {
        return (StatusCode::PAYLOAD_TOO_LARGE, "This form is too large. Nothing was changed.\n").into_response();
    };
    let mut values: Vec<(String, String)> = form_urlencoded::parse(&body).into_owned().collect();
    // The address says which row this is about; a field can't say otherwise.
    values.retain(|(name, _)| !path.contains_key(name));
    values.extend(path);

    let Some(form) = forms.find(&values) else {
        return (StatusCode::UNPROCESSABLE_ENTITY, "This page has no form with these fields. Nothing was changed.\n")
            .into_response();
    };
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(&values).finish();
    let refusal = match run_in_context(&state, &parts, (form.run)(body)).await {
        Ok(Outcome::Done(done)) => {
            if !done.message.is_empty()
                && let Some(session) = parts.extensions.get::<Session>()
                && session.insert(FLASH, &done.message).await.is_err()
            {
                tracing::warn!("a message for the next page was lost");
            }
            return see_other(&done.to);
        }
        Err(AppError::SignedOut) => return see_other(&pages::login_address(&parts.uri)),
        Ok(Outcome::Refused(refusal)) => refusal,
        Err(error) => Refusal { status: error.status(), message: error.to_string(), fields: BTreeMap::new() },
    };
    draw_again(state, parts, form.address, values, refusal).await
}

/// Gives a server function the same context that a call from the browser has.
async fn run_in_context(state: &AppState, parts: &Parts, running: Running) -> Result<Outcome, AppError> {
    let owner = Owner::new();
    owner
        .with(|| {
            provide_context(parts.clone());
            provide_context(ResponseOptions::default());
            provide_context(state.clone());
            ScopedFuture::new(running)
        })
        .await
}

async fn draw_again(
    state: AppState,
    mut parts: Parts,
    form: &str,
    values: Vec<(String, String)>,
    refusal: Refusal,
) -> Response {
    let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY);
    let values = values.into_iter().filter(|(name, _)| !SECRET.contains(&name.as_str())).collect();
    let posted = Posted { form: form.to_owned(), values, refusal };
    parts.extensions.insert(PageNotes { posted: Some(posted), ..PageNotes::default() });
    parts.method = http::Method::GET;
    let mut response = pages::draw(state, Request::from_parts(parts, Body::empty())).await;
    // a page that can't be drawn (404, 403) keeps its own status
    if response.status() == StatusCode::OK {
        *response.status_mut() = status;
    }
    response
}

fn see_other(to: &str) -> Response {
    match HeaderValue::from_str(to) {
        Ok(location) => (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response(),
        Err(_) => (StatusCode::SEE_OTHER, [(header::LOCATION, HeaderValue::from_static("/"))]).into_response(),
    }
}

/// A path of ours that a redirect may lead to; anything else becomes `/`.
#[must_use]
pub fn local_path(path: &str) -> &str {
    let ours = path.starts_with('/') && !path.starts_with("//") && !path.contains(['\\', '\r', '\n']);
    if ours { path } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirects_stay_on_this_site() {
        assert_eq!(local_path("/orders?status=PENDING"), "/orders?status=PENDING");
        for foreign in
            ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "", "/a\r\nb"]
        {
            assert_eq!(local_path(foreign), "/", "{foreign}");
        }
    }
}
