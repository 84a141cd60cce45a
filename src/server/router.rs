//! The router: pages, their forms, server functions, the checkout API, files; and the layers around them.

use super::{
    client, csrf, edge, forms::PageForms, functions, health, metrics, pages, refused, sessions, state::AppState,
    telemetry,
};
use crate::{
    account::{
        api::{ChangeEmail, ChangePassword, ChangeProfile, EndSessions, RemovePicture, SavePreferences},
        avatar,
    },
    app::App,
    audit::{self, api::CheckAudit},
    auth::api::{
        AskReset, ChangeSecondFactor, ChoosePassword, ConfirmAddress, ConfirmSecondFactor, SetLook, SignIn, SignInCode,
        SignInEnrol, SignOut,
    },
    inbox::api::MarkItems,
    jobs::{self, api::ChangeJob},
    list::{
        export::{XLSX_TYPE, file},
        views::api::{ChangeView, SaveView},
    },
    live,
    orders::{
        self,
        api::{
            AddNote, AssignOrder, ChangeAddress, ChangeContact, ChangeNote, CorrectParcel, CreateCustomer, EditNote,
            MoveOrder, PlaceOrder, PreviewBulk, ResendConfirmation, Reveal, SetTags, UndoChange,
        },
    },
    privacy::api::{AskErasure, DecideErasure, ExportPerson},
    search,
    server::{demo, storage::download},
    settings::api::SaveShop,
    staff::api::{AskForRight, ChangePerson, DecideRequest, EndRight, InvitePerson},
    users::{
        self,
        api::{
            AddUserNote, ChangeUser, ChangeUserNote, EditUser, MergeUsers, PreviewUsers, RevealUser, UndoMerge,
            UndoUser,
        },
    },
};
use axum::{
    Router,
    body::Body,
    extract::{Path, Request, State},
    middleware::{Next, from_fn, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::{any, get},
};
use http::{HeaderName, HeaderValue, StatusCode, header};
use leptos_axum::{AxumRouteListing, LeptosRoutes, generate_route_list, handle_server_fns_with_context};
use std::{sync::LazyLock, time::Duration};
use tower::{ServiceBuilder, ServiceExt};
use tower_http::{
    body::Limited,
    compression::{
        CompressionLayer, CompressionLevel, Predicate,
        predicate::{DefaultPredicate, NotForContentType},
    },
    csrf::CsrfLayer,
    limit::RequestBodyLimitLayer,
    request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer},
    services::{ServeDir, ServeFile, fs::ServeFileSystemResponseBody},
    set_header::SetResponseHeaderLayer,
    timeout::TimeoutLayer,
    trace::TraceLayer,
};

/// Largest body that any route takes.
const LARGEST_BODY: usize = 256 * 1024;
/// Longest time for an answer; a sign-in in a rush waits 20 s at most.
const LONGEST: Duration = Duration::from_secs(30);

/// What a page of ours never asks a browser for.
const UNUSED_FEATURES: &str = "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), \
     midi=(), payment=(), publickey-credentials-get=(), screen-wake-lock=(), serial=(), usb=(), xr-spatial-tracking=()";

/// The routes of the pages, drawn up once a process: while that goes on, a page that is being drawn by anybody in this
/// process never gets its data (leptos#4773).
static ROUTES: LazyLock<Vec<AxumRouteListing>> = LazyLock::new(|| generate_route_list(App));

