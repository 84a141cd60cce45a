//! What happened, one below the other, newest first.

use super::{Icon, Link, SafeUrl, Time};
use crate::stamp::Stamp;
use leptos::prelude::*;
use std::borrow::Cow;

/// Something that happened.
pub struct Happening {
    /// Class of its mark beside `dot`: empty, `good`, `bad`.
    pub tone: Cow<'static, str>,
    /// Icon of its mark.
    pub icon: Cow<'static, str>,
    /// Class of the line, for print.
    pub class: Cow<'static, str>,
    /// What happened and by whom.
    pub what: AnyView,
    /// When.
    pub at: Stamp,
    /// The page as it was then; nowhere: there is none.
    pub then: SafeUrl,
    /// In somebody's words.
    pub quote: Option<String>,
    /// What can be done with it.
    pub acts: AnyView,
}

/// Draws a timeline.
pub fn timeline(happenings: Vec<Happening>) -> AnyView {
    let lines = happenings
        .into_iter()
        .map(|Happening { tone, icon, class, what, at, then, quote, acts }| {
            view! {
                <li class=class>
                    <span class=format!("dot {tone}")><Icon name=icon /></span>
                    <p>{what}</p>
                    <Link class="then" to=then><Time at short=true /></Link>
                    {quote.map(|text| view! { <blockquote>{text}</blockquote> })}
                    {acts}
                </li>
            }
            .into_any()
        })
        .collect::<Vec<_>>();
    view! { <ol class="timeline">{lines}</ol> }.into_any()
}
