//! The cards of the order page.

use crate::{
    forms::Done,
    money::Money,
    orders::{
        api::AddNote,
        model::{Address, Detail, Event, Line, Payment, Status, What},
    },
    ui::{Form, FormError, Icon, SubmitButton, TextArea, Time},
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
    let totals = order.totals.clone();
    let pieces: i32 = order.lines.iter().map(|line| line.quantity).sum();
    let count = match (order.lines.len(), pieces) {
        (1, 1) => "1 piece".to_owned(),
        (1, pieces) => format!("1 line, {pieces} pieces"),
        (lines, pieces) => format!("{lines} lines, {pieces} pieces"),
    };
    let fact = |label: &'static str, money: &Money| {
        view! { <dt>{label}</dt><dd class="number">{money.amount()}</dd> }
    };
    let discount = (totals.discount.minor != 0).then(|| {
        let off = Money { minor: -totals.discount.minor, currency: totals.discount.currency.clone() };
        view! { <dt>"Discount"</dt><dd class="number">{off.amount()}</dd> }
    });
    view! {
        <section class="card" aria-labelledby="items-title">
            <header><h2 id="items-title">"Items"</h2><span class="soft">{count}</span></header>
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
                    <tbody>{order.lines.iter().cloned().map(line).collect_view()}</tbody>
                </table>
            </div>
            <div class="body">
                <dl class="facts sums">
                    {fact("Subtotal", &totals.subtotal)}
                    {discount}
                    {fact("Shipping", &totals.shipping)}
                    <dt class="total">"Total"</dt>
                    <dd class="total number">{totals.total.to_string()}</dd>
                    {fact("VAT, included", &totals.tax)}
                </dl>
            </div>
        </section>
    }
    .into_any()
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
    let act = ServerAction::<AddNote>::new();
    let events = order.timeline.iter().cloned().map(event).collect_view();
    let (id, key) = (order.id.to_string(), order.note_key.to_string());
    view! {
        <section class="card" aria-labelledby="timeline-title">
            <header><h2 id="timeline-title">"Timeline"</h2></header>
            <div class="body">
                <Form act class="note-form" on_done=changed>
                    <input type="hidden" name="id" value=id />
                    <input type="hidden" name="key" value=key />
                    <FormError />
                    <TextArea name="note" label="Add a note" required=true hint="Only staff see notes" />
                    <div class="form-end"><SubmitButton class="button">"Add note"</SubmitButton></div>
                </Form>
                <ol class="timeline">{events}</ol>
            </div>
        </section>
    }
    .into_any()
}

fn event(event: Event) -> AnyView {
    let Event { at, actor, what, .. } = event;
    match what {
        What::Noted(text) => view! {
            <li class="note">
                <span class="dot"><Icon name="message-square" /></span>
                <p><b>{actor}</b> " left a note"</p>
                <Time at short=true />
                <blockquote>{text}</blockquote>
            </li>
        }
        .into_any(),
        What::Moved { from, to, reason } => {
            let (class, icon) = mark(to);
            let what = if from.is_none() { "Order placed" } else { to.label() };
            view! {
                <li>
                    <span class=class><Icon name=icon /></span>
                    <p><b>{what}</b> " by " {actor}</p>
                    <Time at short=true />
                    {reason.map(|reason| view! { <blockquote>{reason}</blockquote> })}
                </li>
            }
            .into_any()
        }
    }
}

/// Colour and icon of a move in the timeline.
const fn mark(to: Status) -> (&'static str, &'static str) {
    match to {
        Status::Pending => ("dot", "shopping-cart"),
        Status::Processing => ("dot", "credit-card"),
        Status::Confirmed | Status::Completed => ("dot good", "circle-check"),
        Status::Preparing => ("dot", "package-open"),
        Status::Shipped => ("dot", "truck"),
        Status::Delivered => ("dot good", "package-check"),
        Status::Cancelled => ("dot", "ban"),
        Status::Failed => ("dot bad", "circle-x"),
        Status::Returned => ("dot", "undo-2"),
    }
}

