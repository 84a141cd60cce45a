//! The cards of the order page.

use crate::{
    forms::Done,
    money::Money,
    orders::{
        api::{AddNote, SetTags},
        model::{Address, Detail, Event, Line, Payment, Status, What},
    },
    ui::{
        Fact, Field, Form, FormError, FormTo, Happening, SubmitButton, TextArea, badge, card, card_body, facts,
        timeline as draw_timeline,
    },
};
use leptos::prelude::*;

/// The straight way with the order's place on it; an order that left it stops where it left.
pub fn progress(order: &Detail) -> AnyView {
    let status = order.status;
    let on_way = Status::WAY.contains(&status);
    let reached = if on_way { status } else { order.previous.unwrap_or(Status::Pending) };
    let place = Status::WAY.iter().position(|step| *step == reached).unwrap_or(0);
    let steps = Status::WAY
        .into_iter()
        .enumerate()
        .take_while(|(index, _)| on_way || *index <= place)
        .map(|(index, step)| {
            let now = on_way && index == place;
            let class = if now {
                "now"
            } else if index < place || !on_way {
                "past"
            } else {
                ""
            };
            view! { <li class=class aria-current=now.then_some("step")><span>{step.label()}</span></li> }
        })
        .collect_view();
    let left = (!on_way).then(|| view! { <li class="now stop" aria-current="step"><span>{status.label()}</span></li> });
    view! { <ol class="steps" aria-label="Progress">{steps}{left}</ol> }.into_any()
}

