//! Rows of an order: itself, its lines, its parcel, its history and what staff noted.

use fastrand::Rng;
use uuid::Uuid;

use super::calendar::{DAY, HOUR, MINUTE, Millis, at_work};
use super::catalog::Catalog;
use super::copy::Sink;
use super::course::{Actor, Method, Status};
use super::orders::Order;
use super::payments::Settlement;
use super::people_rows::address_id;
use super::random::{self, Topic, chance, fill, id_at, pick};
use super::staff::{SUPPORT, WAREHOUSE, staff_id};
use super::stock::{OrderLine, Stock, line_id, warehouse_id};
use super::tables::Table;
use super::words::notes;

/// Text that is used again and again.
#[derive(Default)]
pub struct Scratch {
    name: String,
    email: String,
    phone: String,
    street: String,
    postal_code: String,
    tracking: String,
    note: String,
}

/// Who a step of the order's history is from: the person, if there is one, and the kind.
fn actor(order: &Order, actor: Actor) -> (Option<Uuid>, &'static str) {
    match actor {
        Actor::Customer => (Some(order.person.id()), "customer"),
        Actor::System => (None, "system"),
        Actor::Support => (Some(staff_id(SUPPORT)), "staff"),
        Actor::Warehouse => (Some(staff_id(WAREHOUSE)), "staff"),
    }
}

pub fn write_order(sink: &mut Sink, order: &Order, paid: &Settlement, catalog: &Catalog, text: &mut Scratch) {
    let mut rng = random::rng(Topic::Parcel, order.index);
    write_head(sink, order, paid, text);
    write_items(sink, order, catalog);
    write_shipping(sink, &mut rng, order, text);
    write_history(sink, &mut rng, order);
    write_reservations(sink, order);
    write_notes(sink, &mut rng, order, catalog, text);
}

fn write_head(sink: &mut Sink, order: &Order, paid: &Settlement, text: &mut Scratch) {
    let person = &order.person;
    let number = format!("TA-{}", order.number());
    let last = order.course.last();
    sink.row(Table::OrderNumbers).text(&number).uuid(order.id);

    text.name.clear();
    person.push_name(&mut text.name);
    text.email.clear();
    person.push_email(&mut text.email);
    text.phone.clear();
    person.push_phone(&mut text.phone);
    text.street.clear();
    person.home.push_street(person.country, &mut text.street);
    text.postal_code.clear();
    person.home.push_postal_code(person.country, &mut text.postal_code);
    sink.row_at(Table::Orders, order.placed_at)
        .uuid(order.id)
        .text(&number)
        .uuid(person.id())
        .text(last.status.code())
        .hundredths(order.subtotal())
        .hundredths(order.discount)
        .hundredths(order.shipping)
        .hundredths(order.tax())
        .hundredths(order.total())
        .hundredths(paid.paid)
        .hundredths(paid.refunded)
        .text(paid.status())
        .int(order.items.iter().map(|item| i64::from(item.quantity)).sum())
        .text(&text.name)
        .text(&text.email)
        .opt_text(person.has_phone().then_some(&text.phone))
        .text(&text.name)
        .text(&text.street)
        .text(&text.postal_code)
        .text(person.home.city.name)
        .text(person.home.city.region)
        .text(person.country.code)
        .text(order.source)
        .time(order.course.hold_until)
        .time(last.at)
        .time(order.placed_at)
        .time(last.at)
        .int(order.course.steps().count() as i64);
}

fn write_items(sink: &mut Sink, order: &Order, catalog: &Catalog) {
    for (index, item) in order.items.iter().enumerate() {
        let product = &catalog.products[item.product as usize];
        let variant = item.variant.and_then(|variant| product.variants.get(variant));
        let row = sink
            .row_at(Table::OrderItems, order.placed_at)
            .uuid(order.id)
            .uuid(item.id)
            .uuid(product.id())
            .opt_uuid(item.variant.map(|variant| product.variant_id(variant)));
        let row = match item.variant {
            Some(variant) => row.text(&product.variant_sku(variant)),
            None => row.text(&product.sku),
        };
        row.text(&product.name)
            .opt_text(variant.map(|variant| variant.label))
            .int(i64::from(item.quantity))
            .hundredths(item.unit_price)
            .hundredths(item.discount)
            .hundredths(i64::from(order.parcel.country.vat))
            .hundredths(item.total())
            .int(i64::from(item.returned))
            .int(index as i64 + 1);
    }
}

