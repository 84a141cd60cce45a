//! What stands where the content isn't: nothing there, not yet there; and the badge that says a state.

use super::Icon;
use leptos::prelude::*;
use std::borrow::Cow;

/// A state as a word in its colour. `class`: `badge` with `info`, `busy`, `wait`, `good` or `bad`, and `done`
/// for one that ends.
pub fn badge(class: impl Into<Cow<'static, str>>, label: impl Into<Cow<'static, str>>) -> AnyView {
    let (class, label) = (class.into(), label.into());
    view! { <span class=class>{label}</span> }.into_any()
}

/// Nothing is here: why, and what to do about it.
pub fn empty(icon: &'static str, title: impl Into<Cow<'static, str>>, text: String, actions: Vec<AnyView>) -> AnyView {
    let title = title.into();
    let actions = (!actions.is_empty()).then(|| view! { <div class="actions">{actions}</div> });
    view! {
        <div class="empty">
            <Icon name=icon />
            <h2>{title}</h2>
            <p>{text}</p>
            {actions}
        </div>
    }
    .into_any()
}

/// A list that is on its way: as high as the rows that come, so that nothing jumps when they do.
pub fn skeleton_rows(label: &'static str, rows: u8) -> AnyView {
    let rows = (0..rows).map(|_| view! { <div class="bone-row"><i></i><i></i><i></i><i></i></div> }).collect_view();
    view! {
        <div class="bones" role="status">
            <span class="visually-hidden">{label}</span>
            <div aria-hidden="true">{rows}</div>
        </div>
    }
    .into_any()
}

/// A page of cards that is on its way.
pub fn skeleton_cards(label: &'static str, cards: u8) -> AnyView {
    let cards = (0..cards).map(|_| view! { <div class="card bone-card"><i></i><i></i><i></i></div> }).collect_view();
    view! {
        <div class="bones stack" role="status">
            <span class="visually-hidden">{label}</span>
            <div class="stack" aria-hidden="true">{cards}</div>
        </div>
    }
    .into_any()
}
