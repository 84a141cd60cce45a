//! The cards of the order page.

use crate::{
    forms::Done,
    money::Money,
    orders::{
        api::{AddNote, ChangeNote, SetTags, UndoChange},
        model::{Detail, Event, Line, NoteActs, Status},
    },
    ui::{
        Fact, Field, Form, FormError, FormTo, Happening, Icon, Link, Picture, SafeUrl, SubmitButton, Tab, TextArea,
        Version, card, card_body, facts, tabs, timeline as draw_timeline,
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
    // while some of it waits for another parcel
    let shipped = (line.shipped > 0 && line.to_ship() > 0)
        .then(|| view! { <small class="soft">{format!("{} shipped", line.shipped)}</small> });
    view! {
        <tr>
            <td class="wide pictured">
                <Picture at=SafeUrl::path(line.picture) />
                <span class="two-lines"><span class="name">{line.name}</span><small class="code">{line.sku}</small></span>
            </td>
            <td class="spare"><small>{line.stock}</small></td>
            <td class="end number">{line.quantity} " " {shipped} {returned}</td>
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
    let Event { at, then, tone, icon, class, lead, rest, quote, note, undo } = event;
    let what = view! { <b>{lead}</b>{rest} }.into_any();
    let acts = match note {
        Some(note) => note_acts(note, order, changed),
        None if undo.is_empty() => ().into_any(),
        None => undo_act(undo, order, changed),
    };
    Happening {
        then: SafeUrl::path(then),
        tone: tone.into(),
        icon: icon.into(),
        class: class.into(),
        what,
        at,
        quote,
        acts,
    }
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
    let NoteActs { id, is_pinned, is_deleted, edit } = note;
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

fn soft(text: &'static str) -> AnyView {
    view! { <p class="soft">{text}</p> }.into_any()
}