/// The carrier and its number are there once the parcel has left.
fn write_shipping(sink: &mut Sink, rng: &mut Rng, order: &Order, text: &mut Scratch) {
    let parcel = &order.parcel;
    let course = &order.course;
    if let Some((first, last)) = parcel.recipient {
        text.name.clear();
        text.name.push_str(first);
        text.name.push(' ');
        text.name.push_str(last);
        text.street.clear();
        parcel.home.push_street(parcel.country, &mut text.street);
        text.postal_code.clear();
        parcel.home.push_postal_code(parcel.country, &mut text.postal_code);
    }
    text.tracking.clear();
    random::pattern(rng, parcel.carrier.tracking_pattern(), &mut text.tracking);
    let own = parcel.recipient.is_none();
    sink.row_at(Table::OrderShipping, order.placed_at)
        .uuid(order.id)
        .text(if order.express { "express" } else { "standard" })
        .text(&text.name)
        .text(&text.street)
        .text(&text.postal_code)
        .text(parcel.home.city.name)
        .text(parcel.home.city.region)
        .text(parcel.country.code)
        .opt_text((own && order.person.has_phone()).then_some(&text.phone))
        .opt_uuid(own.then(|| address_id(order.person.number)))
        .opt_text(course.shipped_at.map(|_| parcel.carrier.name()))
        .opt_text(course.shipped_at.map(|_| text.tracking.as_str()))
        .opt_uuid(course.when(Status::Confirmed).map(|_| warehouse_id(parcel.warehouse)))
        .opt_time(course.shipped_at)
        .opt_time(course.delivered_at)
        .time(order.placed_at)
        .time(course.delivered_at.or(course.shipped_at).unwrap_or(order.placed_at));
}

fn write_history(sink: &mut Sink, rng: &mut Rng, order: &Order) {
    let mut before: Option<Status> = None;
    for step in order.course.steps() {
        let (person, kind) = actor(order, step.actor);
        sink.row_at(Table::OrderStatusHistory, order.placed_at)
            .uuid(order.id)
            .uuid(id_at(rng, step.at))
            .opt_text(before.map(Status::code))
            .text(step.status.code())
            .opt_uuid(person)
            .text(kind)
            .opt_text(step.reason)
            .time(step.at);
        before = Some(step.status);
    }
}

/// The claim of a line on stock: one for each, whose id follows from the line's.
pub fn reservation_id(item: Uuid) -> Uuid {
    Uuid::from_u128(item.as_u128() ^ 1)
}

fn write_reservations(sink: &mut Sink, order: &Order) {
    let last = order.course.last();
    let (status, expires) = match last.status {
        Status::Pending | Status::Processing => ("held", Some(order.course.hold_until)),
        Status::Confirmed | Status::Preparing => ("firm", None),
        Status::Failed | Status::Cancelled => ("released", None),
        Status::Shipped | Status::Delivered | Status::Completed | Status::Returned => ("fulfilled", None),
    };
    let changed = order.course.shipped_at.unwrap_or(last.at);
    for item in &order.items {
        sink.row(Table::StockReservations)
            .uuid(reservation_id(item.id))
            .uuid(line_id(item.line))
            .uuid(order.id)
            .uuid(item.id)
            .int(i64::from(item.quantity))
            .text(status)
            .opt_time(expires)
            .time(order.placed_at)
            .time(changed);
    }
}

