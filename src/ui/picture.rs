//! A small picture beside a name.

use super::SafeUrl;
use leptos::prelude::*;

/// A picture that says no more than the name beside it; its place is kept where there is none.
#[component]
pub fn Picture(
    /// Its address.
    at: SafeUrl,
) -> AnyView {
    match at.into_attribute() {
        Some(at) => view! { <img class="picture" src=at alt="" width="40" height="40" loading="lazy" /> }.into_any(),
        None => view! { <span class="picture"></span> }.into_any(),
    }
}
