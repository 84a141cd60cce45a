//! An order as it was at a moment, beside what it is now: from the audit trail, the history of its states, and the times of
//! its notes and parcels.

use super::{
    model::{AsItWas, Status},
    service::status_of,
    sight::{Sights, Value},
};
use crate::{
    audit,
    auth::{
        guard::{Ctx, missing, set_refusal},
        model::{Right, Sight},
    },
    cards::Card,
    error::AppError,
    money::Money,
    server::ids::life_of,
};
use rust_decimal::Decimal;
use serde_json::Value as Json;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// What changes and what doesn't, for people, in the order of the page.
const ADDRESS: [(&str, &str); 7] = [
    ("recipient_name", "Recipient"),
    ("street", "Street"),
    ("street2", "Addition"),
    ("postal_code", "Postal code"),
    ("city", "City"),
    ("region", "Region"),
    ("country", "Country"),
];

/// The order as it was at `at`: a time in UTC (`…Z`) or of the reader's clock; empty: now. A whole second is meant to its end,
/// a part of one exactly.
///
/// # Errors
/// When there is no such order, when `at` is no time, and when the database says no.
pub async fn as_it_was(ctx: &Ctx, id: &str, at: &str) -> Result<AsItWas, AppError> {
    let id: Uuid = id.parse().map_err(|_| missing())?;
    let zone = ctx.zone();
    let now = OffsetDateTime::now_utc();
    let at = match at {
        "" => now,
        text => zone.read(text).ok_or_else(|| {
            let error = AppError::BadRequest(format!("“{text}” is no time. Choose one on the order's page."));
            set_refusal(&error);
            error
        })?,
    };
    let second = at.replace_nanosecond(0).unwrap_or(at);
    let until = if at == second || at == now { second + Duration::SECOND } else { at + Duration::MICROSECOND };
    let (from, horizon) = life_of(id);
    let row = sqlx::query!(
        r#"SELECT o.order_number, o.created_at, o.status, o.currency,
                  to_jsonb(o) AS "order_now!", row_as_of('orders', $1::uuid::text, to_jsonb(o), $2) AS "order_then!",
                  to_jsonb(s) AS "shipping_now!", row_as_of('order_shipping', $1::uuid::text, to_jsonb(s), $2) AS "shipping_then!",
                  (SELECT h.to_status FROM order_status_history h WHERE h.order_id = $1 AND h.created_at < $2
                   ORDER BY h.created_at DESC, h.id DESC LIMIT 1) AS status_then,
                  EXISTS (SELECT 1 FROM audit_log l WHERE l.table_name = 'orders' AND l.row_id = $1::uuid::text AND l.action = 'INSERT'
                          AND l.occurred_at BETWEEN $4 AND $5) AS "is_whole!",
                  (SELECT jsonb_agg(jsonb_build_array(i.product_name, i.quantity, (x.it ->> 'returned_quantity')::int, i.returned_quantity)
                                    ORDER BY i.position, i.id)
                   FROM order_items i
                   CROSS JOIN LATERAL (SELECT row_as_of('order_items', i.order_id || '/' || i.id, to_jsonb(i), $2) AS it) x
                   WHERE i.order_id = $1) AS lines,
                  (SELECT jsonb_agg(jsonb_build_array(u.first_name || ' ' || u.last_name, x.it ->> 'body') ORDER BY n.created_at)
                   FROM order_notes n JOIN users u ON u.id = n.author_id
                   CROSS JOIN LATERAL (SELECT row_as_of('order_notes', n.order_id || '/' || n.id, to_jsonb(n), $2) AS it) x
                   WHERE n.order_id = $1 AND n.created_at < $2 AND x.it ->> 'deleted_at' IS NULL) AS notes,
                  (SELECT jsonb_agg(jsonb_build_array(x.it ->> 'carrier', x.it ->> 'tracking_number') ORDER BY p.created_at)
                   FROM parcels p
                   CROSS JOIN LATERAL (SELECT row_as_of('parcels', p.id::text, to_jsonb(p), $2) AS it) x
                   WHERE p.order_id = $1 AND p.created_at < $2) AS parcels,
                  (SELECT jsonb_object_agg(u.id, u.first_name || ' ' || u.last_name) FROM users u
                   WHERE u.id::text IN (row_as_of('orders', $1::uuid::text, to_jsonb(o), $2) ->> 'assigned_to', o.assigned_to::text)) AS people,
                  ARRAY(SELECT r.field FROM reveals r
                        WHERE r.order_id = $1 AND r.actor_id = $3 AND r.created_at > now() - interval '10 minutes') AS "revealed!"
           FROM orders o JOIN order_shipping s ON s.order_id = $1
           WHERE o.id = $1 AND o.deleted_at IS NULL"#,
        id,
        until,
        ctx.me.id,
        from,
        from + Duration::days(2)
    )
    .fetch_optional(&ctx.state.db)
    .await?
    .ok_or_else(missing)?;
    let moments = sqlx::query!(
        r#"WITH moment AS (
               SELECT h.created_at AS at FROM order_status_history h WHERE h.order_id = $1
               UNION ALL
               SELECT t FROM order_notes n CROSS JOIN LATERAL unnest(ARRAY[n.created_at, n.deleted_at]) AS t WHERE n.order_id = $1
               UNION ALL
               SELECT p.created_at FROM parcels p WHERE p.order_id = $1
               UNION ALL
               SELECT l.occurred_at FROM audit_log l
               WHERE l.table_name IN ('orders', 'order_shipping') AND l.row_id = $1::uuid::text
                 AND l.occurred_at BETWEEN $4 AND $5)
           SELECT max(at) FILTER (WHERE at < $2) AS earlier, min(at) FILTER (WHERE at >= $3) AS later FROM moment"#,
        id,
        second,
        second + Duration::SECOND,
        from,
        horizon
    )
    .fetch_one(&ctx.state.db)
    .await?;
    // who may see an address by its state may see it by the state of now, not of then
    let status = status_of(&row.status)?;
    let sights = Sights::new(ctx.me.role, status, &row.revealed);
    let status_then = row.status_then.as_deref().map(status_of).transpose()?;
    let sides = Sides {
        order: [&row.order_then, &row.order_now],
        shipping: [&row.shipping_then, &row.shipping_now],
        people: row.people.as_ref(),
        currency: &row.currency,
        sights,
    };
    let link = |at: Option<OffsetDateTime>| {
        at.map(|at| format!("/orders/{id}/history?at={}", zone.stamp(at).utc)).unwrap_or_default()
    };
    let remark = if until <= row.created_at {
        "The order was not placed yet."
    } else if !row.is_whole {
        "This order was imported: what changed before that isn't in the log, so it is shown as it came."
    } else {
        ""
    };
    Ok(AsItWas {
        number: row.order_number,
        at: zone.stamp(at),
        field: zone.field(at),
        earlier: link(moments.earlier),
        later: link(moments.later),
        back: format!("/orders/{id}"),
        trail: if ctx.me.may(Right::ReadAudit) {
            audit::record::address("orders", &id.to_string(), Some(at))
        } else {
            String::new()
        },
        remark: remark.into(),
        cards: if until <= row.created_at {
            Vec::new()
        } else {
            vec![
                sides.state(status_then, status),
                sides.contact(),
                sides.address(),
                lines(row.lines.as_ref()),
                parcels(row.parcels.as_ref()),
                notes(row.notes.as_ref()),
            ]
        },
    })
}

