//! The money of an order: what was asked for, received and given back.

use fastrand::Rng;
use uuid::Uuid;

use super::calendar::{DAY, HOUR, MINUTE, Millis, at_work};
use super::catalog::Cents;
use super::copy::Sink;
use super::course::{Method, Status};
use super::orders::Order;
use super::random::{self, Topic, chance, id_at, pick};
use super::staff::{ADMIN, SUPPORT, staff_id};
use super::tables::Table;

/// Talk with providers is kept for so long.
const LOGS_KEPT: Millis = 90 * DAY;

/// Refunds above this were approved by the administrator.
const APPROVAL: Cents = 50_000;

/// What an order's payments add up to.
#[derive(Default)]
pub struct Settlement {
    pub paid: Cents,
    pub refunded: Cents,
    authorized: bool,
    /// The last try failed.
    failed: bool,
}

impl Settlement {
    /// As the database's `order_payment_status` has it.
    pub fn status(&self) -> &'static str {
        if self.refunded > 0 && self.refunded >= self.paid {
            "refunded"
        } else if self.refunded > 0 {
            "partially_refunded"
        } else if self.paid > 0 {
            "paid"
        } else if self.authorized {
            "authorized"
        } else if self.failed {
            "failed"
        } else {
            "unpaid"
        }
    }
}

struct Payment {
    id: Uuid,
    status: &'static str,
    captured: bool,
    failure: Option<&'static str>,
    from: Millis,
    to: Millis,
}

/// Writes the payments and refunds of an order and says what they come to.
pub fn write_payments(sink: &mut Sink, order: &Order, now: Millis) -> Settlement {
    let mut rng = random::rng(Topic::Payment, order.index);
    let rng = &mut rng;
    let mut settlement = Settlement::default();
    let course = &order.course;
    let begun = course.when(Status::Processing);
    // A first try went wrong now and then.
    if let Some(begun) = begun.filter(|_| order.method != Method::Transfer && chance(rng, 35)) {
        let at = order.placed_at + (begun - order.placed_at) / 2;
        let id = id_at(rng, at);
        let failure = Some(order.method.failure(rng));
        write_payment(
            sink,
            rng,
            order,
            &Payment { id, status: "failed", captured: false, failure, from: at, to: at + 4_000 },
            now,
        );
    }
    let last = course.last();
    let (status, from, to) = match (begun, course.when(Status::Confirmed)) {
        (Some(begun), Some(confirmed)) => ("captured", begun, confirmed),
        (Some(begun), None) if last.status == Status::Failed => ("failed", begun, last.at),
        (Some(begun), None) if order.method == Method::Transfer => ("pending", begun, begun),
        (Some(begun), None) => ("authorized", begun, begun),
        // Begun at the provider's page and left there.
        (None, _) if last.status == Status::Cancelled && order.method != Method::Transfer && chance(rng, 400) => {
            ("cancelled", order.placed_at + 9_000, last.at)
        }
        (None, _) => return settlement,
    };
    let id = id_at(rng, from);
    let refund = if status == "captured" { refund_due(rng, order, now) } else { None };
    let given = refund.as_ref().filter(|refund| refund.status == "succeeded").map_or(0, |refund| refund.amount);
    let total = order.total();
    let captured = status == "captured";
    let status = match given {
        0 => status,
        given if given >= total => "refunded",
        _ => "partially_refunded",
    };
    settlement.paid = if captured { total } else { 0 };
    settlement.refunded = given;
    settlement.authorized = status == "authorized";
    settlement.failed = status == "failed";
    let to = refund.as_ref().filter(|_| given > 0).map_or(to, |refund| refund.at);
    write_payment(sink, rng, order, &Payment { id, status, captured, failure: course.failure, from, to }, now);
    if let Some(refund) = refund {
        write_refund(sink, rng, order, id, &refund);
    }
    settlement
}

