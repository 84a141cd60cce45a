//! What happened, one below the other, newest first.

use super::{Icon, Time};
use crate::stamp::Stamp;
use leptos::prelude::*;

/// Something that happened.
pub struct Happening {
    /// Class of its mark beside `dot`: empty, `good`, `bad`.
    pub tone: &'static str,
    /// Icon of its mark.
    pub icon: &'static str,
    /// Class of the line, for print and for filters.
    pub class: &'static str,
    /// What happened and by whom.
    pub what: AnyView,
    /// When.
    pub at: Stamp,
    /// In somebody's words.
    pub quote: Option<String>,
}

/// Draws a timeline.
pub fn timeline(happenings: Vec<Happening>) -> AnyView {
    let lines = happenings
        .into_iter()
        .map(|Happening { tone, icon, class, what, at, quote }| {
            view! {
                <li class=class>
                    <span class=format!("dot {tone}")><Icon name=icon /></span>
                    <p>{what}</p>
                    <Time at short=true />
                    {quote.map(|text| view! { <blockquote>{text}</blockquote> })}
                </li>
            }
            .into_any()
        })
        .collect::<Vec<_>>();
    view! { <ol class="timeline">{lines}</ol> }.into_any()
}