/// About one order in six has been talked about.
fn write_notes(sink: &mut Sink, rng: &mut Rng, order: &Order, catalog: &Catalog, text: &mut Scratch) {
    let course = &order.course;
    let last = course.last();
    let mut said: Option<&str> = None;
    for step in course.steps() {
        let (likely, sentences, author): (u32, &[&str], usize) = match step.status {
            Status::Pending if order.method == Method::Transfer => (120, &notes::WAITING, SUPPORT),
            Status::Confirmed => (45, &notes::FULFILMENT, SUPPORT),
            Status::Preparing => (35, &notes::FULFILMENT, WAREHOUSE),
            Status::Shipped => (45, &notes::UNDERWAY, SUPPORT),
            Status::Delivered => (35, &notes::AFTERWARDS, SUPPORT),
            Status::Cancelled if step.actor == Actor::Support => (600, &notes::CANCELLED, SUPPORT),
            Status::Failed if order.method == Method::Card => (250, &notes::FAILED_CARD, SUPPORT),
            Status::Failed => (250, &notes::FAILED_OTHER, SUPPORT),
            Status::Returned => (550, &notes::RETURNS, if rng.bool() { WAREHOUSE } else { SUPPORT }),
            _ => continue,
        };
        if !chance(rng, likely) {
            continue;
        }
        // Written soon after the step, in working hours, and not in the future.
        let after = course.steps().map(|next| next.at).find(|at| *at > step.at).unwrap_or(last.at + 2 * DAY);
        let at = note_time(rng, step.at, after);
        let sentence = pick(rng, sentences);
        if at >= course.now() || said == Some(sentence) {
            continue;
        }
        said = Some(sentence);
        write_note(sink, rng, order, catalog, sentence, author, at, text);
    }
}

fn note_time(rng: &mut Rng, from: Millis, to: Millis) -> Millis {
    let span = (to - from).clamp(2 * MINUTE, 30 * HOUR);
    let wished = from + rng.i64(MINUTE..span);
    at_work(rng, wished)
}

#[expect(clippy::too_many_arguments, reason = "what, about what, by whom and when")]
fn write_note(
    sink: &mut Sink,
    rng: &mut Rng,
    order: &Order,
    catalog: &Catalog,
    sentence: &str,
    author: usize,
    at: Millis,
    text: &mut Scratch,
) {
    let product =
        order.items.first().map_or("the article", |item| catalog.products[item.product as usize].name.as_str());
    text.note.clear();
    fill(sentence, &mut text.note, |key| match key {
        "name" => Some(order.person.last),
        "product" => Some(product),
        "carrier" => Some(order.parcel.carrier.name()),
        "number" => Some(text.tracking.as_str()),
        _ => None,
    });
    sink.row_at(Table::OrderNotes, order.placed_at)
        .uuid(order.id)
        .uuid(id_at(rng, at))
        .uuid(staff_id(author))
        .text(&text.note)
        .bool(chance(rng, 60))
        .time(at)
        .time(at);
}

/// What came back, and what became of it: most is sold again, some is broken, little is lost.
pub fn write_return(sink: &mut Sink, order: &Order, stock: &mut Stock) {
    let Some(back) = order.course.returned else { return };
    let mut rng = random::rng(Topic::Return, order.index);
    let id = id_at(&mut rng, back.at);
    sink.row(Table::OrderReturns)
        .uuid(id)
        .uuid(order.id)
        .text(pick(&mut rng, &notes::RETURN_REASONS))
        .uuid(staff_id(WAREHOUSE))
        .time(back.at);
    for item in order.items.iter().filter(|item| item.returned > 0) {
        let disposition = match rng.u32(..100) {
            0..=81 => "restock",
            82..=96 => "damaged",
            _ => "lost",
        };
        sink.row(Table::OrderReturnItems)
            .uuid(id)
            .uuid(order.id)
            .uuid(item.id)
            .int(i64::from(item.returned))
            .text(disposition);
        if disposition != "lost" {
            let cause = OrderLine { order: order.id, item: item.id };
            stock.take_back(item.line, item.returned, disposition == "damaged", back.at, cause);
        }
    }
}
