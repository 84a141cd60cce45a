//! Fields for numbers, dates and money.

use super::field::{Input, around, bind, input};
use leptos::prelude::*;

/// A whole number.
#[component]
pub fn NumberField(
    /// The argument's name.
    name: &'static str,
    /// Its label.
    label: &'static str,
    /// Smallest value.
    #[prop(optional, into)]
    min: Option<i64>,
    /// Largest value.
    #[prop(optional, into)]
    max: Option<i64>,
    /// Whether it must be filled.
    #[prop(optional)]
    required: bool,
    /// Value to begin with.
    #[prop(optional, into)]
    value: String,
    /// What is expected.
    #[prop(optional)]
    hint: Option<&'static str>,
) -> AnyView {
    let limits = [min.map(|min| min.to_string()), max.map(|max| max.to_string()), None];
    draw(
        name,
        label,
        hint,
        None,
        Input { kind: "number", inputmode: Some("numeric"), limits, ..common(required, value) },
    )
}

/// A day, as `2026-11-24`.
#[component]
pub fn DateField(
    /// The argument's name.
    name: &'static str,
    /// Its label.
    label: &'static str,
    /// Whether it must be filled.
    #[prop(optional)]
    required: bool,
    /// Value to begin with.
    #[prop(optional, into)]
    value: String,
    /// What is expected.
    #[prop(optional)]
    hint: Option<&'static str>,
) -> AnyView {
    draw(name, label, hint, None, Input { kind: "date", ..common(required, value) })
}

/// An amount of money. A text field: people type `1 299,90` and paste what a bank wrote; the server reads it.
#[component]
pub fn MoneyField(
    /// The argument's name.
    name: &'static str,
    /// Its label.
    label: &'static str,
    /// The currency, shown behind the amount.
    #[prop(into)]
    currency: String,
    /// Whether it must be filled.
    #[prop(optional)]
    required: bool,
    /// Value to begin with.
    #[prop(optional, into)]
    value: String,
    /// What is expected.
    #[prop(optional)]
    hint: Option<&'static str>,
) -> AnyView {
    draw(
        name,
        label,
        hint,
        Some(currency),
        Input { kind: "text", inputmode: Some("decimal"), ..common(required, value) },
    )
}

fn common(required: bool, value: String) -> Input {
    Input { autocomplete: "off", required, value, ..Input::default() }
}

fn draw(
    name: &'static str,
    label: &'static str,
    hint: Option<&'static str>,
    unit: Option<String>,
    what: Input,
) -> AnyView {
    let bound = bind(name);
    let required = what.required;
    let field = input(name, &bound, hint.is_some(), what);
    let field = match unit {
        Some(unit) => view! { <div class="with-unit">{field}<span class="unit">{unit}</span></div> }.into_any(),
        None => field,
    };
    around(&bound.id, label, required, hint, bound.error, field)
}
