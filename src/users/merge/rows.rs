//! What changes hands in a merge, and again when it is undone.

use crate::server::db::Stop;
use sqlx::PgConnection;
use uuid::Uuid;

/// Orders that change hands with one statement: each is over long before the time that a statement has.
const AT_ONCE: usize = 2_000;

/// All but orders: what the merge lists goes to the account that stays. What was the default is it there only where there
/// was none.
pub async fn move_rows(connection: &mut PgConnection, merge: Uuid, kept: Uuid, merged: Uuid) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE reviews x SET user_id = $2 FROM user_merge_rows r
         WHERE r.merge_id = $1 AND r.table_name = 'reviews' AND x.id = r.row_id AND x.user_id = $3",
        merge,
        kept,
        merged
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "UPDATE addresses x SET user_id = $2,
                is_default_shipping = x.is_default_shipping
                    AND NOT EXISTS (SELECT 1 FROM addresses k WHERE k.user_id = $2 AND k.is_default_shipping AND k.deleted_at IS NULL),
                is_default_billing = x.is_default_billing
                    AND NOT EXISTS (SELECT 1 FROM addresses k WHERE k.user_id = $2 AND k.is_default_billing AND k.deleted_at IS NULL)
         FROM user_merge_rows r
         WHERE r.merge_id = $1 AND r.table_name = 'addresses' AND x.id = r.row_id AND x.user_id = $3",
        merge,
        kept,
        merged
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "UPDATE payment_methods x SET user_id = $2,
                is_default = x.is_default AND NOT EXISTS (SELECT 1 FROM payment_methods k WHERE k.user_id = $2 AND k.is_default AND k.deleted_at IS NULL)
         FROM user_merge_rows r
         WHERE r.merge_id = $1 AND r.table_name = 'payment_methods' AND x.id = r.row_id AND x.user_id = $3",
        merge,
        kept,
        merged
    )
    .execute(&mut *connection)
    .await?;
    give_rows(connection, merge, merged, kept).await?;
    Ok(())
}

/// Gives the rows of a merge that change in nothing else from one account to the other: how many of each table were there.
pub async fn give_rows(
    connection: &mut PgConnection,
    merge: Uuid,
    from: Uuid,
    to: Uuid,
) -> sqlx::Result<[(&'static str, u64); 4]> {
    let votes = sqlx::query!(
        "UPDATE review_votes x SET user_id = $3 FROM user_merge_rows r
         WHERE r.merge_id = $1 AND r.table_name = 'review_votes' AND x.review_id = r.row_id AND x.user_id = $2",
        merge,
        from,
        to
    )
    .execute(&mut *connection)
    .await?;
    let wishes = sqlx::query!(
        "UPDATE wishlists x SET user_id = $3 FROM user_merge_rows r
         WHERE r.merge_id = $1 AND r.table_name = 'wishlists' AND x.id = r.row_id AND x.user_id = $2",
        merge,
        from,
        to
    )
    .execute(&mut *connection)
    .await?;
    let lines = sqlx::query!(
        "UPDATE cart_items x SET user_id = $3 FROM user_merge_rows r
         WHERE r.merge_id = $1 AND r.table_name = 'cart_items' AND x.id = r.row_id AND x.user_id = $2",
        merge,
        from,
        to
    )
    .execute(&mut *connection)
    .await?;
    let notes = sqlx::query!(
        "UPDATE user_notes x SET user_id = $3 FROM user_merge_rows r
         WHERE r.merge_id = $1 AND r.table_name = 'user_notes' AND x.id = r.row_id AND x.user_id = $2",
        merge,
        from,
        to
    )
    .execute(connection)
    .await?;
    Ok([
        ("review_votes", votes.rows_affected()),
        ("wishlists", wishes.rows_affected()),
        ("cart_items", lines.rows_affected()),
        ("user_notes", notes.rows_affected()),
    ])
}

/// Gives these orders to another customer; how many there were.
pub async fn give_orders(connection: &mut PgConnection, from: Uuid, to: Uuid, orders: &[Uuid]) -> Result<i64, Stop> {
    let mut given = 0;
    for some in orders.chunks(AT_ONCE) {
        given += sqlx::query_scalar!(r#"SELECT give_orders($1, $2, $3) AS "given!""#, from, to, some)
            .fetch_one(&mut *connection)
            .await?;
    }
    Ok(given)
}
