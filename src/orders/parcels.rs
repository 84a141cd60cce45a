//! Parcels: what leaves for an order, by line and piece, and correcting what is written on one.

use super::{
    model::{MoveDetails, MovedLine, Status},
    service::{done, status_of},
};
use crate::{
    auth::{guard::Ctx, model::Role},
    error::AppError,
    forms::{Outcome, Refusal},
    server::{
        db::{Actor, Stop, act},
        texts::is_storable,
    },
};
use sqlx::PgConnection;
use uuid::Uuid;

/// Longest carrier or tracking number.
pub const LONGEST: usize = 300;

/// Why a parcel can't be corrected by this role in this state; nothing: it can.
pub fn why_not_correct(role: Role, status: Status) -> Option<String> {
    // who ships may correct it too
    let ship = Status::Preparing.move_to(Status::Shipped)?;
    if !ship.allows(role) {
        return Some(format!("for these roles only: {}.", ship.who()));
    }
    (!status.is_to_ship()).then(|| format!("only until an order is delivered; this one is {}.", status.word()))
}

/// Records a parcel with the pieces that the form names, none named: all that is left, and sells them. Returns whether
/// nothing is left to ship.
pub async fn ship(connection: &mut PgConnection, id: Uuid, details: &MoveDetails) -> Result<bool, Stop> {
    let lines = sqlx::query!(
        r#"SELECT i.id, i.product_name, i.quantity - COALESCE((
                      SELECT sum(r.quantity) FROM stock_reservations r
                      WHERE r.order_id = $1 AND r.order_item_id = i.id AND r.status = 'fulfilled'), 0)::int AS "left!"
           FROM order_items i WHERE i.order_id = $1 ORDER BY i.position, i.id"#,
        id
    )
    .fetch_all(&mut *connection)
    .await?;
    let named = read(&details.lines)?;
    let mut items = Vec::new();
    let mut pieces = Vec::new();
    if named.is_empty() {
        for line in lines.iter().filter(|line| line.left > 0) {
            items.push(line.id);
            pieces.push(line.left);
        }
    }
    for (item, quantity) in named {
        let line = lines.iter().find(|line| line.id == item);
        if line.is_none_or(|line| quantity > line.left) {
            let message = line.map_or_else(
                || "One of the lines isn't part of this order. Nothing was changed.".to_owned(),
                |line| {
                    format!("Only {} of “{}” can still be shipped. Nothing was changed.", line.left, line.product_name)
                },
            );
            return Err(Refusal::input(message).field("lines", "Check the quantities.").into());
        }
        items.push(item);
        pieces.push(quantity);
    }
    let is_all = lines.iter().map(|line| line.left).sum::<i32>() == pieces.iter().sum::<i32>();
    if is_all {
        // asks that every line has its stock, whatever was counted here
        sqlx::query!("SELECT stock_ship_order($1)::text AS done", id).fetch_one(&mut *connection).await?;
    } else {
        sqlx::query!("SELECT stock_ship_items($1, $2, $3)::text AS done", id, &items, &pieces)
            .fetch_one(&mut *connection)
            .await?;
    }
    sqlx::query!(
        "WITH parcel AS (
             INSERT INTO parcels (order_id, carrier, tracking_number, created_by)
             VALUES ($1, $2, $3, NULLIF(current_setting('app.current_user_id', true), '')::uuid) RETURNING id)
         INSERT INTO parcel_items (parcel_id, order_id, order_item_id, quantity)
         SELECT parcel.id, $1, x.item, x.pieces FROM parcel, unnest($4::uuid[], $5::int[]) AS x (item, pieces)",
        id,
        details.carrier,
        details.tracking_number,
        &items,
        &pieces
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "UPDATE order_shipping SET carrier = $2, tracking_number = $3, shipped_at = CASE WHEN $4 THEN now() ELSE shipped_at END
         WHERE order_id = $1",
        id,
        details.carrier,
        details.tracking_number,
        is_all
    )
    .execute(connection)
    .await?;
    Ok(is_all)
}

