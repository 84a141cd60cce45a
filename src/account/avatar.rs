//! One's own picture on its way in and out: `POST /account/avatar` takes a file as a plain form sends it, `GET
//! /avatars/{id}` shows one to colleagues.
//!
//! What was sent is never kept: [`picture::redraw`] makes a new file of it, one at a time, and that goes to the storage. A
//! new picture is a new file with an address of its own, so that browsers may keep what they have seen.

use super::picture;
use crate::{
    auth::guard::{Ctx, status_of},
    error::AppError,
    forms::{Done, Outcome, Refusal},
    server::{
        db::{Actor, Stop, act, transact},
        edge, forms,
        limits::Rule,
        pages, sessions,
        state::AppState,
        storage::{self, NewFile, Purpose},
    },
};
use axum::{
    body::Body,
    extract::{DefaultBodyLimit, FromRequest, Multipart, Path, Request, State},
    response::{IntoResponse, Response},
    routing::{MethodRouter, post},
};
use futures_util::StreamExt;
use http::{HeaderValue, StatusCode, header, request::Parts};
use sqlx::PgConnection;
use std::{
    sync::{Arc, LazyLock},
    time::Duration,
};
use tokio::sync::Semaphore;
use uuid::Uuid;

/// Where pictures are sent to; the page with the form is there too.
pub const PATH: &str = "/account/avatar";
/// Where they are shown.
const SHOWN_AT: &str = "/avatars/";
/// Name of the form's field.
pub const FIELD: &str = "picture";
/// Largest file.
const LARGEST: usize = 5 << 20;
/// What the form has around its file.
const AROUND: usize = 16 << 10;
/// What is too large is read up to here and thrown away: a browser that is cut off while it sends shows no answer.
const READ_ON: usize = 32 << 20;
/// Longest time for it to arrive; every request ends after 30 s.
const ARRIVAL: Duration = Duration::from_secs(25);
/// Longest wait for a turn to be drawn.
const TURN: Duration = Duration::from_secs(10);
/// Pictures that one person may send in an hour.
const AN_HOUR: usize = 40;

/// Pictures on their way in, in memory.
static ARRIVING: Semaphore = Semaphore::const_new(4);
/// One is drawn at a time: it may take a hundred MB.
static DRAWING: LazyLock<Arc<Semaphore>> = LazyLock::new(|| Arc::new(Semaphore::new(1)));

const NOT_CHANGED: &str = "Your picture was not changed.";
const DAMAGED: &str = "The form didn’t arrive whole. Send it again.";

/// The route that takes pictures. It has a limit of its own, so the router's leaves it out.
pub fn route() -> MethodRouter<AppState> {
    // what arrives is limited by `receive`
    post(upload).layer(DefaultBodyLimit::disable())
}

async fn upload(State(state): State<AppState>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Some(ctx) = Ctx::of(state.clone(), &parts) else { return forms::see_other(&pages::login_address(&parts.uri)) };
    let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if !kind.starts_with("multipart/form-data") {
        return (StatusCode::UNSUPPORTED_MEDIA_TYPE, "Send multipart/form-data. Nothing was changed.\n")
            .into_response();
    }
    let Ok(_place) = ARRIVING.try_acquire() else { return edge::busy() };
    let taken = async {
        let rule = [Rule::at_most(AN_HOUR, Duration::from_hours(1), "avatar", &ctx.me.id.to_string())];
        if let Err(too_many) = state.limits.take(state.redis.as_ref(), state.clock.millis(), &rule).await {
            return Err(AppError::TooMany { seconds: u32::try_from(too_many.seconds()).unwrap_or(u32::MAX) });
        }
        let sent = match receive(body).await? {
            Ok(body) => file_of(&parts, body).await,
            Err(why) => Err(why),
        };
        match sent {
            Ok(sent) => take(&ctx, sent).await,
            Err(refusal) => Ok(refusal.into()),
        }
    };
    let refusal = match Box::pin(taken).await {
        Ok(Outcome::Done(done)) => {
            sessions::flash(&parts, &done.message).await;
            return forms::see_other(&done.to);
        }
        Ok(Outcome::Refused(refusal)) => refusal,
        Err(error) => Refusal { status: error.status(), ..Refusal::input(error.to_string()) },
    };
    forms::draw_again(state, parts, PATH, Vec::new(), refusal).await
}

fn refused(why: &str) -> Refusal {
    Refusal::input(NOT_CHANGED).field(FIELD, why)
}

/// Reads what is sent, to its end: at most so much of it is kept.
async fn receive(body: Body) -> Result<Result<Vec<u8>, Refusal>, AppError> {
    let mut pieces = body.into_data_stream();
    let reading = async {
        let (mut kept, mut read) = (Vec::new(), 0_usize);
        while let Some(piece) = pieces.next().await {
            let Ok(piece) = piece else { return Err(refused(DAMAGED)) };
            read = read.saturating_add(piece.len());
            if read <= LARGEST + AROUND {
                kept.extend_from_slice(&piece);
            } else {
                kept = Vec::new();
            }
            if read > READ_ON {
                break;
            }
        }
        if read <= LARGEST + AROUND { Ok(kept) } else { Err(too_large()) }
    };
    let slow = Refusal { status: 408, ..refused("It came too slowly. Try again, or choose a smaller file.") };
    Ok(tokio::time::timeout(ARRIVAL, reading).await.unwrap_or(Err(slow)))
}

fn too_large() -> Refusal {
    Refusal { status: 413, ..refused("This file is larger than 5 MB. Choose a smaller one.") }
}

