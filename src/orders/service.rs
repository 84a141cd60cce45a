//! What the order pages read, masked by role.

use super::{
    acts::Subject,
    effects::effects,
    list::service::beside,
    model::{Address, Around, Customer, Detail, Line, PaymentState, Shipping, Status, Totals},
    sight::{Sights, Value},
    store::{self, Head, LineRow},
    timeline::Teller,
};
use crate::{
    auth::{
        guard::{Ctx, set_status},
        model::Sight,
    },
    error::AppError,
    list::model::Query,
    money::Money,
};
use rust_decimal::Decimal;
use time::OffsetDateTime;
use uuid::Uuid;

pub async fn detail(ctx: &Ctx, id: &str, query: &Query) -> Result<Detail, AppError> {
    let missing = || {
        set_status(404);
        AppError::NotFound
    };
    let id: Uuid = id.parse().map_err(|_| missing())?;
    let (db, me) = (&ctx.state.db, ctx.me.id);
    let (head, lines, events, around) = tokio::try_join!(
        async { store::head(db, id, me).await.map_err(AppError::from) },
        async { store::lines(db, id).await.map_err(AppError::from) },
        async { store::events(db, id, me).await.map_err(AppError::from) },
        around(ctx, id, query.get("in"))
    )?;
    let head = head.ok_or_else(missing)?;
    let zone = ctx.zone();
    let status = status_of(&head.status)?;
    let sights = Sights::new(ctx.me.role, status, &head.revealed);
    let told = Teller { ctx, id, query, sights, status, currency: &head.currency }.tell(events)?;
    let subject = Subject { head: &head, status, sights, me: &ctx.me, query };
    let (acts, sheet) = (subject.acts(), subject.sheet(told.own_note));
    let totals = totals_of(&head, status);
    let effects = status.moves().map(|step| effects(step, &totals, &lines)).collect();
    Ok(Detail {
        id,
        version: head.version,
        number: head.order_number.clone(),
        placed: zone.stamp(head.created_at),
        source: head.source.clone(),
        status,
        previous: told.previous,
        payment: payment_state_of(&head.payment_status)?,
        hold_until: head.hold_expires_at.filter(|_| status == Status::Pending).map(|at| zone.stamp(at)),
        totals,
        effects,
        customer: customer_of(&head, sights),
        ship_to: address(&head, sights, Value::ShipTo),
        bill_to: address(&head, sights, Value::BillTo),
        lines: lines.into_iter().map(|line| line_of(line, &head.currency)).collect(),
        shipping: Shipping {
            method: head.method,
            carrier: head.carrier,
            tracking_number: head.tracking_number,
            shipped: head.shipped_at.map(|at| zone.stamp(at)),
            delivered: head.delivered_at.map(|at| zone.stamp(at)),
        },
        payments: told.payments,
        timeline: told.timeline,
        parts: told.parts,
        others: told.others,
        acts,
        sheet,
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

fn customer_of(head: &Head, sights: Sights) -> Customer {
    Customer {
        name: head.customer_name.clone(),
        email: sights.show(Value::Email, &head.customer_email),
        phone: head.customer_phone.as_deref().and_then(|phone| sights.show(Value::Phone, phone)),
        email_masked: sights.of(Value::Email) == Sight::Masked,
        phone_masked: sights.of(Value::Phone) == Sight::Masked,
    }
}

fn address(head: &Head, sights: Sights, value: Value) -> Address {
    match sights.of(value) {
        Sight::Full => Address::Full(address_of(head, sights, value)),
        Sight::Masked => Address::Masked(address_of(head, sights, value).concat()),
        Sight::Hidden => Address::Hidden,
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
        id: row.id,
        sku: row.sku,
        name: [Some(row.product_name), row.variant_name].into_iter().flatten().collect::<Vec<_>>().join(", "),
        quantity: row.quantity,
        returned: row.returned_quantity,
        unit_price: Money::from_numeric(row.unit_price, currency),
        total: Money::from_numeric(row.line_total, currency),
        stock: row.stock.unwrap_or_default(),
        picture: row.picture.unwrap_or_default(),
    }
}

/// Text that PostgreSQL stores and people can read: no NUL.
pub fn is_storable(text: &str) -> bool {
    !text.contains('\0')
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
