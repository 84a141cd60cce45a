//! Plain form posts: what happens when a page's form is sent without JavaScript.
//!
//! A page lists its forms; the field that only one of them has tells which was sent. The post runs that
//! form's server function and answers 303 where it leads, or draws the page again: filled, with the errors
//! beside the fields, under the refusal's status.

use super::{functions, kept, pages, refused, sessions, state::AppState};
use crate::{
    auth::{api::Prove, guard::Proof},
    error::AppError,
    forms::{Done, Outcome, PageNotes, Posted, Refusal, UNREADABLE},
};
use axum::{
    body::Body,
    extract::{Path, Request, State},
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, Uri, header, request::Parts};
use leptos::{prelude::*, reactive::computed::ScopedFuture};
use leptos_axum::ResponseOptions;
use serde::de::DeserializeOwned;
use server_fn::ServerFn;
use std::{collections::BTreeMap, pin::Pin, sync::Arc};

/// Largest form: a note of 4,000 characters and a return of 200 lines fit many times.
const LARGEST: usize = 64 * 1024;
/// Parts of names of fields that are never sent back into a page, nor kept.
const SECRET: [&str; 5] = ["password", "proof", "code", "secret", "token"];
/// Names that look secret and aren't.
const NOT_SECRET: [&str; 1] = ["postal_code"];

type Running = Pin<Box<dyn Future<Output = Result<Outcome, AppError>> + Send>>;

struct Form {
    /// The field that tells this form.
    field: &'static str,
    address: &'static str,
    run: fn(String) -> Running,
}

/// The forms of one page.
#[derive(Default)]
pub struct PageForms(Vec<Form>);

impl PageForms {
    /// Adds the form that alone has this field.
    #[must_use]
    pub fn with<F>(mut self, field: &'static str) -> Self
    where
        F: ServerFn<Output = Outcome, Error = AppError> + DeserializeOwned + 'static,
    {
        self.0.push(Form { field, address: F::PATH, run: |body| Box::pin(run::<F>(body)) });
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
        self.0.iter().find(|form| values.iter().any(|(name, _)| name == form.field))
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
            // the error quotes what was typed: it is not for the log
            drop(error);
            tracing::info!(form = F::PATH, "unreadable form");
            Ok(Refusal::input(UNREADABLE).into())
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
    let body = match functions::read(body, LARGEST).await {
        Ok(body) => body,
        Err(refused) => return refused,
    };
    if !is_utf8(&body) {
        return (StatusCode::BAD_REQUEST, "A field has bytes that are no UTF-8 text. Nothing was changed.\n")
            .into_response();
    }
    let mut values: Vec<(String, String)> = form_urlencoded::parse(&body).into_owned().collect();
    // The address says which row this is about; a field can't say otherwise.
    values.retain(|(name, _)| !path.contains_key(name));
    values.extend(path);

    let Some(form) = forms.find(&values) else {
        return (StatusCode::UNPROCESSABLE_ENTITY, "This page has no form with these fields. Nothing was changed.\n")
            .into_response();
    };
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(&values).finish();
    let mut parts = parts;
    let (mut outcome, mut options) = (Ok(Outcome::Done(Done::default())), ResponseOptions::default());
    if values.iter().any(|(name, _)| name == "proof") {
        // the act asked for it: the proof first, then the act
        (outcome, options) = run_in_context(&state, &parts, Box::pin(run::<Prove>(body.clone()))).await;
        if matches!(outcome, Ok(Outcome::Done(_))) {
            parts.extensions.insert(Proof(state.clock.now()));
        }
    }
    if matches!(outcome, Ok(Outcome::Done(_))) {
        let proved = options;
        (outcome, options) = run_in_context(&state, &parts, (form.run)(body)).await;
        add_headers(&proved, &options);
    }
    let refusal = match outcome {
        Ok(Outcome::Done(done)) => {
            if !done.message.is_empty() {
                sessions::flash(&parts, &done.message).await;
            }
            return with_headers(see_other(&going_on(&done.to, &parts.uri)), &options);
        }
        Err(AppError::SignedOut) => {
            let back = kept::keep(&state, &parts, form.address, &not_secret(values)).await;
            return see_other(&back.map_or_else(|| pages::login_address(&parts.uri), |back| pages::login_to(&back)));
        }
        Ok(Outcome::Refused(refusal)) => refusal,
        Err(error) => {
            if let AppError::Forbidden { right } = &error {
                refused::lacks(&parts.extensions, *right);
            }
            Refusal { status: error.status(), ..Refusal::input(error.to_string()) }
        }
    };
    with_headers(draw_again(state, parts, form.address, values, refusal).await, &options)
}

/// Adds to one answer's headers those of another.
fn add_headers(from: &ResponseOptions, to: &ResponseOptions) {
    let parts = from.0.read().unwrap_or_else(std::sync::PoisonError::into_inner);
    for (name, value) in &parts.headers {
        to.append_header(name.clone(), value.clone());
    }
}

/// Headers that the server function set: cookies, `Retry-After`.
fn with_headers(mut response: Response, options: &ResponseOptions) -> Response {
    let parts = options.0.read().unwrap_or_else(std::sync::PoisonError::into_inner);
    for (name, value) in &parts.headers {
        response.headers_mut().append(name, value.clone());
    }
    response
}

/// Whether a form's fields are text once they are decoded.
fn is_utf8(body: &[u8]) -> bool {
    let mut decoded = Vec::with_capacity(body.len());
    let mut rest = body;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        let hex = (byte == b'%').then(|| after.get(..2)).flatten().and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(meant) => {
                decoded.push(meant);
                rest = after.get(2..).unwrap_or_default();
            }
            None => decoded.push(byte),
        }
    }
    std::str::from_utf8(&decoded).is_ok()
}

