//! What the order pages do: read, masked by role, and write notes.

use super::{
    list::service::beside,
    model::{Address, Around, Customer, Detail, Event, Line, Payment, PaymentState, Shipping, Status, Totals, What},
    store::{self, EventRow, Head, LineRow},
};
use crate::{
    auth::{
        guard::{Ctx, set_status},
        model::{Role, Sight, address_sight, contact_sight, mask_email, mask_phone},
    },
    error::AppError,
    forms::{Done, Outcome, Refusal},
    list::model::Query,
    money::Money,
    server::db::{Actor, act},
    stamp::Zone,
};
use rust_decimal::Decimal;
use time::OffsetDateTime;
use uuid::Uuid;

/// Longest note, as the table has it.
const LONGEST_NOTE: usize = 4_000;

pub async fn detail(ctx: &Ctx, id: &str, within: &str) -> Result<Detail, AppError> {
    let missing = || {
        set_status(404);
        AppError::NotFound
    };
    let id: Uuid = id.parse().map_err(|_| missing())?;
    let db = &ctx.state.db;
    let (head, lines, events, around) = tokio::try_join!(
        async { store::head(db, id).await.map_err(AppError::from) },
        async { store::lines(db, id).await.map_err(AppError::from) },
        async { store::events(db, id).await.map_err(AppError::from) },
        around(ctx, id, within)
    )?;
    let head = head.ok_or_else(missing)?;
    let zone = ctx.zone();
    let status = status_of(&head.status)?;
    let (payments, timeline): (Vec<_>, Vec<_>) = events.into_iter().partition(|event| event.kind == "payment");
    let timeline = timeline.into_iter().map(|event| event_of(event, &zone)).collect::<Result<Vec<_>, _>>()?;
    let previous = timeline.iter().find_map(|event| match event.what {
        What::Moved { from, .. } => Some(from),
        What::Noted(_) => None,
    });
    let currency = head.currency.clone();
    Ok(Detail {
        id,
        version: head.version,
        number: head.order_number.clone(),
        placed: zone.stamp(head.created_at),
        source: head.source.clone(),
        status,
        previous: previous.flatten(),
        payment: payment_state_of(&head.payment_status)?,
        hold_until: head.hold_expires_at.filter(|_| status == Status::Pending).map(|at| zone.stamp(at)),
        totals: totals_of(&head),
        customer: customer_of(&head, ctx.me.role),
        ship_to: ship_to(&head, ctx.me.role, status),
        bill_to: bill_to(&head, ctx.me.role),
        shipping: Shipping {
            method: head.method,
            carrier: head.carrier,
            tracking_number: head.tracking_number,
            shipped: head.shipped_at.map(|at| zone.stamp(at)),
            delivered: head.delivered_at.map(|at| zone.stamp(at)),
        },
        lines: lines.into_iter().map(|line| line_of(line, &currency)).collect(),
        payments: payments.into_iter().rev().map(|event| payment_of(event, &currency, &zone)).collect(),
        timeline,
        note_key: Uuid::new_v4(),
        tags: head.tags,
        around,
    })
}

/// The list that the order was opened from, and its neighbours there; empty for one that was opened by itself.
async fn around(ctx: &Ctx, id: Uuid, within: &str) -> Result<Around, AppError> {
    if within.is_empty() {
        return Ok(Around::default());
    }
    let Some((query, previous, next)) = Box::pin(beside(ctx, id, within)).await? else { return Ok(Around::default()) };
    let tail = Query::default().with("in", &query.text()).address("");
    let order = |id: Option<Uuid>| id.map(|id| format!("/orders/{id}{tail}")).unwrap_or_default();
    Ok(Around { list: query.address("/orders"), previous: order(previous), next: order(next) })
}

pub(super) fn status_of(code: &str) -> Result<Status, AppError> {
    Status::parse(code).ok_or_else(|| unreadable("status", code))
}

pub(super) fn payment_state_of(code: &str) -> Result<PaymentState, AppError> {
    PaymentState::parse(code).ok_or_else(|| unreadable("payment_status", code))
}

/// The database holds a word that this version doesn't know: a defect, or a newer schema.
fn unreadable(column: &str, value: &str) -> AppError {
    sqlx::Error::Decode(format!("orders.{column} is “{value}”").into()).into()
}

fn totals_of(head: &Head) -> Totals {
    let money = |amount: Decimal| Money::from_numeric(amount, &head.currency);
    Totals {
        subtotal: money(head.subtotal),
        discount: money(head.discount_total),
        shipping: money(head.shipping_total),
        tax: money(head.tax_total),
        total: money(head.grand_total),
        paid: money(head.paid_total),
        refunded: money(head.refunded_total),
    }
}

fn customer_of(head: &Head, role: Role) -> Customer {
    let phone = head.customer_phone.clone();
    let (email, phone) = match contact_sight(role) {
        Sight::Full => (Some(head.customer_email.clone()), phone),
        Sight::Masked => (Some(mask_email(&head.customer_email)), phone.as_deref().map(mask_phone)),
        Sight::Hidden => (None, None),
    };
    Customer { name: head.customer_name.clone(), email, phone, masked: contact_sight(role) == Sight::Masked }
}

