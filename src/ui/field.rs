//! Fields with their label, hint and error; filled again after a refused post.

use super::{Icon, form::FormState};
use leptos::prelude::*;

/// What a field of this name needs from its form: an id, the typed value, the error.
pub(super) struct Bound {
    pub id: String,
    pub typed: Option<String>,
    pub error: Signal<Option<String>>,
}

pub(super) fn bind(name: &str) -> Bound {
    let Some(state) = use_context::<FormState>() else {
        return Bound { id: name.to_owned(), typed: None, error: Signal::derive(|| None) };
    };
    Bound {
        id: format!("{}-{name}", state.id.get_value()),
        typed: state.values.with_value(|values| values.get(name).cloned()),
        error: {
            let name = name.to_owned();
            Signal::derive(move || state.refusal.with(|refusal| refusal.as_ref()?.fields.get(&name).cloned()))
        },
    }
}

/// Whether this form was posted without JavaScript and refused: what it says then is what was typed.
pub(super) fn was_posted() -> bool {
    use_context::<FormState>().is_some_and(|state| state.values.with_value(|values| !values.is_empty()))
}

/// What describes the field: its error, its hint.
pub(super) fn described_by(
    id: &str,
    error: Signal<Option<String>>,
    hint: bool,
) -> impl Fn() -> Option<String> + Send + 'static + use<> {
    let id = id.to_owned();
    move || match (error.with(Option::is_some), hint) {
        (true, true) => Some(format!("{id}-error {id}-hint")),
        (true, false) => Some(format!("{id}-error")),
        (false, true) => Some(format!("{id}-hint")),
        (false, false) => None,
    }
}

/// A field with its label above, hint and error below.
pub(super) fn around(
    id: &str,
    label: &str,
    required: bool,
    hint: Option<&str>,
    error: Signal<Option<String>>,
    field: AnyView,
) -> AnyView {
    let optional = (!required).then(|| view! { <span class="optional">" optional"</span> });
    view! {
        <div class="field">
            <label for=id.to_owned()>{label.to_owned()} {optional}</label>
            {field}
            {remarks(id, hint, error)}
        </div>
    }
    .into_any()
}

/// What stands below a field: its hint, its error.
pub(super) fn remarks(id: &str, hint: Option<&str>, error: Signal<Option<String>>) -> AnyView {
    let (error_id, hint_id) = (format!("{id}-error"), format!("{id}-hint"));
    let hint = hint.map(|hint| view! { <p class="hint" id=hint_id>{hint.to_owned()}</p> });
    let error = move || {
        error.get().map(|error| {
            view! { <p class="error" id=error_id.clone()><Icon name="triangle-alert" />{error}</p> }
        })
    };
    view! { {hint} {error} }.into_any()
}

/// What an `<input>` says about the text that it takes.
#[derive(Clone, Default)]
pub(super) struct Input {
    pub kind: &'static str,
    pub autocomplete: &'static str,
    pub required: bool,
    pub value: String,
    pub list: Option<String>,
    pub inputmode: Option<&'static str>,
    pub limits: [Option<String>; 3],
}

/// The `<input>` of a field.
pub(super) fn input(name: &str, bound: &Bound, hint: bool, input: Input) -> AnyView {
    let Bound { id, typed, error } = bound;
    let error = *error;
    let [min, max, step] = input.limits;
    view! {
        <input
            class="input"
            type=input.kind
            id=id.clone()
            name=name.to_owned()
            value=typed.clone().unwrap_or(input.value)
            autocomplete=input.autocomplete
            required=input.required
            list=input.list
            inputmode=input.inputmode
            min=min
            max=max
            step=step
            aria-invalid=move || error.with(Option::is_some).then_some("true")
            aria-describedby=described_by(id, error, hint)
        />
    }
    .into_any()
}

/// A one-line field.
#[component]
pub fn Field(
    /// The argument's name.
    name: &'static str,
    /// Its label.
    label: &'static str,
    /// The input's type.
    #[prop(default = "text")]
    kind: &'static str,
    /// What the browser may fill in.
    #[prop(default = "off")]
    autocomplete: &'static str,
    /// Whether it must be filled.
    #[prop(optional)]
    required: bool,
    /// Value to begin with.
    #[prop(optional, into)]
    value: String,
    /// What is expected.
    #[prop(optional)]
    hint: Option<&'static str>,
    /// Values to choose from while typing.
    #[prop(optional)]
    suggestions: &'static [&'static str],
) -> AnyView {
    let bound = bind(name);
    let list = (!suggestions.is_empty()).then(|| format!("{}-list", bound.id));
    let datalist = list.clone().map(|list| view! {
        <datalist id=list>{suggestions.iter().map(|one| view! { <option value=*one></option> }).collect_view()}</datalist>
    });
    let field =
        input(name, &bound, hint.is_some(), Input { kind, autocomplete, required, value, list, ..Input::default() });
    around(&bound.id, label, required, hint, bound.error, view! { {field} {datalist} }.into_any())
}

/// A field of several lines. The only place where a textarea is written: Leptos doesn't escape its children,
/// so the text goes in encoded, the same way on both sides.
#[component]
pub fn TextArea(
    /// The argument's name.
    name: &'static str,
    /// Its label.
    label: &'static str,
    /// Whether it must be filled.
    #[prop(optional)]
    required: bool,
    /// Lines on show.
    #[prop(default = 3)]
    rows: u8,
    /// What is expected.
    #[prop(optional)]
    hint: Option<&'static str>,
) -> AnyView {
    text_area(name, label, required, rows, hint, None)
}

/// [`TextArea`], with a text to begin with.
pub(super) fn text_area(
    name: &str,
    label: &str,
    required: bool,
    rows: u8,
    hint: Option<&str>,
    value: Option<String>,
) -> AnyView {
    let Bound { id, typed, error } = bind(name);
    let typed = typed.or(value);
    // a line break right after the tag is swallowed by the page's parser, so one protects the text's own; a browser that
    // fills in an element by itself swallows none
    let guard = if cfg!(feature = "ssr") { "\n" } else { "" };
    let text = typed.map(|text| format!("{guard}{}", html_escape::encode_text(&text))).unwrap_or_default();
    let field = view! {
        <textarea
            class="input"
            id=id.clone()
            name=name.to_owned()
            rows=rows
            required=required
            aria-invalid=move || error.with(Option::is_some).then_some("true")
            aria-describedby=described_by(&id, error, hint.is_some())
            inner_html=text
        ></textarea>
    }
    .into_any();
    around(&id, label, required, hint, error, field)
}

/// The error of a group of fields that has one name together.
#[component]
pub fn GroupError(
    /// The group's name in the refusal.
    name: &'static str,
) -> AnyView {
    let Bound { error, .. } = bind(name);
    (move || error.get().map(|error| view! { <p class="error"><Icon name="triangle-alert" />{error}</p> })).into_any()
}