/// The fields without those that are never shown again.
fn not_secret(values: Vec<(String, String)>) -> BTreeMap<String, String> {
    let secret = |name: &str| !NOT_SECRET.contains(&name) && SECRET.iter().any(|part| name.contains(part));
    values.into_iter().filter(|(name, _)| !secret(name)).collect()
}

/// Gives a server function the same context that a call from the browser has.
async fn run_in_context(
    state: &AppState,
    parts: &Parts,
    running: Running,
) -> (Result<Outcome, AppError>, ResponseOptions) {
    let (owner, options) = (Owner::new(), ResponseOptions::default());
    let outcome = owner
        .with(|| {
            provide_context(parts.clone());
            provide_context(options.clone());
            provide_context(state.clone());
            ScopedFuture::new(running)
        })
        .await;
    (outcome, options)
}

/// Draws the page of a refused post again: filled, with the errors beside the fields, under the refusal's status.
pub async fn draw_again(
    state: AppState,
    mut parts: Parts,
    form: &str,
    values: Vec<(String, String)>,
    refusal: Refusal,
) -> Response {
    let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY);
    let posted = Posted { form: form.to_owned(), values: not_secret(values), refusal };
    parts.extensions.insert(PageNotes { posted: Some(posted), ..PageNotes::default() });
    parts.method = http::Method::GET;
    let mut response = pages::draw(state, Request::from_parts(parts, Body::empty())).await;
    // a page that can't be drawn (404, 403) keeps its own status
    if response.status() == StatusCode::OK {
        *response.status_mut() = status;
    }
    response
}

/// Where a done act goes on: to its own page as it was asked for, without the act that was opened on it; or elsewhere.
fn going_on(to: &str, from: &Uri) -> String {
    let kept: Vec<&str> = from
        .query()
        .filter(|_| to == from.path())
        .unwrap_or_default()
        .split('&')
        .filter(|pair| !pair.is_empty() && !pair.starts_with("act="))
        .collect();
    if kept.is_empty() { to.to_owned() } else { format!("{to}?{}", kept.join("&")) }
}

/// Leads on to a page.
pub fn see_other(to: &str) -> Response {
    match HeaderValue::from_str(to) {
        Ok(location) => (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response(),
        Err(_) => (StatusCode::SEE_OTHER, [(header::LOCATION, HeaderValue::from_static("/"))]).into_response(),
    }
}

/// A path of ours that a redirect may lead to; anything else becomes `/`.
#[must_use]
pub fn local_path(path: &str) -> &str {
    // browsers drop tabs and line breaks from an address: `/<tab>/evil.example` would be another site
    let ours =
        path.starts_with('/') && !path.starts_with("//") && !path.contains(|c: char| c == '\\' || c.is_control());
    if ours { path } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_must_be_text() {
        assert!(is_utf8(b"note=%C3%A4+%"));
        assert!(is_utf8("note=ä%zz".as_bytes()));
        assert!(!is_utf8(b"note=%FF%FE"));
        assert!(!is_utf8(b"note=\xC3("));
    }

    #[test]
    fn secrets_are_not_shown_again() {
        let fields = ["email", "password", "new_password", "code", "postal_code", "note"];
        let shown = not_secret(fields.map(|name| (name.to_owned(), "x".to_owned())).into());
        assert_eq!(shown.into_keys().collect::<Vec<_>>(), ["email", "note", "postal_code"]);
    }

    #[test]
    fn a_done_act_keeps_the_address_of_its_page() {
        let from = Uri::from_static("/orders/1?in=status%3DPENDING&act=contact&show=notes");
        assert_eq!(going_on("/orders/1", &from), "/orders/1?in=status%3DPENDING&show=notes");
        assert_eq!(going_on("/orders/2", &from), "/orders/2");
        assert_eq!(going_on("/orders/1", &Uri::from_static("/orders/1?act=contact")), "/orders/1");
    }

    #[test]
    fn redirects_stay_on_this_site() {
        assert_eq!(local_path("/orders?status=PENDING"), "/orders?status=PENDING");
        for foreign in [
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "javascript:alert(1)",
            "",
            "/a\r\nb",
            "/\t/evil.example",
        ] {
            assert_eq!(local_path(foreign), "/", "{foreign}");
        }
    }
}
