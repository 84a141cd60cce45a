//! The cards of the order page.

use crate::{
    forms::Done,
    money::Money,
    orders::{
        api::{AddNote, ChangeNote, SetTags, UndoChange},
        model::{Address, Detail, Event, Line, NoteActs, Other, Payment, Status},
    },
    ui::{
        Fact, Field, Form, FormError, FormTo, Happening, Icon, Link, Picture, SafeUrl, SubmitButton, Tab, TextArea,
        Time, Version, acts, badge, card, card_body, facts, tabs, timeline as draw_timeline,
    },
};
use leptos::prelude::*;
use uuid::Uuid;

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
            <td class="wide pictured">
                <Picture at=SafeUrl::path(line.picture) />
                <span class="two-lines"><span class="name">{line.name}</span><small class="code">{line.sku}</small></span>
            </td>
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
    let id = order.id;
    let events = order.timeline.iter().cloned().map(|one| event(one, id, changed)).collect::<Vec<_>>();
    let (order_id, key) = (id.to_string(), order.note_key.to_string());
    let parts = order.parts.iter().cloned().map(|(label, to, current)| Tab {
        label,
        to: SafeUrl::path(to),
        current,
        count: String::new(),
    });
    let form = view! {
        <Form to class="note-form" on_done=changed>
            <input type="hidden" name="id" value=order_id />
            <input type="hidden" name="key" value=key />
            <FormError />
            <TextArea name="note" label="Add a note" required=true hint="Only staff see notes; @name puts it into a colleague’s inbox" />
            <div class="form-end">
                <SubmitButton class="button">"Add note"</SubmitButton>
            </div>
        </Form>
    }
    .into_any();
    let list = if events.is_empty() { soft("Nothing of this kind has happened.") } else { draw_timeline(events) };
    card(
        "Timeline",
        "timeline",
        None,
        vec![card_body(vec![form, tabs("Parts of the timeline", parts.collect()), list])],
    )
}

/// Words that colleagues find the order by.
pub fn tags(order: &Detail, changed: Callback<Done>) -> AnyView {
    let to = FormTo::of::<SetTags>();
    let (id, version, tags) = (order.id.to_string(), order.version, order.tags.join(", "));
    let form = view! {
        <Form to class="body stack" on_done=changed>
            <input type="hidden" name="id" value=id />
            <Version version />
            <FormError />
            <Field name="tags" label="Tags" value=tags hint="Separated by commas: gift, vip" />
            <div class="form-end"><SubmitButton class="button">"Save tags"</SubmitButton></div>
        </Form>
    }
    .into_any();
    card("Tags", "tags", None, vec![form])
}

fn event(event: Event, order: Uuid, changed: Callback<Done>) -> Happening {
    let Event { at, tone, icon, class, lead, rest, quote, note, undo } = event;
    let what = view! { <b>{lead}</b>{rest} }.into_any();
    let acts = match note {
        Some(note) => note_acts(note, order, changed),
        None if undo.is_empty() => ().into_any(),
        None => undo_act(undo, order, changed),
    };
    Happening { tone: tone.into(), icon: icon.into(), class: class.into(), what, at, quote, acts }
}

/// Sets a change back.
fn undo_act(undo: String, order: Uuid, changed: Callback<Done>) -> AnyView {
    let to = FormTo::of::<UndoChange>();
    view! {
        <Form to class="note-acts" told_by=("undo", undo.clone()) on_done=changed>
            <input type="hidden" name="id" value=order.to_string() />
            <button class="button quiet" name="undo" value=undo><Icon name="undo-2" />"Undo"</button>
            <FormError />
        </Form>
    }
    .into_any()
}

/// Pin, change, delete, put back: one form, told by its buttons.
fn note_acts(note: NoteActs, order: Uuid, changed: Callback<Done>) -> AnyView {
    let to = FormTo::of::<ChangeNote>();
    let NoteActs { id, is_pinned, is_deleted, edit, .. } = note;
    let button = |change: &'static str, icon: &'static str, words: &'static str| {
        view! { <button class="button quiet" name="change" value=change><Icon name=icon />{words}</button> }.into_any()
    };
    let is_own = !edit.is_empty();
    let buttons = if is_deleted {
        vec![button("restore", "undo-2", "Put back")]
    } else {
        let pin = if is_pinned { button("unpin", "pin-off", "Unpin") } else { button("pin", "pin", "Pin") };
        let own = is_own.then(|| {
            view! {
                <Link class="button quiet" to=SafeUrl::path(edit)><Icon name="pencil" />"Change"</Link>
                {button("delete", "trash-2", "Delete")}
            }
            .into_any()
        });
        [Some(pin), own].into_iter().flatten().collect()
    };
    view! {
        <Form to class="note-acts" told_by=("note_id", id.to_string()) on_done=changed>
            <input type="hidden" name="id" value=order.to_string() />
            <input type="hidden" name="note_id" value=id.to_string() />
            {buttons}
            <FormError />
        </Form>
    }
    .into_any()
}

/// Who bought, as this role sees it.
pub fn customer(order: &Detail) -> AnyView {
    let customer = &order.customer;
    let contact = |label: &str, value: &Option<String>, is_masked: bool| {
        let fact = if is_masked { Fact::masked } else { Fact::text };
        value.as_ref().map(|value| fact(label.to_owned(), value.clone()))
    };
    let rows = [
        Some(Fact::text("Name", customer.name.clone())),
        contact("Email", &customer.email, customer.email_masked),
        contact("Phone", &customer.phone, customer.phone_masked),
        Some(Fact::text("Came by", order.source.clone())),
    ];
    let mut parts = vec![facts("facts", rows.into_iter().flatten().collect())];
    if customer.email.is_none() {
        parts.push(soft("Contact data isn't shown to your role."));
    }
    parts.push(acts(&order.acts, "contact"));
    card("Customer", "customer", None, vec![card_body(parts)])
}

/// What else the customer bought.
pub fn others(order: &Detail) -> AnyView {
    let rows = order
        .others
        .iter()
        .cloned()
        .map(|Other { to, number, status, placed, total }| {
            view! {
                <li>
                    <Link to=SafeUrl::path(to)>{number}</Link>
                    {badge(status.badge(), status.label())}
                    <small class="soft"><Time at=placed short=true /></small>
                    <span class="number">{total.to_string()}</span>
                </li>
            }
            .into_any()
        })
        .collect::<Vec<_>>();
    let list = if rows.is_empty() {
        soft("This is the customer’s only order.")
    } else {
        view! { <ul class="others">{rows}</ul> }.into_any()
    };
    card("Other orders", "others", None, vec![card_body(vec![list])])
}

/// Where it goes and who gets the bill.
pub fn addresses(order: &Detail) -> AnyView {
    let (ship_to, bill_to) = (address(order.ship_to.clone()), address(order.bill_to.clone()));
    vec![
        card("Ship to", "ship", None, vec![card_body(vec![ship_to, acts(&order.acts, "ship_to")])]),
        card("Bill to", "bill", None, vec![card_body(vec![bill_to, acts(&order.acts, "bill_to")])]),
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
    if totals.due.minor > 0 {
        sums.push(Fact::money("Due", &totals.due));
    }
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
