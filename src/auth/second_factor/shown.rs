//! New recovery codes on their way to the one page that shows them: in the session, encrypted, until that page was drawn.

use crate::{auth::guard::request_id, error::AppError, server::state::AppState};
use http::request::Parts;
use tower_sessions::Session;
use uuid::Uuid;

/// Record key of the session.
const KEY: &str = "recovery_codes";

fn place(user_id: Uuid) -> String {
    format!("session.recovery_codes:{user_id}")
}

/// Keeps them for the next page.
///
/// # Errors
/// Without a session or a key.
pub async fn keep(state: &AppState, parts: &Parts, user_id: Uuid, codes: &[String]) -> Result<(), AppError> {
    let failed = || AppError::Unexpected { request_id: request_id(parts) };
    let session = parts.extensions.get::<Session>().ok_or_else(failed)?;
    let closed = state.config.keys.close(&place(user_id), codes.join(" ").as_bytes()).map_err(|_| failed())?;
    session.insert(KEY, closed).await.map_err(|_| failed())
}

/// Takes them out to be shown: none when they were shown before.
pub async fn take(state: &AppState, parts: &Parts, user_id: Uuid) -> Vec<String> {
    let Some(session) = parts.extensions.get::<Session>() else { return Vec::new() };
    let Ok(Some(closed)) = session.remove::<String>(KEY).await else { return Vec::new() };
    let Ok(codes) = state.config.keys.open(&place(user_id), &closed) else { return Vec::new() };
    String::from_utf8_lossy(&codes).split(' ').map(str::to_owned).collect()
}
