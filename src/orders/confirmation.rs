//! The mail that confirms an order: sent when it is placed, and again when staff ask for it.

use super::{
    model::Status,
    service::{done, status_of},
};
use crate::{
    auth::{
        guard::Ctx,
        model::{Me, Right},
    },
    error::AppError,
    forms::{Outcome, Refusal},
    money::Money,
    server::{
        db::{Actor, Stop, act},
        mail::{self, Mail},
    },
    sheet::why_not_right,
};
use rust_decimal::Decimal;
use sqlx::PgConnection;
use std::fmt::Write;
use uuid::Uuid;

/// Why the confirmation can't be sent by this person in this state; nothing: it can.
pub fn why_not(me: &Me, status: Status) -> Option<String> {
    if let Some(why) = why_not_right(Right::EditOrders, me) {
        return Some(why);
    }
    matches!(status, Status::Cancelled | Status::Failed).then(|| "the order was called off.".to_owned())
}

/// Sends the confirmation again, to the address that the order has now. The same `key` twice is one mail.
///
/// # Errors
/// When the database says no; refusals are values.
pub async fn resend(ctx: &Ctx, id: Uuid, key: &str) -> Result<Outcome, AppError> {
    let Ok(key) = key.parse::<Uuid>() else {
        return Ok(Refusal::input("This form is incomplete (no key). Reload the page and try again.").into());
    };
    let me = ctx.me.clone();
    act(ctx, Actor::of(ctx), move |connection| {
        Box::pin(async move {
            let order = sqlx::query!("SELECT status FROM orders WHERE id = $1 AND deleted_at IS NULL FOR SHARE", id)
                .fetch_optional(&mut *connection)
                .await?
                .ok_or(AppError::NotFound)?;
            if let Some(why) = why_not(&me, status_of(&order.status)?) {
                return Err(Refusal { status: 403, ..Refusal::input(format!("The mail can't be sent: {why}")) }.into());
            }
            let message = if enqueue(connection, id, &format!("confirmation:{id}:{key}"), Some(me.id)).await? {
                "The confirmation is in the outbox and leaves in a moment."
            } else {
                "The confirmation is in the outbox already."
            };
            Ok(done(id, message))
        })
    })
    .await
}

/// Puts the confirmation of an order into the outbox; returns whether it was not there yet.
///
/// # Errors
/// When the database says no.
pub async fn enqueue(
    connection: &mut PgConnection,
    id: Uuid,
    key: &str,
    requested_by: Option<Uuid>,
) -> Result<bool, Stop> {
    let order = sqlx::query!(
        r#"SELECT o.order_number, o.created_at, o.customer_name, o.customer_email, o.currency, o.discount_total, o.shipping_total,
                  o.tax_total, o.grand_total, s.recipient_name, s.street, s.street2, s.postal_code, s.city, s.country,
                  p.company, p.email AS shop_email, p.phone AS shop_phone, p.iban, p.bank, o.source, o.status, o.paid_total,
                  o.hold_expires_at,
                  (SELECT jsonb_agg(jsonb_build_array(i.quantity, concat_ws(', ', i.product_name, i.variant_name), i.line_total::text)
                                    ORDER BY i.position, i.id)
                   FROM order_items i WHERE i.order_id = $1) AS "lines!"
           FROM orders o JOIN order_shipping s ON s.order_id = $1 CROSS JOIN shop_settings p WHERE o.id = $1"#,
        id
    )
    .fetch_one(&mut *connection)
    .await?;
    let money = |amount: Decimal| Money::from_numeric(amount, &order.currency).to_string();
    let lines: Vec<(i32, String, Decimal)> =
        serde_json::from_value(order.lines).map_err(|error| sqlx::Error::Decode(error.into()))?;
    let mut body = format!(
        "Hello {},\n\nthank you for your order {} of {}.\n\n",
        order.customer_name,
        order.order_number,
        order.created_at.date()
    );
    let mut sum = |words: &str, amount: String| {
        // writing to a string can't fail
        let _ = writeln!(body, "{words}: {amount}");
    };
    for (pieces, name, total) in &lines {
        sum(&format!("{pieces} × {name}"), money(*total));
    }
    if !order.discount_total.is_zero() {
        sum("Discount", money(-order.discount_total));
    }
    sum("Shipping", money(order.shipping_total));
    sum("Total", money(order.grand_total));
    sum("VAT in it", money(order.tax_total));
    let city = format!("{} {}", order.postal_code, order.city);
    let address = [Some(order.recipient_name), Some(order.street), order.street2, Some(city), Some(order.country)];
    let address: Vec<String> = address.into_iter().flatten().filter(|line| !line.is_empty()).collect();
    let contact: Vec<&str> =
        [&*order.shop_email, &*order.shop_phone].into_iter().filter(|text| !text.is_empty()).collect();
    let questions = if contact.is_empty() { String::new() } else { format!("Questions? {}\n", contact.join(", ")) };
    // who ordered on the phone has seen no page that says how to pay
    if order.source == "phone" && order.status == Status::Pending.code() && order.paid_total.is_zero() {
        let until = order.hold_expires_at.map(|at| format!(" until {}", at.date())).unwrap_or_default();
        let _ = writeln!(body, "\nWhat you ordered is held for you{until}.");
        if !order.iban.is_empty() {
            let account = [order.iban.as_str(), order.bank.as_str()];
            let account = account.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(", ");
            let (due, number) = (money(order.grand_total), &order.order_number);
            let _ = writeln!(body, "Please transfer {due} to {account}, with {number} as its reference.");
        }
    }
    let _ = write!(body, "\nIt goes to:\n{}\n\n{questions}{}\n", address.join("\n"), order.company);
    let subject: String = format!("Your order {} at {}", order.order_number, order.company);
    let mail = Mail {
        kind: "order_confirmation",
        key,
        order_id: Some(id),
        link_id: None,
        recipient: &order.customer_email,
        subject: &subject,
        body: &body,
        requested_by,
    };
    mail::enqueue(connection, mail).await
}
