//! Fields that choose: one of a list, one of a few, yes or no.

use super::field::{Bound, around, bind, described_by, remarks};
use leptos::prelude::*;

/// A value with its name for people.
pub type Choice = (&'static str, &'static str);

/// One of a list.
#[component]
pub fn Select(
    /// The argument's name.
    name: &'static str,
    /// Its label.
    label: &'static str,
    /// What can be chosen.
    options: Vec<Choice>,
    /// Value to begin with; none of them: the first line asks to choose.
    #[prop(optional, into)]
    value: String,
    /// Whether something must be chosen.
    #[prop(optional)]
    required: bool,
    /// What is expected.
    #[prop(optional)]
    hint: Option<&'static str>,
) -> AnyView {
    let options = options.into_iter().map(|(code, label)| (code.to_owned(), label.to_owned())).collect();
    select(name, label, options, value, required, hint)
}

/// [`Select`], with words that are known only when the page is drawn.
pub(super) fn select(
    name: &str,
    label: &str,
    options: Vec<(String, String)>,
    value: String,
    required: bool,
    hint: Option<&str>,
) -> AnyView {
    let Bound { id, typed, error } = bind(name);
    let chosen = typed.unwrap_or(value);
    let ask = options.iter().all(|(code, _)| *code != chosen).then(|| view! { <option value="">"Choose…"</option> });
    let options = options
        .into_iter()
        .map(|(code, label)| {
            let selected = code == chosen;
            view! { <option value=code selected=selected>{label}</option> }
        })
        .collect_view();
    let field = view! {
        <select
            class="input"
            id=id.clone()
            name=name.to_owned()
            required=required
            aria-invalid=move || error.with(Option::is_some).then_some("true")
            aria-describedby=described_by(&id, error, hint.is_some())
        >
            {ask}
            {options}
        </select>
    }
    .into_any();
    around(&id, label, required, hint, error, field)
}

/// One of a few, all on show.
#[component]
pub fn RadioGroup(
    /// The argument's name.
    name: &'static str,
    /// The question.
    label: &'static str,
    /// The answers.
    options: Vec<Choice>,
    /// The answer to begin with.
    #[prop(optional, into)]
    value: String,
    /// Whether one must be chosen.
    #[prop(optional)]
    required: bool,
    /// What is expected.
    #[prop(optional)]
    hint: Option<&'static str>,
) -> AnyView {
    let Bound { id, typed, error } = bind(name);
    let chosen = typed.unwrap_or(value);
    let answers = options
        .into_iter()
        .map(|(code, label)| {
            view! {
                <label class="check-line">
                    <input class="check" type="radio" name=name value=code checked=code == chosen required=required />
                    {label}
                </label>
            }
        })
        .collect_view();
    let optional = (!required).then(|| view! { <span class="optional">" optional"</span> });
    view! {
        <fieldset
            class="field"
            id=id.clone()
            aria-invalid=move || error.with(Option::is_some).then_some("true")
            aria-describedby=described_by(&id, error, hint.is_some())
        >
            <legend>{label} {optional}</legend>
            {answers}
            {remarks(&id, hint, error)}
        </fieldset>
    }
    .into_any()
}

/// Yes or no. Not checked, the field isn't sent: its argument has a default.
#[component]
pub fn CheckBox(
    /// The argument's name.
    name: &'static str,
    /// What is said yes to.
    label: &'static str,
    /// Value that is sent when checked.
    #[prop(default = "yes")]
    value: &'static str,
    /// Checked to begin with.
    #[prop(optional)]
    checked: bool,
    /// What it means.
    #[prop(optional)]
    hint: Option<&'static str>,
) -> AnyView {
    let Bound { id, typed, error } = bind(name);
    // a refused post that doesn't have the field had it unchecked
    let checked = if super::field::was_posted() { typed.as_deref() == Some(value) } else { checked };
    view! {
        <div class="field">
            <label class="check-line">
                <input
                    class="check"
                    type="checkbox"
                    id=id.clone()
                    name=name
                    value=value
                    checked=checked
                    aria-invalid=move || error.with(Option::is_some).then_some("true")
                    aria-describedby=described_by(&id, error, hint.is_some())
                />
                {label}
            </label>
            {remarks(&id, hint, error)}
        </div>
    }
    .into_any()
}