/// The two sides: then and now.
struct Sides<'a> {
    order: [&'a Json; 2],
    shipping: [&'a Json; 2],
    people: Option<&'a Json>,
    currency: &'a str,
    sights: Sights,
}

/// A value of a row, for people.
fn text(row: &Json, column: &str) -> String {
    match row.get(column) {
        None | Some(Json::Null) => String::new(),
        Some(Json::String(text)) => text.clone(),
        Some(Json::Array(words)) => words.iter().filter_map(Json::as_str).collect::<Vec<_>>().join(", "),
        Some(other) => other.to_string(),
    }
}

impl Sides<'_> {
    fn state(&self, then: Option<Status>, now: Status) -> Card {
        let card = Card::new("state", "State");
        let label = |status: Option<Status>| status.map(|status| status.label().to_owned()).unwrap_or_default();
        let card = card.then_and_now("Status", [label(then), label(Some(now))]);
        let word = |side: &Json| text(side, "payment_status").replace('_', " ");
        let card = card.then_and_now("Payment", self.order.map(word));
        let money = |column: &'static str| {
            self.order.map(|side| {
                let amount: Decimal = text(side, column).parse().unwrap_or_default();
                Money::from_numeric(amount, self.currency).to_string()
            })
        };
        let card = card.then_and_now("Total", money("grand_total"));
        let card = card.then_and_now("Paid", money("paid_total"));
        let card = card.then_and_now("Refunded", money("refunded_total"));
        let name = |side: &Json| {
            let id = text(side, "assigned_to");
            self.people.map(|people| text(people, &id)).filter(|name| !name.is_empty()).unwrap_or(id)
        };
        let card = card.then_and_now("Assigned to", self.order.map(name));
        card.then_and_now("Tags", self.order.map(|side| text(side, "tags")))
    }

    fn contact(&self) -> Card {
        let card = Card::new("contact", "Customer").fact("Name", &text(self.order[0], "customer_name"));
        let mut card = card;
        for (label, column, value) in
            [("Email", "customer_email", Value::Email), ("Phone", "customer_phone", Value::Phone)]
        {
            let shown = self.order.map(|side| self.sights.show(value, &text(side, column)));
            if let [Some(then), Some(now)] = shown {
                card = card.then_and_now(label, [then, now]);
            }
        }
        if self.sights.of(Value::Email) == Sight::Hidden {
            card = card.remark("Contact data isn't shown to your role.");
        }
        card
    }

    fn address(&self) -> Card {
        let card = Card::new("ship_to", "Ship to");
        match self.sights.of(Value::ShipTo) {
            Sight::Full => ADDRESS.iter().fold(card, |card, (column, label)| {
                card.then_and_now(label, self.shipping.map(|side| text(side, column)))
            }),
            Sight::Masked => ADDRESS
                .iter()
                .filter(|(column, _)| matches!(*column, "city" | "country"))
                .fold(card, |card, (column, label)| {
                    card.then_and_now(label, self.shipping.map(|side| text(side, column)))
                })
                .remark("Street and number are masked for your role."),
            Sight::Hidden => card.remark("Shown while the order is being prepared or shipped."),
        }
    }
}

