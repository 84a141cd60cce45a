//! “What next”: one form for each move out of the order's state, each asking for what it needs.

use crate::{
    auth::model::Me,
    forms::{Done, PageNotes},
    orders::{
        api::MoveOrder,
        model::{CARRIERS, DISPOSITIONS, Detail, Line, Move, Status},
    },
    ui::{CheckBox, Field, Form, FormError, FormTo, GroupError, Icon, SubmitButton, TextArea, changes},
};
use leptos::prelude::*;

/// The panel; nothing when the order's way has ended.
pub fn next(order: &Detail, changed: Callback<Done>) -> Option<AnyView> {
    let moves: Vec<&'static Move> = order.status.moves().collect();
    if moves.is_empty() {
        return None;
    }
    let role = use_context::<Me>().map(|me| me.role);
    let acts = moves
        .into_iter()
        .enumerate()
        .map(|(place, step)| {
            let effects = order.effects.get(place).cloned().unwrap_or_default();
            if role.is_some_and(|role| step.allows(role)) {
                act(step, order, effects, changed)
            } else {
                not_for_you(step)
            }
        })
        .collect_view();
    Some(
        view! {
            <section class="card next" aria-labelledby="next-title">
                <header><h2 id="next-title">"What next"</h2></header>
                <div class="body acts">{acts}</div>
            </section>
        }
        .into_any(),
    )
}

/// A move that somebody else may take: it says who.
fn not_for_you(step: &'static Move) -> AnyView {
    let id = format!("why-{}", step.to.code().to_ascii_lowercase());
    view! {
        <div class="act">
            <button class="button" type="button" disabled aria-describedby=id.clone()>
                <Icon name=step.icon />
                {step.action}
            </button>
            <p class="why" id=id>{format!("For these roles: {}.", step.who())}</p>
        </div>
    }
    .into_any()
}

fn act(step: &'static Move, order: &Detail, effects: Vec<String>, changed: Callback<Done>) -> AnyView {
    let to = FormTo::of::<MoveOrder>();
    let code = step.to.code();
    let refused = use_context::<PageNotes>()
        .and_then(|notes| notes.posted)
        .is_some_and(|posted| posted.values.get("status").is_some_and(|status| status == code));
    let button = if step.is_exit() { "button danger" } else { "button primary" };
    let (id, version, order) = (order.id.to_string(), order.version, order.clone());
    view! {
        <details class="act" name="act" open=refused>
            <summary class=button><Icon name=step.icon />{step.action}</summary>
            <Form to class="act-form" told_by=("status", code.to_owned()) on_done=changed>
                <input type="hidden" name="id" value=id />
                <input type="hidden" name="version" value=version />
                <input type="hidden" name="status" value=code />
                <FormError />
                {changes(effects)}
                {needs(step, &order)}
                <div class="form-end">
                    <SubmitButton class=button><Icon name=step.icon />{step.action}</SubmitButton>
                </div>
            </Form>
        </details>
    }
    .into_any()
}

/// The fields of a move.
fn needs(step: &'static Move, order: &Detail) -> AnyView {
    match step.to {
        Status::Processing => view! {
            <Field name="reference" label="Transfer reference" required=true value=order.number.clone()
                hint="What the customer writes on the transfer" />
        }
        .into_any(),
        Status::Confirmed if order.totals.paid.minor < order.totals.total.minor => {
            view! {
                <Field name="reference" label="Reference on the bank statement" required=true value=order.awaited.clone() />
            }
            .into_any()
        }
        Status::Shipped => view! {
            <Field name="carrier" label="Carrier" required=true suggestions=&CARRIERS />
            <Field name="tracking_number" label="Tracking number" required=true hint="As on the label" />
            {parcel_lines(order)}
        }
        .into_any(),
        Status::Cancelled | Status::Failed => {
            view! { <TextArea name="reason" label="Reason" required=true rows=2 hint="Colleagues see it in the timeline" /> }.into_any()
        }
        Status::Returned => view! {
            {return_lines(order)}
            <TextArea name="reason" label="Reason" required=true rows=2 hint="Colleagues see it in the timeline" />
            <CheckBox name="close" label="Close the order as returned, even if the customer keeps something" />
        }
        .into_any(),
        _ => ().into_any(),
    }
}

