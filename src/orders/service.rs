//! What the order pages read, masked by role.

use super::{
    acts::{Opened, OwnNote, Subject},
    assignment::colleagues,
    cards::Facts,
    effects::effects,
    list::service::beside,
    model::{Around, Detail, Line, PaymentState, Status, Totals},
    sight::{Sights, Value},
    store::{self, Head, LineRow},
    timeline::{Fact, Teller, Told},
    undo,
};
use crate::{
    auth::{
        guard::{Ctx, missing},
        model::{Right, Sight},
    },
    error::AppError,
    forms::Done,
    list::model::Query,
    money::Money,
};
use rust_decimal::Decimal;
use time::OffsetDateTime;
use uuid::Uuid;

pub async fn detail(ctx: &Ctx, id: &str, query: &Query) -> Result<Detail, AppError> {
    let id: Uuid = id.parse().map_err(|_| missing())?;
    let (db, me) = (&ctx.state.db, ctx.me.id);
    let (whole, around) = tokio::try_join!(
        async { store::whole(db, id, me).await.map_err(AppError::from) },
        around(ctx, id, query.get("in"))
    )?;
    let (head, lines, events) = whole.ok_or_else(missing)?;
    let zone = ctx.zone();
    let status = status_of(&head.status)?;
    let sights = Sights::new(ctx.me.role, status, &head.revealed);
    let story = Teller { ctx, id, query, sights, status, currency: &head.currency }.tell(events)?;
    let payment = payment_state_of(&head.payment_status)?;
    let opened = opened_act(ctx, id, query, story.own_note, &story.told).await?;
    let subject = Subject { head: &head, status, sights, me: &ctx.me, query };
    let (acts, sheet) = (subject.acts(&story.told), subject.sheet(opened));
    let totals = totals_of(&head, status);
    let effects = status.moves().map(|step| effects(step, &totals, &lines)).collect();
    let facts = Facts {
        head: &head,
        totals: &totals,
        payment,
        sights,
        told: &story.told,
        sees_users: ctx.me.may(Right::ReadUsers),
        acts: &acts,
        zone: &zone,
    };
    Ok(Detail {
        id,
        version: head.version,
        number: head.order_number.clone(),
        placed: zone.stamp(head.created_at),
        status,
        previous: story.previous,
        payment,
        hold_until: head.hold_expires_at.filter(|_| status == Status::Pending).map(|at| zone.stamp(at)),
        cards: facts.cards()?,
        totals,
        effects,
        buyer: head.customer_name.clone(),
        lines: lines.into_iter().map(|line| line_of(line, &head.currency)).collect(),
        awaited: awaited(&story.told),
        timeline: story.timeline,
        parts: story.parts,
        papers: acts.into_iter().filter(|act| act.place == "papers").collect(),
        sheet,
        note_key: Uuid::new_v4(),
        tags: head.tags,
        around,
    })
}

/// What an opened act needs to know beside the order.
async fn opened_act(
    ctx: &Ctx,
    id: Uuid,
    query: &Query,
    note: Option<OwnNote>,
    told: &[Told],
) -> Result<Opened, AppError> {
    let act = query.get("act");
    if let Some(sheet) = undo::sheet(ctx, id, act).await? {
        return Ok(Opened::Undo(Box::new(sheet)));
    }
    if act == "assign" {
        return Ok(Opened::Assign(colleagues(&ctx.state.db).await?));
    }
    let parcel = act.strip_prefix("parcel-").and_then(|id| id.parse::<Uuid>().ok());
    let parcel = told.iter().find_map(|told| match &told.fact {
        Fact::Parcel(one) if Some(one.id) == parcel => Some(one.clone()),
        _ => None,
    });
    Ok(parcel.map(Opened::Parcel).or(note.map(Opened::Note)).unwrap_or(Opened::Nothing))
}

/// Reference of the transfer that is awaited.
fn awaited(told: &[Told]) -> String {
    let reference = told.iter().find_map(|told| match &told.fact {
        Fact::Paid(paid) if paid.status == "pending" => Some(paid.reference.clone()),
        _ => None,
    });
    reference.unwrap_or_default()
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

fn totals_of(head: &Head, status: Status) -> Totals {
    let money = |amount: Decimal| Money::from_numeric(amount, &head.currency);
    let ended_unpaid = matches!(status, Status::Cancelled | Status::Failed);
    let due = if ended_unpaid { Decimal::ZERO } else { (head.grand_total - head.paid_total).max(Decimal::ZERO) };
    Totals {
        subtotal: money(head.subtotal),
        discount: money(head.discount_total),
        shipping: money(head.shipping_total),
        tax: money(head.tax_total),
        total: money(head.grand_total),
        paid: money(head.paid_total),
        refunded: money(head.refunded_total),
        due: money(due),
    }
}

/// The lines of an address: all, city and country, or none, as the reader sees it.
pub fn address_of(head: &Head, sights: Sights, value: Value) -> Vec<String> {
    let text = |part: &Option<String>| part.clone().unwrap_or_default();
    let [name, street, street2, postal_code, city, country] = match value {
        Value::BillTo => [
            text(&head.billing_name),
            text(&head.billing_street),
            text(&head.billing_street2),
            text(&head.billing_postal_code),
            text(&head.billing_city),
            text(&head.billing_country),
        ],
        _ => [
            head.recipient_name.clone(),
            head.street.clone(),
            text(&head.street2),
            head.postal_code.clone(),
            head.city.clone(),
            head.country.clone(),
        ],
    };
    let lines = match sights.of(value) {
        Sight::Full => vec![name, street, street2, format!("{postal_code} {city}"), country],
        Sight::Masked => vec![format!("{city}, {country}")],
        Sight::Hidden => Vec::new(),
    };
    lines.into_iter().filter(|line| !line.trim().is_empty()).collect()
}

fn line_of(row: LineRow, currency: &str) -> Line {
    Line {
        name: row.name(),
        id: row.id,
        sku: row.sku,
        quantity: row.quantity,
        shipped: row.shipped,
        returned: row.returned_quantity,
        unit_price: Money::from_numeric(row.unit_price, currency),
        total: Money::from_numeric(row.line_total, currency),
        stock: row.stock.unwrap_or_default(),
        picture: row.picture.unwrap_or_default(),
    }
}

/// An act on an order: it leads back to the order's page.
pub(super) fn done(id: Uuid, message: impl Into<String>) -> Done {
    Done { to: format!("/orders/{id}"), message: message.into(), reload: false }
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
