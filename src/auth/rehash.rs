//! A password whose hash was made with other parameters than today's is hashed anew when its person signs in.

use super::{password, store::Candidate};
use crate::server::{
    db::{Actor, transact},
    state::AppState,
};
use http::request::Parts;
use secrecy::SecretString;

/// Hashes the password that was just found right, if its hash is an old one. What goes wrong is the next sign-in's work.
pub async fn anew(state: &AppState, parts: &Parts, user: &Candidate, password: SecretString) {
    if password::is_current(&user.password_hash) {
        return;
    }
    let Ok(hash) = password::hash(password).await else { return };
    let (id, old) = (user.id, user.password_hash.clone());
    let reason = "The same password, hashed with the parameters of today";
    let actor = Actor::person(id, parts).because(reason);
    let done = transact(&state.db, actor, move |connection| {
        Box::pin(async move {
            // the trigger that ends links and half sign-ins when a password changes leaves them alone
            sqlx::query!("SELECT set_config('app.rehash', 'yes', true) AS set").fetch_one(&mut *connection).await?;
            sqlx::query!("UPDATE users SET password_hash = $3 WHERE id = $1 AND password_hash = $2", id, old, hash)
                .execute(connection)
                .await?;
            Ok(())
        })
    })
    .await;
    if let Err(stop) = done {
        tracing::warn!(?stop, "a password was not hashed anew");
    }
}