/// The file in what was sent.
async fn file_of(parts: &Parts, body: Vec<u8>) -> Result<Vec<u8>, Refusal> {
    let damaged = || Refusal { status: 400, ..refused(DAMAGED) };
    let request = Request::from_parts(parts.clone(), Body::from(body));
    let mut form = Multipart::from_request(request, &()).await.map_err(|_| damaged())?;
    while let Some(field) = form.next_field().await.map_err(|_| damaged())? {
        if field.name() == Some(FIELD) {
            let file = field.bytes().await.map_err(|_| damaged())?;
            return match file.len() {
                0 => Err(refused("Choose a picture first.")),
                size if size > LARGEST => Err(too_large()),
                _ => Ok(file.into()),
            };
        }
    }
    Err(refused("Choose a picture first."))
}

/// Draws it anew, keeps that, and takes the one before away.
async fn take(ctx: &Ctx, sent: Vec<u8>) -> Result<Outcome, AppError> {
    let turn = tokio::time::timeout(TURN, Arc::clone(&DRAWING).acquire_owned()).await;
    let Ok(Ok(turn)) = turn else { return Err(AppError::Busy) };
    let drawn = tokio::task::spawn_blocking(move || {
        // with the work, whoever hangs up
        let _turn = turn;
        picture::redraw(&sent)
    });
    let drawn = match drawn.await {
        Ok(Ok(drawn)) => drawn,
        Ok(Err(why)) => return Ok(refused(why).into()),
        Err(error) => {
            tracing::warn!(%error, "a picture could not be decoded");
            return Ok(refused("This file can’t be read as a picture. Choose another.").into());
        }
    };
    let state = &ctx.state;
    let new = NewFile {
        purpose: Purpose::Avatar,
        name: "avatar.jpg".into(),
        content_type: "image/jpeg".into(),
        owner_id: Some(ctx.me.id),
        job_id: None,
        expires_at: None,
    };
    let created = transact(&state.db, Actor::of(ctx), {
        let new = new.clone();
        move |connection| Box::pin(async move { storage::create(connection, &new).await })
    });
    let file = created.await.map_err(storage::StorageError::from)?;
    let mut writer = state.storage.writer(file, new.purpose, &new.content_type);
    writer.write(&drawn).await?;
    let stored = writer.finish(&state.db).await?;
    let me = ctx.me.id;
    act(ctx, Actor::of(ctx), move |connection| {
        Box::pin(async move {
            let before = lock(connection, me).await?;
            if !storage::publish(connection, &stored).await? {
                return Err(Refusal::conflict(
                    "The picture was lost on its way. Your picture was not changed: send it again.",
                )
                .into());
            }
            sqlx::query!("UPDATE users SET avatar_url = $2 WHERE id = $1", me, format!("{SHOWN_AT}{}", stored.file))
                .execute(&mut *connection)
                .await?;
            give_up(connection, before).await?;
            Ok(Done { to: "/account".into(), message: "Colleagues see your new picture.".into(), reload: true })
        })
    })
    .await
}

/// Takes one's own picture away; initials stand there then.
///
/// # Errors
/// When the database says no.
pub async fn remove(ctx: &Ctx, parts: &Parts) -> Result<Outcome, AppError> {
    let me = ctx.me.id;
    let outcome = act(ctx, Actor::of(ctx), move |connection| {
        Box::pin(async move {
            let before = lock(connection, me).await?;
            sqlx::query!("UPDATE users SET avatar_url = NULL WHERE id = $1 AND avatar_url IS NOT NULL", me)
                .execute(&mut *connection)
                .await?;
            give_up(connection, before).await?;
            Ok(Done { to: "/account".into(), message: "Your picture is deleted.".into(), reload: true })
        })
    })
    .await?;
    sessions::flash_outcome(parts, &outcome).await;
    Ok(outcome)
}

/// The file of the picture that a person has, who is locked.
async fn lock(connection: &mut PgConnection, me: Uuid) -> Result<Option<Uuid>, Stop> {
    let address = sqlx::query_scalar!("SELECT avatar_url FROM users WHERE id = $1 FOR NO KEY UPDATE", me)
        .fetch_one(connection)
        .await?;
    Ok(address.as_deref().and_then(|address| address.strip_prefix(SHOWN_AT)).and_then(|id| id.parse().ok()))
}

async fn give_up(connection: &mut PgConnection, file: Option<Uuid>) -> Result<(), Stop> {
    if let Some(file) = file {
        storage::give_up(connection, file).await?;
    }
    Ok(())
}

/// Shows a picture to who is signed in.
pub async fn show(State(state): State<AppState>, Path(id): Path<String>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    if Ctx::of(state.clone(), &parts).is_none() {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let Ok(id) = id.parse() else { return StatusCode::NOT_FOUND.into_response() };
    read(&state, id).await.unwrap_or_else(|error| status_of(&error).into_response())
}

async fn read(state: &AppState, id: Uuid) -> Result<Response, AppError> {
    let Some(file) = storage::avatar(&state.db, id).await? else { return Err(AppError::NotFound) };
    let reading = state.storage.read(&file.key, None).await?;
    let mut response = Response::new(Body::from_stream(reading.pieces));
    let answer = response.headers_mut();
    answer.insert(header::CONTENT_LENGTH, reading.bytes.into());
    for (name, value) in [
        (header::CONTENT_TYPE, "image/jpeg"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // another picture has another address; nobody but this browser keeps it
        (header::CACHE_CONTROL, "private, max-age=3600, immutable"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'; sandbox"),
    ] {
        answer.insert(name, HeaderValue::from_static(value));
    }
    Ok(response)
}
