//! `GET /events`: the stream of hints of one browser. It ends after some minutes, and with the server; the browser comes
//! back by itself and is looked at again: a session that ended gets no more.

use super::hub::Hint;
use crate::{
    auth::{
        guard::CurrentUser,
        model::{Me, Right},
    },
    server::state::AppState,
};
use axum::{
    Extension,
    extract::State,
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures_util::stream;
use http::StatusCode;
use std::{
    convert::Infallible,
    sync::atomic::Ordering,
    time::{Duration, Instant},
};
use tokio::sync::broadcast::{Receiver, error::RecvError};

/// How long a stream lives.
const LIFE: Duration = Duration::from_mins(2);
/// How often a stream looks whether the server goes down.
const LOOK: Duration = Duration::from_secs(1);
/// Between two signs of life.
const ALIVE: Duration = Duration::from_secs(15);
/// When a browser comes back, in milliseconds, at least.
const BACK: Duration = Duration::from_secs(3);

struct Stream {
    hints: Receiver<Hint>,
    me: Me,
    state: AppState,
    since: Instant,
}

/// The stream; without a session nothing, which tells the browser not to come back.
pub async fn events(State(state): State<AppState>, me: Option<Extension<CurrentUser>>) -> Response {
    let Some(Extension(CurrentUser(me))) = me else { return StatusCode::NO_CONTENT.into_response() };
    let stream = Stream { hints: state.hub.listen(), me, state, since: Instant::now() };
    let first = stream::once(async { Ok::<_, Infallible>(Event::default().retry(BACK).comment("hello")) });
    let hints = stream::unfold(stream, |mut stream| async {
        let hint = next(&mut stream).await?;
        Some((Ok(Event::default().data(hint)), stream))
    });
    let both = futures_util::StreamExt::fuse(futures_util::StreamExt::chain(first, hints));
    Sse::new(both).keep_alive(KeepAlive::new().interval(ALIVE)).into_response()
}

/// The next hint for this person; nothing when the stream ends.
async fn next(stream: &mut Stream) -> Option<String> {
    loop {
        if stream.since.elapsed() > LIFE || stream.state.draining.load(Ordering::Relaxed) {
            return None;
        }
        match tokio::time::timeout(LOOK, stream.hints.recv()).await {
            Ok(Err(RecvError::Closed)) => return None,
            // some were missed: whoever looks at anything may be behind
            Ok(Err(RecvError::Lagged(_))) => return Some("all".into()),
            Ok(Ok(hint)) => {
                if let Some(line) = line(&hint, &stream.me) {
                    return Some(line);
                }
            }
            // nothing came
            Err(_) => {}
        }
    }
}

/// A hint as browsers read it; nothing for whom it isn't.
fn line(hint: &Hint, me: &Me) -> Option<String> {
    let (kind, order, by) = match hint {
        Hint::Order(order, by) => ("order", order, by),
        Hint::New(order, by) => ("new", order, by),
        Hint::Note(order, by) => ("note", order, by),
        Hint::Inbox(whose) => return (*whose == me.id).then(|| "inbox".into()),
    };
    let by = by.map_or_else(|| "-".to_owned(), |by| by.to_string());
    me.may(Right::ReadOrders).then(|| format!("{kind} {order} {by}"))
}