/// What is in the parcel: all that is left, unless fewer are chosen. Nothing for an order with one piece left.
fn parcel_lines(order: &Detail) -> AnyView {
    let left: i32 = order.lines.iter().map(Line::to_ship).sum();
    if left < 2 {
        return ().into_any();
    }
    quantities(order, "In this parcel", Line::to_ship, "to ship", |left| left, None)
}

/// What came back, and what becomes of it.
fn return_lines(order: &Detail) -> AnyView {
    quantities(order, "What came back", Line::returnable, "can come back", |_| 0, Some(&DISPOSITIONS))
}

/// A quantity, and where asked a disposition, for each line of which some is left.
fn quantities(
    order: &Detail,
    legend: &'static str,
    left: fn(&Line) -> i32,
    words: &'static str,
    begin: fn(i32) -> i32,
    dispositions: Option<&'static [(&'static str, &'static str)]>,
) -> AnyView {
    let typed =
        use_context::<PageNotes>().and_then(|notes| notes.posted).map(|posted| posted.values).unwrap_or_default();
    let lines = order
        .lines
        .iter()
        .filter(|line| left(line) > 0)
        .enumerate()
        .map(|(index, line)| {
            let name = |field: &str| format!("lines[{index}][{field}]");
            let value = |field: &str| typed.get(&name(field)).cloned();
            let left = left(line);
            let select = dispositions.map(|dispositions| {
                let chosen = value("disposition").unwrap_or_else(|| "restock".into());
                let options = dispositions
                    .iter()
                    .map(|(code, label)| view! { <option value=*code selected=chosen == *code>{*label}</option> })
                    .collect_view();
                view! {
                    <select class="input" name=name("disposition") aria-label=format!("What becomes of {}", line.name)>
                        {options}
                    </select>
                }
                .into_any()
            });
            view! {
                <div class="line">
                    <span class="line-name">{line.name.clone()} " " <small>{format!("{left} {words}")}</small></span>
                    <input type="hidden" name=name("item") value=line.id.to_string() />
                    <input
                        class="input"
                        type="number"
                        min="0"
                        max=left
                        name=name("quantity")
                        value=value("quantity").unwrap_or_else(|| begin(left).to_string())
                        aria-label=format!("Quantity, {}", line.name)
                    />
                    {select}
                </div>
            }
            .into_any()
        })
        .collect::<Vec<_>>();
    view! {
        <fieldset class="lines">
            <legend>{legend}</legend>
            {lines}
            <GroupError name="lines" />
        </fieldset>
    }
    .into_any()
}

/// A plain post whose move the order can't take any more: no form of this page is its own, so what happened and
/// what was typed stand by themselves.
pub fn overtaken(order: &Detail) -> Option<AnyView> {
    let posted = use_context::<PageNotes>()?.posted?;
    let status = posted.values.get("status")?;
    if order.status.moves().any(|step| step.to.code() == status) {
        return None;
    }
    let kept = [
        ("reference", "Transfer reference"),
        ("carrier", "Carrier"),
        ("tracking_number", "Tracking number"),
        ("reason", "Reason"),
    ]
    .into_iter()
    .filter_map(|(name, label)| posted.values.get(name).map(|value| (name, label, value.clone())))
    .map(|(name, label, value)| {
        let id = format!("kept-{name}");
        let label_for = id.clone();
        view! {
            <div class="field">
                <label for=label_for>{label}</label>
                <input class="input" id=id value=value readonly />
            </div>
        }
    })
    .collect_view();
    Some(
        view! {
            <div class="notice bad" role="alert">
                <Icon name="triangle-alert" />
                <div><p>{posted.refusal.message}</p> {kept}</div>
            </div>
        }
        .into_any(),
    )
}