/// Builds the application, before anything is drawn.
pub fn build(state: AppState) -> Router {
    let session = ServiceBuilder::new()
        .layer(from_fn_with_state(state.clone(), edge::admit))
        .layer(CsrfLayer::new())
        .layer(from_fn_with_state(state.clone(), csrf::origin_required))
        .layer(from_fn_with_state(state.clone(), sessions::tidy_cookies))
        .layer(from_fn(sessions::mark_background))
        .layer(sessions::layer(&state))
        .layer(from_fn(sessions::identify))
        .layer(from_fn_with_state(state.clone(), refused::note))
        .layer(from_fn(functions::guarded));

    let context = {
        let state = state.clone();
        move || pages::provide(state.clone())
    };
    let shell = {
        let options = state.leptos.clone();
        move || crate::app::shell(options.clone())
    };
    let pages = Router::new()
        .leptos_routes_with_context(&state, ROUTES.clone(), context.clone(), shell)
        .route("/login", PageForms::default().with::<SignIn>("email").route())
        .route("/login/code", PageForms::default().with::<SignInEnrol>("enrol").with::<SignInCode>("code").route())
        .route(
            "/account",
            PageForms::default()
                .with::<ChangeProfile>("first_name")
                .with::<ChangePassword>("new_password")
                .with::<ChangeEmail>("email")
                .with::<EndSessions>("sessions")
                .with::<SavePreferences>("time_zone")
                .with::<RemovePicture>("picture")
                .route(),
        )
        .route(avatar::PATH, avatar::route())
        .route("/avatars/{id}", get(avatar::show))
        .route(
            "/account/second-factor",
            PageForms::default().with::<ConfirmSecondFactor>("code").with::<ChangeSecondFactor>("change").route(),
        )
        .route("/login/forgot", PageForms::default().with::<AskReset>("email").route())
        .route(
            "/login/link",
            PageForms::default().with::<ChoosePassword>("password").with::<ConfirmAddress>("confirm").route(),
        )
        .route("/look", PageForms::default().with::<SetLook>("theme").with::<SetLook>("density").route())
        .route("/logout", PageForms::default().with::<SignOut>("sign_out").route())
        .route(
            "/orders/{id}",
            PageForms::default()
                .with::<MoveOrder>("status")
                .with::<AddNote>("note")
                .with::<SetTags>("tags")
                .with::<EditNote>("body")
                .with::<ChangeNote>("change")
                .with::<ChangeContact>("email")
                .with::<ChangeAddress>("street")
                .with::<Reveal>("reveal")
                .with::<UndoChange>("undo")
                .with::<AssignOrder>("assignee")
                .with::<ResendConfirmation>("mail")
                .with::<CorrectParcel>("parcel")
                .route(),
        )
        .route(
            "/orders/new",
            PageForms::default().with::<PlaceOrder>("ship_to").with::<CreateCustomer>("first_name").route(),
        )
        .route("/orders/bulk", PageForms::default().with::<PreviewBulk>("bulk").route())
        .route("/jobs/{id}", PageForms::default().with::<ChangeJob>("change").route())
        .route("/jobs/{id}/rows.csv", get(jobs::file::rows))
        .route("/inbox", PageForms::default().with::<MarkItems>("mark").route())
        .route("/settings", PageForms::default().with::<SaveShop>("company").route())
        .route("/settings/roles", PageForms::default().with::<AskForRight>("ask").with::<EndRight>("end").route())
        .route("/staff", PageForms::default().with::<InvitePerson>("first_name").route())
        .route(
            "/staff/{id}",
            PageForms::default()
                .with::<DecideRequest>("decision")
                .with::<EndRight>("end")
                .with::<ChangePerson>("change")
                .route(),
        )
        .route(
            "/users/{id}",
            PageForms::default()
                .with::<AddUserNote>("key")
                .with::<ChangeUserNote>("note_id")
                .with::<EditUser>("first_name")
                .with::<RevealUser>("reveal")
                .with::<UndoUser>("undo")
                .with::<ChangeUser>("change")
                .with::<UndoMerge>("merge")
                .with::<ExportPerson>("subject")
                .with::<AskErasure>("erase")
                .route(),
        )
        .route("/users/{id}/merge", PageForms::default().with::<MergeUsers>("other").route())
        .route("/privacy/{id}", PageForms::default().with::<DecideErasure>("erasure").route())
        .route("/views", PageForms::default().with::<SaveView>("query").with::<ChangeView>("act").route())
        .route("/orders/export", get(file::export::<orders::list::store::Ask>))
        .route("/audit/export", get(file::export::<audit::list::store::Ask>))
        .route("/audit/seal", PageForms::default().with::<CheckAudit>("change").route())
        .route(audit::seal::HEAD, get(audit::seal::head))
        .route("/users/export", get(file::export::<users::list::store::Ask>))
        .route("/users/bulk", PageForms::default().with::<PreviewUsers>("bulk").route())
        .route("/files/{id}", get(download::file))
        .route("/dev/error/{status}", get(edge::sample))
        .layer(from_fn_with_state(state.clone(), pages::drawn_to_their_end))
        .fallback(not_found)
        .layer(from_fn_with_state(state.clone(), pages::with_navigation))
        .layer(from_fn_with_state(state.clone(), pages::sign_in_first))
        .layer(from_fn(pages::tidy_address));
    let functions = any(move |request: Request| handle_server_fns_with_context(context.clone(), request));
    let people = pages
        .route("/api/techally/{*function}", functions)
        .route("/events", get(live::events::events))
        .route("/live/numbers", get(live::numbers::numbers))
        .route("/search/hits", get(search::hits::hits))
        .layer(session);

    let machines = Router::new().merge(orders::checkout::routes()).merge(health::routes()).merge(download::routes());

    let routes = Router::new().merge(people).merge(machines).merge(files(&state));
    around(routes, state)
}