fn write_payment(sink: &mut Sink, rng: &mut Rng, order: &Order, payment: &Payment, now: Millis) {
    let provider = if order.method == Method::Transfer { "manual" } else { "sandbox" };
    let total = order.total();
    let row = sink
        .row(Table::Payments)
        .uuid(payment.id)
        .uuid(order.id)
        .text(provider)
        .text(order.method.code())
        .text(payment.status)
        .hundredths(total)
        .hundredths(if payment.captured { total } else { 0 })
        .text("EUR");
    let row = if order.method == Method::Card {
        row.text(pick(rng, &["visa", "visa", "mastercard", "mastercard", "amex"]))
            .text(&format!("{:04}", rng.u32(..10_000)))
    } else {
        row.null().null()
    };
    let reference = match order.method {
        Method::Transfer => format!("TA-{} {:06}", order.number(), rng.u32(..1_000_000)),
        _ => format!("pay_{:016x}{:04x}", payment.id.as_u128() as u64, rng.u16(..)),
    };
    row.text(&reference).opt_text(payment.failure).time(payment.from).time(payment.to);
    if order.method == Method::Transfer || now - payment.from > LOGS_KEPT {
        return;
    }
    let words = format!(r#"{{"amount": {total}, "currency": "EUR", "reference": "{reference}"}}"#);
    write_log(sink, rng, payment.id, "request", "payment.create", None, &words, payment.from);
    write_log(sink, rng, payment.id, "response", "payment.create", Some(201), "{}", payment.from + 180);
    let event = match payment.status {
        "authorized" => "payment.authorized",
        "failed" => "payment.failed",
        "cancelled" => "payment.expired",
        "pending" => return,
        _ => "payment.captured",
    };
    write_log(sink, rng, payment.id, "webhook", event, Some(200), &words, payment.to.min(now));
}

#[expect(clippy::too_many_arguments, reason = "one for each column")]
fn write_log(
    sink: &mut Sink,
    rng: &mut Rng,
    payment: Uuid,
    direction: &str,
    event: &str,
    http_status: Option<i64>,
    payload: &str,
    at: Millis,
) {
    let row = sink.row(Table::PaymentLogs).uuid(id_at(rng, at)).uuid(payment).text(direction).text(event);
    let row = match http_status {
        Some(status) => row.int(status),
        None => row.null(),
    };
    row.text(payload).time(at);
}

struct Refund {
    at: Millis,
    status: &'static str,
    amount: Cents,
    reason: &'static str,
    approved: bool,
}

/// Money goes back when a paid order is cancelled, and some days after goods have come back.
fn refund_due(rng: &mut Rng, order: &Order, now: Millis) -> Option<Refund> {
    let course = &order.course;
    let (wished, amount, reason) = if let Some(cancelled) = course.when(Status::Cancelled) {
        (cancelled + rng.i64(25 * MINUTE..50 * MINUTE), order.total(), "Order cancelled before dispatch")
    } else {
        let back = course.returned?;
        let amount = if back.whole {
            order.total()
        } else {
            order.items.iter().filter(|item| item.returned > 0).map(|item| order.paid_for(item)).sum()
        };
        let wished = back.at + rng.i64(HOUR..50 * HOUR);
        (
            at_work(rng, wished),
            amount,
            if back.whole { "All articles came back" } else { "Part of the order came back" },
        )
    };
    if wished > now || amount == 0 {
        return None;
    }
    // The bank needs a while.
    let status = if now - wished < 3 * DAY && chance(rng, 600) { "pending" } else { "succeeded" };
    Some(Refund { at: wished, status, amount, reason, approved: amount > APPROVAL })
}

fn write_refund(sink: &mut Sink, rng: &mut Rng, order: &Order, payment: Uuid, refund: &Refund) {
    let id = id_at(rng, refund.at);
    // One in eighty goes wrong at first: the same amount again, a little later.
    if refund.status == "succeeded" && chance(rng, 12) {
        let before = refund.at - 20 * MINUTE;
        let first = Refund { at: before, status: "failed", ..*refund };
        let failed = id_at(rng, before);
        write_refund_row(sink, failed, order, payment, &first, Some("account_closed"));
    }
    write_refund_row(sink, id, order, payment, refund, None);
    let whole = refund.amount == order.total();
    for item in order.items.iter().filter(|item| whole || item.returned > 0) {
        sink.row(Table::RefundItems)
            .uuid(id)
            .uuid(order.id)
            .uuid(item.id)
            .int(i64::from(item.quantity))
            .hundredths(order.paid_for(item));
    }
}

fn write_refund_row(sink: &mut Sink, id: Uuid, order: &Order, payment: Uuid, refund: &Refund, failure: Option<&str>) {
    let done = if refund.status == "pending" { None } else { Some(format!("ref_{:016x}", id.as_u128() as u64)) };
    sink.row(Table::Refunds)
        .uuid(id)
        .uuid(payment)
        .uuid(order.id)
        .hundredths(refund.amount)
        .text("EUR")
        .text(refund.status)
        .text(refund.reason)
        .uuid(staff_id(SUPPORT))
        .opt_uuid(refund.approved.then(|| staff_id(ADMIN)))
        .opt_text(done.as_deref())
        .opt_text(failure)
        .time(refund.at)
        .time(refund.at);
}
