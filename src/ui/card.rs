//! Cards and the facts in them.

use super::Time;
use crate::{money::Money, stamp::Stamp};
use leptos::prelude::*;

/// A part of a page with a title of its own. A function, not a component with children: its parts are
/// values of one type, so that the bundle has the code of a card once.
pub fn card(
    // its title, and one word for the title's id
    title: &'static str,
    id: &'static str,
    // beside the title: a badge, a count
    aside: Option<AnyView>,
    // what is in it
    parts: Vec<AnyView>,
) -> AnyView {
    let title_id = format!("{id}-title");
    let labelled_by = title_id.clone();
    view! {
        <section class="card" aria-labelledby=labelled_by>
            <header><h2 id=title_id>{title}</h2>{aside}</header>
            {parts}
        </section>
    }
    .into_any()
}

/// The padded part of a card.
pub fn card_body(parts: Vec<AnyView>) -> AnyView {
    view! { <div class="body">{parts}</div> }.into_any()
}

/// A line of a list of facts.
pub struct Fact {
    label: String,
    value: AnyView,
    class: &'static str,
}

impl Fact {
    /// Words.
    pub fn text(label: impl Into<String>, value: impl Into<String>) -> Self {
        Self { label: label.into(), value: value.into().into_any(), class: "" }
    }

    /// Codes and references.
    pub fn code(label: impl Into<String>, value: impl Into<String>) -> Self {
        Self { class: "code", ..Self::text(label, value) }
    }

    /// An amount with its currency.
    pub fn money(label: impl Into<String>, money: &Money) -> Self {
        Self { class: "number", ..Self::text(label, money.to_string()) }
    }

    /// An amount in a column that says its currency elsewhere.
    pub fn amount(label: impl Into<String>, money: &Money) -> Self {
        Self { class: "number", ..Self::text(label, money.amount()) }
    }

    /// The sum of the facts above.
    pub fn total(label: impl Into<String>, money: &Money) -> Self {
        Self { class: "total number", ..Self::text(label, money.to_string()) }
    }

    /// A time.
    pub fn time(label: impl Into<String>, at: Stamp) -> Self {
        Self { label: label.into(), value: view! { <Time at short=true /> }.into_any(), class: "" }
    }

    /// Personal data that is masked.
    pub fn masked(label: impl Into<String>, value: impl Into<String>) -> Self {
        Self { class: "masked", ..Self::text(label, value) }
    }
}

/// Labels on the left, values on the right.
pub fn facts(class: &'static str, facts: Vec<Fact>) -> AnyView {
    let rows = facts
        .into_iter()
        .map(|Fact { label, value, class }| {
            let total = class.starts_with("total").then_some("total");
            let class = (!class.is_empty()).then_some(class);
            view! { <dt class=total>{label}</dt><dd class=class>{value}</dd> }
        })
        .collect_view();
    view! { <dl class=class>{rows}</dl> }.into_any()
}