/// Who bought, as this role sees it.
pub fn customer(order: &Detail) -> AnyView {
    let customer = order.customer.clone();
    let class = if customer.masked { "masked" } else { "" };
    let contact = |label: &'static str, value: Option<String>| {
        value.map(|value| view! { <dt>{label}</dt><dd><span class=class>{value}</span></dd> })
    };
    let hidden =
        customer.email.is_none().then(|| view! { <p class="soft">"Contact data isn't shown to your role."</p> });
    view! {
        <section class="card" aria-labelledby="customer-title">
            <header><h2 id="customer-title">"Customer"</h2></header>
            <div class="body">
                <dl class="facts">
                    <dt>"Name"</dt>
                    <dd>{customer.name}</dd>
                    {contact("Email", customer.email)}
                    {contact("Phone", customer.phone)}
                    <dt>"Came by"</dt>
                    <dd>{order.source.clone()}</dd>
                </dl>
                {hidden}
            </div>
        </section>
    }
    .into_any()
}

/// Where it goes and who gets the bill.
pub fn addresses(order: &Detail) -> AnyView {
    view! {
        <section class="card" aria-labelledby="ship-title">
            <header><h2 id="ship-title">"Ship to"</h2></header>
            <div class="body">{address(order.ship_to.clone())}</div>
        </section>
        <section class="card" aria-labelledby="bill-title">
            <header><h2 id="bill-title">"Bill to"</h2></header>
            <div class="body">{address(order.bill_to.clone())}</div>
        </section>
    }
    .into_any()
}

fn address(address: Address) -> AnyView {
    match address {
        Address::Full(lines) => {
            let lines = lines.into_iter().map(|line| view! { {line} <br /> }).collect_view();
            view! { <address>{lines}</address> }.into_any()
        }
        Address::Masked(place) => {
            view! { <address>{place}</address> <p class="soft">"Street and number are masked for your role."</p> }
                .into_any()
        }
        Address::Hidden(when) => view! { <p class="soft">{when}</p> }.into_any(),
    }
}

/// Method, carrier, number, times.
pub fn shipping(order: &Detail) -> AnyView {
    let shipping = order.shipping.clone();
    view! {
        <section class="card" aria-labelledby="shipping-title">
            <header><h2 id="shipping-title">"Delivery"</h2></header>
            <div class="body">
                <dl class="facts">
                    <dt>"Method"</dt>
                    <dd>{shipping.method}</dd>
                    {shipping.carrier.map(|carrier| view! { <dt>"Carrier"</dt><dd>{carrier}</dd> })}
                    {shipping.tracking_number.map(|number| view! { <dt>"Tracking"</dt><dd class="code">{number}</dd> })}
                    {shipping.shipped.map(|at| view! { <dt>"Shipped"</dt><dd><Time at short=true /></dd> })}
                    {shipping.delivered.map(|at| view! { <dt>"Delivered"</dt><dd><Time at short=true /></dd> })}
                </dl>
            </div>
        </section>
    }
    .into_any()
}

/// What was paid, payment by payment.
pub fn payments(order: &Detail) -> AnyView {
    let totals = order.totals.clone();
    let refunded = (totals.refunded.minor > 0)
        .then(|| view! { <dt>"Refunded"</dt><dd class="number">{totals.refunded.to_string()}</dd> });
    let each = order.payments.iter().cloned().map(payment).collect_view();
    view! {
        <section class="card" aria-labelledby="payment-title">
            <header><h2 id="payment-title">"Payment"</h2><span class=order.payment.badge()>{order.payment.label()}</span></header>
            <div class="body">
                <dl class="facts">
                    <dt>"Paid"</dt>
                    <dd class="number">{totals.paid.to_string()}</dd>
                    {refunded}
                </dl>
            </div>
            {each}
        </section>
    }
    .into_any()
}

fn payment(payment: Payment) -> AnyView {
    let failure = payment.failure.filter(|text| !text.is_empty()).map(|why| view! { <dt>"Why"</dt><dd>{why}</dd> });
    view! {
        <div class="body">
            <dl class="facts">
                <dt>{payment.method}</dt>
                <dd>{payment.status.replace('_', " ")}</dd>
                <dt>"Amount"</dt>
                <dd class="number">{payment.amount.to_string()}</dd>
                <dt>"Reference"</dt>
                <dd class="code">{payment.reference}</dd>
                <dt>"Begun"</dt>
                <dd><Time at=payment.at short=true /></dd>
                {failure}
            </dl>
        </div>
    }
    .into_any()
}