/// Reads the quantities; lines left at nothing are left out. Named lines that are all left at nothing are refused.
fn read(lines: &[MovedLine]) -> Result<Vec<(Uuid, i32)>, Refusal> {
    let refuse = |error: &str| Refusal::input("Nothing was shipped.").field("lines", error);
    let mut named: Vec<(Uuid, i32)> = Vec::new();
    for line in lines {
        let quantity = line.pieces().map_err(refuse)?;
        if named.iter().any(|(item, _)| *item == line.item) {
            return Err(refuse("A line is named twice."));
        }
        if quantity > 0 {
            named.push((line.item, quantity));
        }
    }
    if named.is_empty() && !lines.is_empty() {
        Err(refuse("Enter how many pieces are in the parcel."))
    } else {
        Ok(named)
    }
}

impl MovedLine {
    /// The pieces that were typed; nothing typed is none.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn pieces(&self) -> Result<i32, &'static str> {
        let quantity: i32 = match self.quantity.trim() {
            "" => 0,
            text => text.parse().map_err(|_| "A quantity is a whole number.")?,
        };
        if quantity < 0 { Err("A quantity can't be negative.") } else { Ok(quantity) }
    }
}

/// Corrects carrier and number of a parcel; `version` is its row's when the form was drawn.
///
/// # Errors
/// When the database says no; refusals are values.
pub async fn correct(
    ctx: &Ctx,
    id: Uuid,
    parcel: Uuid,
    version: i32,
    carrier: &str,
    tracking_number: &str,
) -> Result<Outcome, AppError> {
    let [carrier, number] = [carrier, tracking_number].map(|text| text.trim().to_owned());
    let mut refusal = Refusal::input("The parcel was not changed.");
    for (name, text) in [("carrier", &carrier), ("tracking_number", &number)] {
        if text.is_empty() || text.chars().count() > LONGEST || !is_storable(text) {
            refusal = refusal.field(name, format!("Enter 1 to {LONGEST} characters."));
        }
    }
    if let Err(refusal) = refusal.check() {
        return Ok(refusal.into());
    }
    let role = ctx.me.role;
    act(ctx, Actor::of(ctx), move |connection| {
        Box::pin(async move {
            let order = sqlx::query!("SELECT status FROM orders WHERE id = $1 AND deleted_at IS NULL FOR UPDATE", id)
                .fetch_optional(&mut *connection)
                .await?
                .ok_or(AppError::NotFound)?;
            if let Some(why) = why_not_correct(role, status_of(&order.status)?) {
                return Err(Refusal { status: 403, ..Refusal::input(format!("This can't be changed: {why}")) }.into());
            }
            let now = sqlx::query!(
                "SELECT version, carrier, tracking_number FROM parcels WHERE id = $1 AND order_id = $2",
                parcel,
                id
            )
            .fetch_optional(&mut *connection)
            .await?
            .ok_or(AppError::NotFound)?;
            if (&now.carrier, &now.tracking_number) == (&carrier, &number) {
                return Ok(done(id, "The parcel says so already."));
            }
            if now.version != version {
                let problem =
                    format!("A colleague changed it meanwhile; it says now: {} {}.", now.carrier, now.tracking_number);
                let refusal = Refusal::conflict(
                    "The parcel was not changed; what you typed is kept. Send again to replace theirs.",
                );
                return Err(Refusal { version: Some(now.version), ..refusal.field("tracking_number", problem) }.into());
            }
            sqlx::query!(
                "UPDATE parcels SET carrier = $2, tracking_number = $3 WHERE id = $1",
                parcel,
                carrier,
                number
            )
            .execute(&mut *connection)
            .await?;
            // the order's own is that of the last parcel
            sqlx::query!(
                "UPDATE order_shipping SET carrier = p.carrier, tracking_number = p.tracking_number
                 FROM (SELECT carrier, tracking_number FROM parcels WHERE order_id = $1 ORDER BY id DESC LIMIT 1) p
                 WHERE order_id = $1",
                id
            )
            .execute(connection)
            .await?;
            Ok(done(id, "Parcel corrected."))
        })
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(item: u128, quantity: &str) -> MovedLine {
        MovedLine { item: Uuid::from_u128(item), quantity: quantity.into(), disposition: String::new() }
    }

    #[test]
    fn a_parcel_needs_pieces_where_lines_are_named() {
        assert_eq!(read(&[]), Ok(Vec::new()), "all that is left");
        assert_eq!(read(&[line(1, " 2 "), line(2, "0"), line(3, "")]), Ok(vec![(Uuid::from_u128(1), 2)]));
        for wrong in [vec![line(1, "0")], vec![line(1, "-1")], vec![line(1, "one")], vec![line(1, "1"), line(1, "1")]] {
            assert!(read(&wrong).is_err());
        }
    }
}
