//! Moving an order: what each move needs, and what it does to stock, money and shipping, in one transaction.

use super::{
    model::{DISPOSITIONS, MoveDetails, MovedLine, Status},
    parcels::{self, LONGEST},
    service::done,
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
use rust_decimal::Decimal;
use sqlx::PgConnection;
use uuid::Uuid;

/// A pieces-by-line return, read from the form.
struct Returned {
    item: Uuid,
    quantity: i32,
    disposition: &'static str,
}

/// Moves an order to a state, when the diagram, the role, the version and the move's own needs allow it.
pub async fn move_order(
    ctx: &Ctx,
    id: Uuid,
    version: &str,
    status: &str,
    details: MoveDetails,
) -> Result<Outcome, AppError> {
    let Some(to) = Status::parse(status) else {
        return Ok(Refusal::input("There is no such status. Reload the page and choose again.")
            .field("status", "Unknown")
            .into());
    };
    let Ok(version) = version.parse::<i32>() else {
        return Ok(Refusal::input("This form is incomplete (no version). Reload the page and try again.").into());
    };
    if ends_it(to)
        && let Err(refusal) = ctx.freshly_proved()
    {
        return Ok(refusal.into());
    }
    let details = trimmed(details);
    let role = ctx.me.role;
    let reason = match to {
        Status::Processing | Status::Confirmed if !details.reference.is_empty() => {
            format!("Transfer reference {}", details.reference)
        }
        _ => details.reason.clone(),
    };
    act(ctx, Actor::of(ctx).because(reason), move |connection| {
        Box::pin(async move {
            let (number, is_done) = move_in(connection, role, id, Some(version), to, &details).await?;
            let message = match (is_done, to) {
                (true, _) => format!("{number} is {} now.", to.word()),
                (false, Status::Shipped) => {
                    format!("The parcel is recorded. {number} stays in preparation until the rest is shipped.")
                }
                (false, _) => {
                    format!("The return is recorded. {number} stays delivered: the customer keeps the rest.")
                }
            };
            Ok(done(id, message))
        })
    })
    .await
}

/// Moves an order in a transaction that names its actor and reason. `version` is the row's when the form was drawn; none:
/// whatever it is now. Its number, and whether it is in the new state: a part of a move leaves the state.
///
/// # Errors
/// Refused when the diagram, the role, the version or the move's own needs stand in the way.
pub(super) async fn move_in(
    connection: &mut PgConnection,
    role: Role,
    id: Uuid,
    version: Option<i32>,
    to: Status,
    details: &MoveDetails,
) -> Result<(String, bool), Stop> {
    let order = lock(connection, id).await?.ok_or(AppError::NotFound)?;
    if version.is_some_and(|version| version != order.version) {
        return Err(moved_on(connection, id, order.status).await?.into());
    }
    let step = order.status.move_to(to).ok_or_else(|| {
        Refusal::conflict(format!(
            "An order that is {} can't become {}. Nothing was changed.",
            order.status.word(),
            to.word()
        ))
    })?;
    if !step.allows(role) {
        let message = format!("“{}” is not for your role. These can do it: {}.", step.action, step.who());
        return Err(Refusal { status: 403, ..Refusal::input(message) }.into());
    }
    check_needs(&order, to, details)?;
    let is_done = take_effect(connection, &order, to, details).await?;
    // a part of a move leaves the state and counts the version all the same: the same form twice is one parcel
    let status = if is_done { to } else { order.status };
    sqlx::query!("UPDATE orders SET status = $2 WHERE id = $1", id, status.code()).execute(connection).await?;
    Ok((order.number, is_done))
}

fn trimmed(details: MoveDetails) -> MoveDetails {
    let trim = |text: String| text.trim().to_owned();
    MoveDetails {
        carrier: trim(details.carrier),
        tracking_number: trim(details.tracking_number),
        reason: trim(details.reason),
        reference: trim(details.reference),
        lines: details.lines,
        close: trim(details.close),
    }
}

/// The order as it stands, locked until the transaction ends.
struct Locked {
    id: Uuid,
    number: String,
    status: Status,
    version: i32,
    currency: String,
    grand_total: Decimal,
    paid_total: Decimal,
}

async fn lock(connection: &mut PgConnection, id: Uuid) -> Result<Option<Locked>, Stop> {
    let row = sqlx::query!(
        "SELECT order_number, status, version, currency, grand_total, paid_total
         FROM orders WHERE id = $1 AND deleted_at IS NULL FOR UPDATE",
        id
    )
    .fetch_optional(connection)
    .await?;
    row.map(|row| {
        let status = Status::parse(&row.status)
            .ok_or_else(|| Stop::Database(sqlx::Error::Decode(format!("orders.status is “{}”", row.status).into())))?;
        Ok(Locked {
            id,
            number: row.order_number,
            status,
            version: row.version,
            currency: row.currency,
            grand_total: row.grand_total,
            paid_total: row.paid_total,
        })
    })
    .transpose()
}

/// Says who changed the order meanwhile and where it stands.
async fn moved_on(connection: &mut PgConnection, id: Uuid, status: Status) -> Result<Refusal, Stop> {
    let last = sqlx::query!(
        r#"SELECT u.first_name || ' ' || u.last_name AS name, h.to_status
           FROM order_status_history h LEFT JOIN users u ON u.id = h.actor_id
           WHERE h.order_id = $1 ORDER BY h.created_at DESC, h.id DESC LIMIT 1"#,
        id
    )
    .fetch_optional(connection)
    .await?;
    let who = last.and_then(|row| row.name).unwrap_or_else(|| "Somebody else".into());
    Ok(Refusal::conflict(format!(
        "{who} changed this order after you opened it; it is {} now. Nothing was changed and your input is kept: \
         reload the page to go on from there.",
        status.label().to_lowercase()
    )))
}

/// Why a move can't take a text; nothing: it can.
pub(super) fn problem_of(text: &str) -> Option<String> {
    if text.chars().count() > LONGEST {
        return Some(format!("At most {LONGEST} characters."));
    }
    (!is_storable(text)).then(|| "This has a character that can't be stored.".into())
}

/// Whether a move ends the order's way: it must say why, and who makes it has just shown who they are.
pub(super) const fn ends_it(to: Status) -> bool {
    matches!(to, Status::Cancelled | Status::Failed | Status::Returned)
}

/// What the move asks for and the form must have.
fn check_needs(order: &Locked, to: Status, details: &MoveDetails) -> Result<(), Refusal> {
    let mut refusal = Refusal::input("Something is missing. Nothing was changed.");
    for (name, text) in [
        ("carrier", &details.carrier),
        ("tracking_number", &details.tracking_number),
        ("reason", &details.reason),
        ("reference", &details.reference),
    ] {
        if let Some(problem) = problem_of(text) {
            refusal = refusal.field(name, problem);
        }
    }
    let mut need = |name: &str, text: &str, error: &str| {
        if text.is_empty() {
            refusal.fields.entry(name.to_owned()).or_insert_with(|| error.to_owned());
        }
    };
    match to {
        Status::Processing => need("reference", &details.reference, "Enter the reference the customer pays with."),
        Status::Confirmed if order.paid_total < order.grand_total => {
            need("reference", &details.reference, "Enter the reference on the bank statement.");
        }
        Status::Shipped => {
            need("carrier", &details.carrier, "Enter who carries the parcel.");
            need("tracking_number", &details.tracking_number, "Enter the number on the label.");
        }
        _ if ends_it(to) => need("reason", &details.reason, "Say why, for the colleagues."),
        _ => {}
    }
    refusal.check()
}

/// Everything a move changes besides the status. Returns whether the status changes too: a parcel with a part of what is
/// left keeps the order in preparation, a return of some of the lines leaves it delivered.
async fn take_effect(
    connection: &mut PgConnection,
    order: &Locked,
    to: Status,
    details: &MoveDetails,
) -> Result<bool, Stop> {
    match to {
        Status::Processing => await_transfer(connection, order, &details.reference).await?,
        Status::Confirmed => {
            if order.paid_total < order.grand_total {
                receive_transfer(connection, order, &details.reference).await?;
            }
            sqlx::query!("SELECT stock_confirm_order($1)::text AS done", order.id).fetch_one(connection).await?;
        }
        Status::Failed => {
            sqlx::query!(
                "UPDATE payments SET status = 'failed', failure_reason = $2 WHERE order_id = $1 AND status IN ('pending', 'authorized')",
                order.id,
                details.reason
            )
            .execute(&mut *connection)
            .await?;
            sqlx::query!("SELECT stock_release_order($1)::text AS done", order.id).fetch_one(connection).await?;
        }
        Status::Cancelled => {
            sqlx::query!(
                "UPDATE payments SET status = 'cancelled' WHERE order_id = $1 AND status IN ('pending', 'authorized')",
                order.id
            )
            .execute(&mut *connection)
            .await?;
            sqlx::query!("SELECT stock_release_order($1)::text AS done", order.id).fetch_one(connection).await?;
        }
        Status::Shipped => return parcels::ship(connection, order.id, details).await,
        Status::Delivered => {
            sqlx::query!("UPDATE order_shipping SET delivered_at = now() WHERE order_id = $1", order.id)
                .execute(connection)
                .await?;
        }
        Status::Returned => return take_return(connection, order, details).await,
        Status::Pending | Status::Preparing | Status::Completed => {}
    }
    Ok(true)
}

/// The customer pays by transfer: the payment is pending and the stock is held for two weeks.
async fn await_transfer(connection: &mut PgConnection, order: &Locked, reference: &str) -> Result<(), Stop> {
    sqlx::query!(
        "INSERT INTO payments (order_id, provider, method, status, amount, currency, reference)
         VALUES ($1, 'manual', 'transfer', 'pending', $2, $3, $4)",
        order.id,
        order.grand_total - order.paid_total,
        order.currency,
        reference,
    )
    .execute(&mut *connection)
    .await
    .map_err(|error| taken_reference(error, reference))?;
    sqlx::query!("UPDATE orders SET hold_expires_at = now() + interval '14 days' WHERE id = $1", order.id)
        .execute(&mut *connection)
        .await?;
    sqlx::query!("SELECT stock_extend_hold($1, now() + interval '14 days')::text AS done", order.id)
        .fetch_one(connection)
        .await?;
    Ok(())
}

/// The money is here: the awaited transfer is captured, or one that nobody announced is recorded.
async fn receive_transfer(connection: &mut PgConnection, order: &Locked, reference: &str) -> Result<(), Stop> {
    let captured = sqlx::query!(
        "UPDATE payments SET status = 'captured', captured_amount = amount, reference = $2
         WHERE id = (SELECT id FROM payments WHERE order_id = $1 AND status = 'pending' AND provider = 'manual'
                     ORDER BY created_at LIMIT 1)",
        order.id,
        reference
    )
    .execute(&mut *connection)
    .await
    .map_err(|error| taken_reference(error, reference))?;
    if captured.rows_affected() == 0 {
        sqlx::query!(
            "INSERT INTO payments (order_id, provider, method, status, amount, captured_amount, currency, reference)
             VALUES ($1, 'manual', 'transfer', 'captured', $2, $2, $3, $4)",
            order.id,
            order.grand_total - order.paid_total,
            order.currency,
            reference,
        )
        .execute(&mut *connection)
        .await
        .map_err(|error| taken_reference(error, reference))?;
    }
    Ok(())
}

/// The same transfer can't pay two orders.
fn taken_reference(error: sqlx::Error, reference: &str) -> Stop {
    if error.as_database_error().is_some_and(sqlx::error::DatabaseError::is_unique_violation) {
        let message = "This reference belongs to another payment already. Nothing was changed.";
        return Refusal::conflict(message)
            .field("reference", format!("“{reference}” is taken; check the bank statement."))
            .into();
    }
    error.into()
}

/// Records what came back and puts sound pieces into stock. The order is returned when nothing is left with
/// the customer, or when the form says to close it so.
async fn take_return(connection: &mut PgConnection, order: &Locked, details: &MoveDetails) -> Result<bool, Stop> {
    let returned = read_lines(&details.lines)?;
    let lines = sqlx::query!(
        "SELECT id, product_name, quantity - returned_quantity AS \"left!\" FROM order_items WHERE order_id = $1",
        order.id
    )
    .fetch_all(&mut *connection)
    .await?;
    let mut left: i32 = lines.iter().map(|line| line.left).sum();
    let return_id = sqlx::query_scalar!(
        "INSERT INTO order_returns (order_id, reason, created_by)
         VALUES ($1, $2, NULLIF(current_setting('app.current_user_id', true), '')::uuid) RETURNING id",
        order.id,
        details.reason
    )
    .fetch_one(&mut *connection)
    .await?;
    for piece in returned {
        let line = lines.iter().find(|line| line.id == piece.item);
        let Some(line) = line.filter(|line| piece.quantity <= line.left) else {
            let message = line.map_or_else(
                || "One of the lines isn't part of this order. Nothing was changed.".to_owned(),
                |line| {
                    format!("Only {} of “{}” can still come back. Nothing was changed.", line.left, line.product_name)
                },
            );
            return Err(Refusal::input(message).field("lines", "Check the quantities.").into());
        };
        left -= piece.quantity;
        sqlx::query!(
            "INSERT INTO order_return_items (return_id, order_id, order_item_id, quantity, disposition) VALUES ($1, $2, $3, $4, $5)",
            return_id,
            order.id,
            line.id,
            piece.quantity,
            piece.disposition
        )
        .execute(&mut *connection)
        .await?;
        sqlx::query!(
            "SELECT stock_return_item($1, $2, $3, $4, $5)::text AS done",
            order.id,
            line.id,
            piece.quantity,
            piece.disposition,
            format!("return:{return_id}:{}", line.id)
        )
        .fetch_one(&mut *connection)
        .await?;
    }
    Ok(left == 0 || details.close == "yes")
}

/// Reads the quantities; lines left at nothing are left out, and something must come back.
fn read_lines(lines: &[MovedLine]) -> Result<Vec<Returned>, Refusal> {
    let refuse = |error: &str| Refusal::input("The return was not taken. Nothing was changed.").field("lines", error);
    let mut returned: Vec<Returned> = Vec::new();
    for line in lines {
        let quantity = line.pieces().map_err(refuse)?;
        if quantity == 0 {
            continue;
        }
        let disposition = DISPOSITIONS
            .iter()
            .map(|(code, _)| *code)
            .find(|code| *code == line.disposition)
            .ok_or_else(|| refuse("Choose what becomes of each line."))?;
        if returned.iter().any(|other| other.item == line.item) {
            return Err(refuse("A line is named twice."));
        }
        returned.push(Returned { item: line.item, quantity, disposition });
    }
    if returned.is_empty() { Err(refuse("Enter how many pieces came back.")) } else { Ok(returned) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(item: u128, quantity: &str, disposition: &str) -> MovedLine {
        MovedLine { item: Uuid::from_u128(item), quantity: quantity.into(), disposition: disposition.into() }
    }

    #[test]
    fn a_return_needs_pieces_and_a_known_disposition() {
        assert!(read_lines(&[]).is_err());
        assert!(read_lines(&[line(1, "0", "restock"), line(2, "", "")]).is_err());
        assert!(read_lines(&[line(1, "-1", "restock")]).is_err());
        assert!(read_lines(&[line(1, "99999999999", "restock")]).is_err());
        assert!(read_lines(&[line(1, "1", "burnt")]).is_err());
        assert!(read_lines(&[line(1, "1", "restock"), line(1, "1", "restock")]).is_err());
        let read = read_lines(&[line(1, " 2 ", "restock"), line(2, "0", "")]).unwrap_or_default();
        assert_eq!(read.iter().map(|r| (r.quantity, r.disposition)).collect::<Vec<_>>(), vec![(2, "restock")]);
    }
}