/// Lines and sums.
pub fn items(order: &Detail) -> AnyView {
    let totals = &order.totals;
    let pieces: i32 = order.lines.iter().map(|line| line.quantity).sum();
    let count = match (order.lines.len(), pieces) {
        (1, 1) => "1 piece".to_owned(),
        (1, pieces) => format!("1 line, {pieces} pieces"),
        (lines, pieces) => format!("{lines} lines, {pieces} pieces"),
    };
    let mut sums = vec![Fact::amount("Subtotal", &totals.subtotal)];
    if totals.discount.minor != 0 {
        let off = Money { minor: -totals.discount.minor, currency: totals.discount.currency.clone() };
        sums.push(Fact::amount("Discount", &off));
    }
    sums.push(Fact::amount("Shipping", &totals.shipping));
    sums.push(Fact::total("Total", &totals.total));
    sums.push(Fact::amount("VAT, included", &totals.tax));
    let rows = order.lines.iter().cloned().map(line).collect_view();
    let count = view! { <span class="soft">{count}</span> }.into_any();
    let table = view! {
        <div class="table-frame">
            <table class="table">
                <caption class="visually-hidden">"Items of this order"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Product"</th>
                        <th scope="col" class="spare">"Stock from"</th>
                        <th scope="col" class="end">"Qty"</th>
                        <th scope="col" class="end spare">"Price"</th>
                        <th scope="col" class="end">"Total"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any();
    card("Items", "items", Some(count), vec![table, card_body(vec![facts("facts sums", sums)])])
}

fn line(line: Line) -> AnyView {
    let returned =
        (line.returned > 0).then(|| view! { <small class="soft">{format!("{} returned", line.returned)}</small> });
    view! {
        <tr>
            <td class="wide two-lines"><span class="name">{line.name}</span><small class="code">{line.sku}</small></td>
            <td class="spare"><small>{line.stock}</small></td>
            <td class="end number">{line.quantity} " " {returned}</td>
            <td class="end number spare">{line.unit_price.amount()}</td>
            <td class="end number">{line.total.amount()}</td>
        </tr>
    }
    .into_any()
}

/// History and notes, newest first, and the form for the next note.
pub fn timeline(order: &Detail, changed: Callback<Done>) -> AnyView {
    let to = FormTo::of::<AddNote>();
    let events = order.timeline.iter().cloned().map(event).collect();
    let (id, key) = (order.id.to_string(), order.note_key.to_string());
    let form = view! {
        <Form to class="note-form" on_done=changed>
            <input type="hidden" name="id" value=id />
            <input type="hidden" name="key" value=key />
            <FormError />
            <TextArea name="note" label="Add a note" required=true hint="Only staff see notes" />
            <div class="form-end">
                <SubmitButton class="button">"Add note"</SubmitButton>
            </div>
        </Form>
    }
    .into_any();
    let list = draw_timeline(events);
    card("Timeline", "timeline", None, vec![card_body(vec![form, list])])
}

/// Words that colleagues find the order by.
pub fn tags(order: &Detail, changed: Callback<Done>) -> AnyView {
    let to = FormTo::of::<SetTags>();
    let (id, version, tags) = (order.id.to_string(), order.version, order.tags.join(", "));
    let form = view! {
        <Form to class="body stack" on_done=changed>
            <input type="hidden" name="id" value=id />
            <input type="hidden" name="version" value=version />
            <FormError />
            <Field name="tags" label="Tags" value=tags hint="Separated by commas: gift, vip" />
            <div class="form-end"><SubmitButton class="button">"Save tags"</SubmitButton></div>
        </Form>
    }
    .into_any();
    card("Tags", "tags", None, vec![form])
}

fn event(event: Event) -> Happening {
    let Event { at, actor, what, .. } = event;
    match what {
        What::Noted(text) => {
            let what = view! { <b>{actor}</b> " left a note" }.into_any();
            Happening { tone: "", icon: "message-square", class: "note", what, at, quote: Some(text) }
        }
        What::Moved { from, to, reason } => {
            let (tone, icon) = mark(to);
            let words = if from.is_none() { "Order placed" } else { to.label() };
            let what = view! { <b>{words}</b> " by " {actor} }.into_any();
            Happening { tone, icon, class: "move", what, at, quote: reason }
        }
    }
}

/// Colour and icon of a move in the timeline.
const fn mark(to: Status) -> (&'static str, &'static str) {
    match to {
        Status::Pending => ("", "shopping-cart"),
        Status::Processing => ("", "credit-card"),
        Status::Confirmed | Status::Completed => ("good", "circle-check"),
        Status::Preparing => ("", "package-open"),
        Status::Shipped => ("", "truck"),
        Status::Delivered => ("good", "package-check"),
        Status::Cancelled => ("", "ban"),
        Status::Failed => ("bad", "circle-x"),
        Status::Returned => ("", "undo-2"),
    }
}

/// Who bought, as this role sees it.
pub fn customer(order: &Detail) -> AnyView {
    let customer = &order.customer;
    let contact = |label: &str, value: &Option<String>| {
        let fact = if customer.masked { Fact::masked } else { Fact::text };
        value.as_ref().map(|value| fact(label.to_owned(), value.clone()))
    };
    let rows = [
        Some(Fact::text("Name", customer.name.clone())),
        contact("Email", &customer.email),
        contact("Phone", &customer.phone),
        Some(Fact::text("Came by", order.source.clone())),
    ];
    let mut parts = vec![facts("facts", rows.into_iter().flatten().collect())];
    if customer.email.is_none() {
        parts.push(soft("Contact data isn't shown to your role."));
    }
    card("Customer", "customer", None, vec![card_body(parts)])
}

/// Where it goes and who gets the bill.
pub fn addresses(order: &Detail) -> AnyView {
    let (ship_to, bill_to) = (address(order.ship_to.clone()), address(order.bill_to.clone()));
    vec![
        card("Ship to", "ship", None, vec![card_body(vec![ship_to])]),
        card("Bill to", "bill", None, vec![card_body(vec![bill_to])]),
    ]
    .into_any()
}

fn soft(text: &'static str) -> AnyView {
    view! { <p class="soft">{text}</p> }.into_any()
}

fn address(address: Address) -> AnyView {
    let (lines, remark) = match address {
        Address::Full(lines) => (lines, None),
        Address::Masked(place) => (vec![place], Some("Street and number are masked for your role.")),
        Address::Hidden => (Vec::new(), Some("Shown while the order is being prepared or shipped.")),
    };
    let lines = lines.into_iter().map(|line| view! { {line} <br /> }).collect_view();
    view! { <address>{lines}</address> {remark.map(soft)} }.into_any()
}

/// Method, carrier, number, times.
pub fn shipping(order: &Detail) -> AnyView {
    let shipping = order.shipping.clone();
    let rows = [
        Some(Fact::text("Method", shipping.method)),
        shipping.carrier.map(|carrier| Fact::text("Carrier", carrier)),
        shipping.tracking_number.map(|number| Fact::code("Tracking", number)),
        shipping.shipped.map(|at| Fact::time("Shipped", at)),
        shipping.delivered.map(|at| Fact::time("Delivered", at)),
    ];
    let rows = facts("facts", rows.into_iter().flatten().collect());
    card("Delivery", "delivery", None, vec![card_body(vec![rows])])
}

/// What was paid, payment by payment.
pub fn payments(order: &Detail) -> AnyView {
    let totals = &order.totals;
    let mut sums = vec![Fact::money("Paid", &totals.paid)];
    if totals.refunded.minor > 0 {
        sums.push(Fact::money("Refunded", &totals.refunded));
    }
    let badge = badge(order.payment.badge(), order.payment.label());
    let mut parts = vec![card_body(vec![facts("facts", sums)])];
    parts.extend(order.payments.iter().cloned().map(payment));
    card("Payment", "payment", Some(badge), parts)
}

fn payment(payment: Payment) -> AnyView {
    let failure = payment.failure.filter(|text| !text.is_empty());
    let rows = [
        Some(Fact::text(payment.method, payment.status.replace('_', " "))),
        Some(Fact::money("Amount", &payment.amount)),
        Some(Fact::code("Reference", payment.reference)),
        Some(Fact::time("Begun", payment.at)),
        failure.map(|why| Fact::text("Why", why)),
    ];
    card_body(vec![facts("facts", rows.into_iter().flatten().collect())])
}
