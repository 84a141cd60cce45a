//! What the order pages do: read, masked by role, and write notes.

use super::{
    list_store::{self, ListRow},
    model::{
        Address, Customer, Detail, Event, FilterWord, Line, List, ListQuery, Payment, PaymentState, Row, Shipping,
        Status, Totals, What,
    },
    search::Reader,
    store::{self, EventRow, Head, LineRow},
};
use crate::{
    auth::{
        guard::{Ctx, set_status},
        model::{Role, Sight, address_sight, contact_sight, mask_email, mask_phone},
    },
    error::AppError,
    forms::{Done, Outcome, Refusal},
    money::Money,
    paging::{self, Page, Place},
    server::db::{Actor, act},
    stamp::Zone,
};
use rust_decimal::Decimal;
use std::time::{Duration, Instant};
use time::OffsetDateTime;
use uuid::Uuid;

/// Longest note, as the table has it.
const LONGEST_NOTE: usize = 4_000;

pub async fn list(ctx: &Ctx, query: &ListQuery) -> Result<List, AppError> {
    let bad = |why: String| {
        set_status(400);
        AppError::BadRequest(why)
    };
    let place = Place::parse(Some(&query.after), Some(&query.before)).map_err(bad)?;
    let status = match query.status.as_str() {
        "" => None,
        code => Some(Status::parse(code).ok_or_else(|| bad(format!("“{code}” is no order status")))?),
    };
    let limit = paging::limit(Some(&query.limit));
    let (zone, now) = (ctx.zone(), OffsetDateTime::now_utc());
    let search = Reader { zone: &zone, now, contact: contact_sight(ctx.me.role) }.read(&query.q);
    let words = search
        .words
        .into_iter()
        .map(|word| FilterWord {
            label: word.label.to_owned(),
            value: word.value,
            without: ListQuery { q: word.without, ..query.first_page() }.address(),
        })
        .collect();
    let mut list = List {
        page: Page { rows: Vec::new(), newer: None, older: None },
        limit,
        hint: None,
        note: String::new(),
        words,
        counts: counts(ctx).await?,
    };
    if !search.problems.is_empty() {
        list.hint = Some(search.problems.join(" "));
        return Ok(list);
    }
    let found = list_store::list(&ctx.state.db, &search.filter, status, place, limit, now).await?;
    if found.too_many_people {
        list.hint = Some("More than 200 customers fit this. Type more of it.".into());
        return Ok(list);
    }
    if found.gave_up {
        list.note = "This search took too long and was stopped, so there may be more. \
                     Add a time or a status, such as placed:30d or status:shipped."
            .into();
    } else if let Some(since) = found.since {
        list.note = format!(
            "Looked through 12 months, back to {}. Add a time, such as placed:2024, to look further back.",
            zone.day_of(since).strftime("%-d %b %Y")
        );
    }
    let page = Page::cut(found.rows, limit, place, |row| row.id);
    let rows = page.rows.into_iter().map(|row| list_row(row, ctx.me.role, &zone)).collect::<Result<_, _>>()?;
    list.page = Page { rows, newer: page.newer, older: page.older };
    Ok(list)
}

/// How long counts are good for: they tell what there is to do, not what there is.
const COUNTS_LIVE: Duration = Duration::from_secs(5);

/// Orders in each open state, asked for once in a while by whoever comes first; the others wait for the answer.
async fn counts(ctx: &Ctx) -> Result<Vec<i64>, AppError> {
    let mut kept = ctx.state.order_counts.lock().await;
    if let Some((at, counts)) = &*kept
        && at.elapsed() < COUNTS_LIVE
    {
        return Ok(counts.clone());
    }
    let rows = store::waiting(&ctx.state.db, &Status::OPEN, OffsetDateTime::now_utc()).await?;
    let counts: Vec<i64> = rows.into_iter().map(|(_, count, _)| count).collect();
    *kept = Some((Instant::now(), counts.clone()));
    Ok(counts)
}

fn list_row(row: ListRow, role: Role, zone: &Zone) -> Result<Row, AppError> {
    let status = status_of(&row.status)?;
    let place = match address_sight(role, status.is_to_ship()) {
        Sight::Hidden => String::new(),
        Sight::Masked | Sight::Full => {
            [row.billing_city, row.billing_country].into_iter().flatten().collect::<Vec<_>>().join(", ")
        }
    };
    Ok(Row {
        id: row.id,
        number: row.order_number,
        placed: zone.stamp(row.created_at),
        customer: row.customer_name,
        place,
        status,
        payment: payment_state_of(&row.payment_status)?,
        items: row.item_count,
        total: Money::from_numeric(row.grand_total, &row.currency),
    })
}

pub async fn detail(ctx: &Ctx, id: &str) -> Result<Detail, AppError> {
    let missing = || {
        set_status(404);
        AppError::NotFound
    };
    let id: Uuid = id.parse().map_err(|_| missing())?;
    let db = &ctx.state.db;
    let (head, lines, events) = tokio::try_join!(store::head(db, id), store::lines(db, id), store::events(db, id))?;
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
    })
}

fn status_of(code: &str) -> Result<Status, AppError> {
    Status::parse(code).ok_or_else(|| unreadable("status", code))
}

fn payment_state_of(code: &str) -> Result<PaymentState, AppError> {
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
