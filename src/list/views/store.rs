//! SQL of saved views.

use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

/// A view with what this person has to do with it.
#[derive(Clone, Debug)]
pub struct ViewRow {
    pub id: Uuid,
    pub version: i32,
    pub list: String,
    pub name: String,
    pub query: String,
    pub owner_id: Uuid,
    pub owner: String,
    pub is_shared: bool,
    pub default_of: Option<String>,
    pub position: Option<i32>,
    pub is_deleted: bool,
}

/// A person's own views and the team's: pinned ones first, then by name. Own ones that were deleted within a day too.
///
/// # Errors
/// When the database says no.
pub async fn views(db: &PgPool, person: Uuid) -> sqlx::Result<Vec<ViewRow>> {
    sqlx::query_as!(
        ViewRow,
        r#"SELECT v.id, v.version, v.list, v.name, v.query, v.owner_id, u.first_name || ' ' || u.last_name AS "owner!",
                  v.audience = 'team' AS "is_shared!", v.default_of, p.position AS "position?",
                  v.deleted_at IS NOT NULL AS "is_deleted!"
           FROM saved_views v
           JOIN users u ON u.id = v.owner_id
           LEFT JOIN saved_view_pins p ON p.view_id = v.id AND p.user_id = $1
           WHERE (v.deleted_at IS NULL AND (v.owner_id = $1 OR v.audience = 'team'))
              OR (v.deleted_at > now() - interval '1 day' AND v.owner_id = $1)
           ORDER BY p.position NULLS LAST, lower(v.name), v.id"#,
        person
    )
    .fetch_all(db)
    .await
}

/// A view, locked for a change.
#[derive(Clone, Debug)]
pub struct Locked {
    pub version: i32,
    pub list: String,
    pub name: String,
    pub owner_id: Uuid,
    pub is_shared: bool,
    pub is_deleted: bool,
}

/// Locks a view that the person sees.
///
/// # Errors
/// When the database says no.
pub async fn lock(connection: &mut PgConnection, view: Uuid, person: Uuid) -> sqlx::Result<Option<Locked>> {
    sqlx::query_as!(
        Locked,
        r#"SELECT version, list, name, owner_id, audience = 'team' AS "is_shared!", deleted_at IS NOT NULL AS "is_deleted!"
           FROM saved_views WHERE id = $1 AND (owner_id = $2 OR audience = 'team') FOR UPDATE"#,
        view,
        person
    )
    .fetch_optional(connection)
    .await
}

/// Whether its owner has another view of this name.
///
/// # Errors
/// When the database says no.
pub async fn is_taken(connection: &mut PgConnection, view: Uuid, locked: &Locked, name: &str) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT 1 FROM saved_views WHERE owner_id = $1 AND list = $2 AND lower(name) = lower($3)
                                                     AND deleted_at IS NULL AND id <> $4) AS "taken!""#,
        locked.owner_id,
        locked.list,
        name,
        view
    )
    .fetch_one(connection)
    .await
}

/// Puts a view at the end of a person's pinned ones; one that is there stays where it is.
///
/// # Errors
/// When the database says no.
pub async fn pin(connection: &mut PgConnection, view: Uuid, person: Uuid) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO saved_view_pins (user_id, view_id, position)
         SELECT $1, $2, COALESCE(max(position), 0) + 1 FROM saved_view_pins WHERE user_id = $1
         ON CONFLICT (user_id, view_id) DO NOTHING",
        person,
        view
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Takes a view from a person's pinned ones.
///
/// # Errors
/// When the database says no.
pub async fn unpin(connection: &mut PgConnection, view: Uuid, person: Uuid) -> sqlx::Result<()> {
    sqlx::query!("DELETE FROM saved_view_pins WHERE user_id = $1 AND view_id = $2", person, view)
        .execute(connection)
        .await?;
    Ok(())
}

/// Changes places with the pinned view before it, or behind it.
///
/// # Errors
/// When the database says no.
pub async fn swap(connection: &mut PgConnection, view: Uuid, person: Uuid, up: bool) -> sqlx::Result<()> {
    // numbered anew, since views of others may have left gaps or doubles
    sqlx::query!(
        "WITH now AS (
             SELECT view_id, row_number() OVER (ORDER BY position, view_id)::int AS place FROM saved_view_pins WHERE user_id = $1
         ), here AS (SELECT place FROM now WHERE view_id = $2), there AS (
             SELECT place FROM now WHERE place = (SELECT place FROM here) + CASE WHEN $3 THEN -1 ELSE 1 END
         )
         UPDATE saved_view_pins p
         SET position = CASE now.place WHEN (SELECT place FROM here) THEN COALESCE((SELECT place FROM there), now.place)
                                       WHEN (SELECT place FROM there) THEN (SELECT place FROM here)
                                       ELSE now.place END
         FROM now WHERE p.user_id = $1 AND p.view_id = now.view_id",
        person,
        view,
        up
    )
    .execute(connection)
    .await?;
    Ok(())
}
