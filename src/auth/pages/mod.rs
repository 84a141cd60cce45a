//! Pages of `auth`.

pub mod code;
pub mod forgot;
pub mod link;
pub mod login;
pub mod second_factor;

use super::model::Me;
use crate::ui::brand;
use leptos::prelude::*;
use leptos_meta::Title;

/// A page by itself: the name of the product, and a card. Inside the shell for who is signed in already.
fn alone(title: &'static str, card: AnyView) -> AnyView {
    let inside = view! { <Title text=title /> {brand()} {card} }.into_any();
    if use_context::<Me>().is_some() {
        view! { <div class="alone">{inside}</div> }.into_any()
    } else {
        view! { <main class="alone" id="main">{inside}</main> }.into_any()
    }
}
