//! Putting items into inboxes that tell of a request and its answer. Items with conditions of their own (who wants to be
//! told, how often) are put there by the statement that knows them.

use crate::{auth::model::Role, server::db::Stop};
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

/// What an item tells of.
#[derive(Clone, Copy, Debug)]
pub enum About {
    /// A right that somebody asks for: `access_requests.id`.
    Access(Uuid),
    /// The erasure of a customer: `erasures.id`.
    Erasure(Uuid),
}

/// Colleagues of these roles who can sign in, but for one: those who can decide about what that one asks for.
///
/// # Errors
/// When the database says no.
pub async fn others_of(connection: &mut PgConnection, roles: &[Role], but: Uuid) -> Result<Vec<Uuid>, Stop> {
    let roles: Vec<&str> = roles.iter().copied().map(Role::code).collect();
    let people = sqlx::query_scalar!(
        "SELECT id FROM users WHERE role = ANY ($1::text[]) AND status = 'active' AND deleted_at IS NULL AND id <> $2",
        &roles as &[&str],
        but
    )
    .fetch_all(connection)
    .await?;
    Ok(people)
}

/// Puts an item into the inboxes of people.
///
/// # Errors
/// When the database says no.
pub async fn tell(
    connection: &mut PgConnection,
    people: &[Uuid],
    from: Uuid,
    about: About,
    now: OffsetDateTime,
) -> Result<(), Stop> {
    let (kind, access, erasure) = match about {
        About::Access(id) => ("access", Some(id), None),
        About::Erasure(id) => ("erasure", None, Some(id)),
    };
    sqlx::query!(
        "INSERT INTO inbox_items (user_id, kind, from_id, access_request_id, erasure_id, created_at)
         SELECT u, $2, $3, $4, $5, $6 FROM unnest($1::uuid[]) AS u",
        people,
        kind,
        from,
        access,
        erasure,
        now
    )
    .execute(connection)
    .await?;
    Ok(())
}
