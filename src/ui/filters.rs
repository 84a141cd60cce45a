//! Above a list: views as tabs, the search box, the filters in use as chips.

use super::{
    Icon, SafeUrl,
    arrive::focus_when_there,
    browser::{unsent, write},
};
use leptos::{html, prelude::*};

/// A view of a list.
pub struct Tab {
    /// Its name.
    pub label: String,
    /// The list with it.
    pub to: SafeUrl,
    /// It is on show.
    pub current: bool,
    /// How many rows it has; empty when that isn't known.
    pub count: String,
}

/// The views of a list, or of a page; `label` says what they differ in.
pub fn tabs(label: &'static str, tabs: Vec<Tab>) -> AnyView {
    let tabs = tabs
        .into_iter()
        .map(|Tab { label, to, current, count }| {
            let count = (!count.is_empty()).then(|| view! { <span>{count}</span> });
            view! { <a class="tab" href=to.into_attribute() aria-current=current.then_some("page")>{label} {count}</a> }
        })
        .collect_view();
    view! { <nav class="tabs" aria-label=label>{tabs}</nav> }.into_any()
}

/// The search box of a list: a form that keeps the other filters.
pub struct SearchBox {
    /// The list's address.
    pub action: SafeUrl,
    /// What is searched for now.
    pub text: String,
    /// What can be searched for, as a label.
    pub label: &'static str,
    /// An example, shown in the empty box.
    pub example: &'static str,
    /// Longest text.
    pub longest: u16,
    /// Other filters, by parameter; empty ones are left out.
    pub keep: Vec<(String, String)>,
    /// Path of the server function that says how a text could go on, if there is one.
    pub suggest: Option<&'static str>,
    /// The list without this search.
    pub clear: SafeUrl,
    /// More fields of the form.
    pub more: AnyView,
}

/// Draws a search box; `/` focuses it.
pub fn search_box(search: SearchBox) -> AnyView {
    let SearchBox { action, text, label, example, longest, keep, suggest, clear, more } = search;
    let input = NodeRef::<html::Input>::new();
    // a list that is drawn again when its data has come keeps what is typed meanwhile
    if let Some(typed) = unsent() {
        Effect::new(move |_| {
            if let Some(input) = input.get() {
                write(&input, &typed);
                focus_when_there(input.into(), 20);
            }
        });
    }
    // filled by public/suggest.js
    let list = suggest.map(|_| "suggestions");
    let options = suggest.map(|_| view! { <datalist id="suggestions"></datalist> });
    let keep = keep
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| view! { <input type="hidden" name=name value=value /> })
        .collect_view();
    let clear = (!text.is_empty()).then(|| view! { <a class="button quiet" href=clear.into_attribute()>"Clear"</a> });
    view! {
        <form class="filters" method="get" action=action.into_attribute() role="search" aria-label=label>
            <div class="search">
                <Icon name="search" />
                <input
                    node_ref=input
                    class="input"
                    type="search"
                    name="q"
                    value=text
                    aria-label=label
                    placeholder=example
                    maxlength=longest.to_string()
                    aria-keyshortcuts="/"
                    list=list
                    data-suggest=suggest
                />
                {options}
                <kbd class="needs-script" aria-hidden="true">"/"</kbd>
            </div>
            {keep}
            <button class="button">"Search"</button>
            {clear}
            {more}
        </form>
    }
    .into_any()
}

/// A filter in use.
pub struct Chip {
    /// What is filtered: `Total`.
    pub label: String,
    /// By what: `over 500 EUR`.
    pub value: String,
    /// The list without it.
    pub without: SafeUrl,
}

/// The filters in use, each with a link that takes it away; `clear` takes all away. Nothing when there are none.
pub fn chips(chips: Vec<Chip>, clear: SafeUrl) -> AnyView {
    if chips.is_empty() {
        return ().into_any();
    }
    let all =
        (chips.len() > 1).then(|| view! { <li><a class="chip-all" href=clear.into_attribute()>"Clear all"</a></li> });
    let chips = chips
        .into_iter()
        .map(|Chip { label, value, without }| {
            view! {
                <li>
                    <a class="chip" href=without.into_attribute()>
                        <span class="visually-hidden">"Remove filter "</span>
                        <span>{label} ": " <b>{value}</b></span>
                        <Icon name="x" />
                    </a>
                </li>
            }
        })
        .collect_view();
    view! { <ul class="chips" aria-label="Filters in use">{chips}{all}</ul> }.into_any()
}

/// What can be searched for: an example, what it finds, the list with it.
pub fn examples(examples: Vec<(&'static str, &'static str, SafeUrl)>) -> AnyView {
    let rows = examples
        .into_iter()
        .map(|(example, what, to)| {
            view! { <div><dt><a href=to.into_attribute()>{example}</a></dt><dd>{what}</dd></div> }.into_any()
        })
        .collect::<Vec<_>>();
    view! { <details class="search-help"><summary>"What can be searched for"</summary><dl>{rows}</dl></details> }
        .into_any()
}