fn rows<T: serde::de::DeserializeOwned>(json: Option<&Json>) -> Vec<T> {
    json.and_then(|json| serde_json::from_value(json.clone()).ok()).unwrap_or_default()
}

fn lines(json: Option<&Json>) -> Card {
    rows::<(String, i32, i32, i32)>(json).into_iter().fold(
        Card::new("lines", "Items"),
        |card, (name, pieces, then, now)| {
            let words = |returned: i32| match returned {
                0 => pieces.to_string(),
                some => format!("{pieces}, {some} returned"),
            };
            card.then_and_now(&name, [words(then), words(now)])
        },
    )
}

fn parcels(json: Option<&Json>) -> Card {
    let parcels = rows::<(String, String)>(json);
    let card = Card::new("parcels", "Parcels");
    if parcels.is_empty() {
        return card.remark("No parcel had left.");
    }
    parcels.into_iter().fold(card, |card, (carrier, number)| card.code(&carrier, &number, ""))
}

fn notes(json: Option<&Json>) -> Card {
    let notes = rows::<(String, String)>(json);
    let card = Card::new("notes", "Notes");
    if notes.is_empty() {
        return card.remark("There was no note.");
    }
    notes.into_iter().fold(card, |card, (author, body)| card.fact(&author, &body))
}
