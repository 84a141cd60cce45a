//! Icons of the sprite `public/icons.svg`.

use leptos::prelude::*;
use std::borrow::Cow;

/// An icon beside a word; by itself it needs a label on what holds it.
#[component]
pub fn Icon(
    /// Name of the symbol in the sprite.
    #[prop(into)]
    name: Cow<'static, str>,
) -> AnyView {
    view! { <svg class="icon" aria-hidden="true"><use href=format!("/icons.svg#{name}")></use></svg> }.into_any()
}

/// Mark and name of the product, above pages without the shell.
pub fn brand() -> AnyView {
    view! {
        <div class="brand">
            <svg class="mark" aria-hidden="true"><use href="/icons.svg#brand"></use></svg>
            "TechAlly Admin"
        </div>
    }
    .into_any()
}