fn address(sight: Sight, lines: Vec<String>, city: &str, country: &str) -> Address {
    match sight {
        Sight::Full => Address::Full(lines.into_iter().filter(|line| !line.trim().is_empty()).collect()),
        Sight::Masked => Address::Masked(format!("{city}, {country}")),
        Sight::Hidden => Address::Hidden,
    }
}

fn ship_to(head: &Head, role: Role, status: Status) -> Address {
    let lines = vec![
        head.recipient_name.clone(),
        head.street.clone(),
        head.street2.clone().unwrap_or_default(),
        format!("{} {}", head.postal_code, head.city),
        head.country.clone(),
    ];
    address(address_sight(role, status.is_to_ship()), lines, &head.city, &head.country)
}

fn bill_to(head: &Head, role: Role) -> Address {
    let text = |part: &Option<String>| part.clone().unwrap_or_default();
    let lines = vec![
        text(&head.billing_name),
        text(&head.billing_street),
        text(&head.billing_street2),
        format!("{} {}", text(&head.billing_postal_code), text(&head.billing_city)),
        text(&head.billing_country),
    ];
    address(address_sight(role, false), lines, &text(&head.billing_city), &text(&head.billing_country))
}

fn line_of(row: LineRow, currency: &str) -> Line {
    Line {
        id: row.id,
        sku: row.sku,
        name: [Some(row.product_name), row.variant_name].into_iter().flatten().collect::<Vec<_>>().join(", "),
        quantity: row.quantity,
        returned: row.returned_quantity,
        unit_price: Money::from_numeric(row.unit_price, currency),
        total: Money::from_numeric(row.line_total, currency),
        stock: row.stock.unwrap_or_default(),
    }
}

fn payment_of(row: EventRow, currency: &str, zone: &Zone) -> Payment {
    let money = |amount: Option<Decimal>| Money::from_numeric(amount.unwrap_or_default(), currency);
    Payment {
        method: row.method.unwrap_or_default(),
        status: row.to_status.unwrap_or_default(),
        amount: money(row.amount),
        captured: money(row.captured),
        reference: row.reference.unwrap_or_default(),
        at: zone.stamp(row.at),
        failure: row.text,
    }
}

fn event_of(row: EventRow, zone: &Zone) -> Result<Event, AppError> {
    let actor = row.actor.unwrap_or_else(|| {
        match row.actor_kind.as_deref() {
            Some("customer") => "the customer",
            Some("system") => "the system",
            Some("database") => "a database operator",
            _ => "somebody no longer here",
        }
        .to_owned()
    });
    let what = if row.kind == "noted" {
        What::Noted(row.text.unwrap_or_default())
    } else {
        What::Moved {
            from: row.from_status.as_deref().map(status_of).transpose()?,
            to: status_of(row.to_status.as_deref().unwrap_or_default())?,
            reason: row.text.filter(|text| !text.is_empty()),
        }
    };
    Ok(Event { id: row.id, at: zone.stamp(row.at), actor, what })
}

/// Text that PostgreSQL stores and people can read: no NUL.
pub fn is_storable(text: &str) -> bool {
    !text.contains('\0')
}

pub async fn add_note(ctx: &Ctx, id: Uuid, note: &str, key: &str) -> Result<Outcome, AppError> {
    // browsers send line breaks as CR LF
    let note = note.replace("\r\n", "\n").trim().to_owned();
    let length = note.chars().count();
    let problem = if note.is_empty() {
        Some("Write something first.".to_owned())
    } else if length > LONGEST_NOTE {
        Some(format!("A note has at most {LONGEST_NOTE} characters; this one has {length}."))
    } else if !is_storable(&note) {
        Some("The note has a character that can't be stored.".to_owned())
    } else {
        None
    };
    if let Some(problem) = problem {
        return Ok(Refusal::input("The note was not added.").field("note", problem).into());
    }
    let note_id = key.parse().unwrap_or_else(|_| Uuid::new_v4());
    let author = ctx.me.id;
    act(ctx, Actor::of(ctx), move |connection| {
        Box::pin(async move {
            let exists = sqlx::query_scalar!(
                r#"SELECT true AS "exists!" FROM orders WHERE id = $1 AND deleted_at IS NULL FOR KEY SHARE"#,
                id
            )
            .fetch_optional(&mut *connection)
            .await?;
            if exists.is_none() {
                return Err(AppError::NotFound.into());
            }
            sqlx::query!(
                "INSERT INTO order_notes (order_id, id, author_id, body) VALUES ($1, $2, $3, $4) ON CONFLICT (order_id, id) DO NOTHING",
                id,
                note_id,
                author,
                note
            )
            .execute(&mut *connection)
            .await?;
            Ok(Done { to: format!("/orders/{id}"), message: "Note added.".into(), reload: false })
        })
    })
    .await
}

/// A state with orders that wait for this role.
pub async fn waiting(ctx: &Ctx) -> Result<Vec<(Status, i64, Option<crate::stamp::Stamp>)>, AppError> {
    let states: Vec<Status> = Status::ALL
        .into_iter()
        .filter(|status| !matches!(status, Status::Delivered))
        .filter(|status| status.moves().any(|step| step.allows(ctx.me.role)))
        .collect();
    let zone = ctx.zone();
    store::waiting(&ctx.state.db, &states, OffsetDateTime::now_utc())
        .await?
        .into_iter()
        .map(|(status, count, oldest)| Ok((status_of(&status)?, count, oldest.map(|at| zone.stamp(at)))))
        .collect()
}
