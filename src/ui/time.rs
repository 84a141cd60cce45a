//! Times in the person's zone, UTC on hover.

use crate::stamp::Stamp;
use leptos::prelude::*;

/// A time; short leaves the year out.
#[component]
pub fn Time(
    /// The time.
    at: Stamp,
    /// Without the year.
    #[prop(optional)]
    short: bool,
) -> AnyView {
    let text = if short { at.short } else { at.long };
    let title = format!("{} UTC", at.utc.trim_end_matches('Z').replace('T', " "));
    view! { <time datetime=at.utc title=title>{text}</time> }.into_any()
}