/// The layers around every route, from outside in.
pub fn around(routes: Router<AppState>, state: AppState) -> Router {
    routes
        .layer(
            ServiceBuilder::new()
                .layer(SetRequestIdLayer::x_request_id(MakeRequestUuid))
                .layer(TraceLayer::new_for_http().make_span_with(telemetry::span).on_response(telemetry::answered))
                .layer(PropagateRequestIdLayer::x_request_id())
                .layer(from_fn_with_state(state.clone(), client::identify))
                .layer(from_fn_with_state(state.clone(), metrics::measure))
                .layer(
                    CompressionLayer::new()
                        .quality(CompressionLevel::Fastest)
                        // a workbook is a compressed file already; a file that is kept goes as it is, also in pieces
                        .compress_when(
                            DefaultPredicate::new()
                                .and(NotForContentType::const_new(XLSX_TYPE))
                                .and(download::not_for_kept_files),
                        ),
                )
                .layer(fallback_header(header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"))
                .layer(fallback_header(header::CACHE_CONTROL, "no-store"))
                .layer(fallback_header(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
                .layer(fallback_header(header::REFERRER_POLICY, "same-origin"))
                .layer(fallback_header(HeaderName::from_static("cross-origin-opener-policy"), "same-origin"))
                .layer(fallback_header(HeaderName::from_static("cross-origin-resource-policy"), "same-origin"))
                .layer(fallback_header(HeaderName::from_static("permissions-policy"), UNUSED_FEATURES))
                .option_layer(
                    state.config.is_secure().then(|| {
                        fallback_header(header::STRICT_TRANSPORT_SECURITY, "max-age=63072000; includeSubDomains")
                    }),
                )
                .layer(from_fn_with_state(state.clone(), edge::last_word))
                .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, LONGEST))
                .layer(from_fn(limit_body)),
        )
        .with_state(state)
}

/// Ends bodies that are larger than any route takes. Pictures have a route that limits them itself, and only for people
/// who are signed in.
async fn limit_body(request: Request, next: Next) -> Response {
    if request.uri().path() == avatar::PATH {
        return next.run(request).await;
    }
    let inner = ServiceBuilder::new()
        .layer(RequestBodyLimitLayer::new(LARGEST_BODY))
        .map_request(|request: http::Request<Limited<Body>>| request.map(Body::new))
        .service(next);
    match inner.oneshot(request).await {
        Ok(response) => response.map(Body::new),
        Err(never) => match never {},
    }
}

fn fallback_header(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
}

/// Files that anyone may read: the browser bundle, font, icons, pictures of the demo shop.
fn files(state: &AppState) -> Router<AppState> {
    let root = state.leptos.site_root.to_string();
    // never on a 404: a missing chunk would be remembered as missing for a year
    let kept = |value: &'static str| {
        SetResponseHeaderLayer::overriding(
            header::CACHE_CONTROL,
            move |response: &Response<ServeFileSystemResponseBody>| {
                (!response.status().is_client_error()).then(|| HeaderValue::from_static(value))
            },
        )
    };
    let day = "public, max-age=86400";
    let file = |name: &str| ServiceBuilder::new().layer(kept(day)).service(ServeFile::new(format!("{root}/{name}")));
    // all of pkg/, not only today's folder: tabs opened before a deploy still load their lazy chunks
    let pkg = ServeDir::new(format!("{root}/pkg")).precompressed_br().precompressed_gzip();
    let fonts = ServeDir::new(format!("{root}/fonts"));
    Router::new()
        .nest_service("/pkg", ServiceBuilder::new().layer(kept("public, max-age=31536000, immutable")).service(pkg))
        .nest_service("/fonts", ServiceBuilder::new().layer(kept("public, max-age=31536000")).service(fonts))
        .route_service("/icons.svg", file("icons.svg"))
        .route_service("/live.js", file("live.js"))
        .route_service("/numbers.js", file("numbers.js"))
        .route_service("/news.js", file("news.js"))
        .route_service("/suggest.js", file("suggest.js"))
        .route_service("/palette.js", file("palette.js"))
        .route_service("/palette-dialog.js", file("palette-dialog.js"))
        .route_service("/error.css", file("error.css"))
        .route_service("/favicon.svg", file("favicon.svg"))
        .route_service("/favicon.ico", file("favicon.ico"))
        .route_service("/robots.txt", file("robots.txt"))
        .route("/demo/pictures/{name}", get(picture))
}

/// A drawn picture of a demo product.
async fn picture(Path(name): Path<String>) -> Response {
    match name.strip_suffix(".svg").and_then(demo::picture) {
        Some(svg) => (
            [
                (header::CONTENT_TYPE, "image/svg+xml"),
                (header::CACHE_CONTROL, "public, max-age=86400"),
                // a picture opened by itself may style itself, nothing else
                (header::CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'; sandbox"),
            ],
            svg,
        )
            .into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// An address that no page has: the app's own 404 page.
async fn not_found(State(state): State<AppState>, request: Request) -> Response {
    let mut response = pages::draw(state, request).await;
    if response.status() == StatusCode::OK {
        *response.status_mut() = StatusCode::NOT_FOUND;
    }
    response
}
