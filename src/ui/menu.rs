//! A menu of actions that hangs below its button: the browser's own popover, so it opens without JavaScript,
//! closes on Escape and outside, and gives the focus back.

use super::{Icon, SafeUrl};
use leptos::prelude::*;

/// A line of a menu.
pub enum MenuItem {
    /// Leads somewhere.
    Link {
        /// Icon of the sprite.
        icon: &'static str,
        /// Its words.
        label: String,
        /// Where to.
        to: SafeUrl,
    },
    /// Downloads a file.
    File {
        /// Its words.
        label: &'static str,
        /// Where it is.
        to: SafeUrl,
    },
    /// Can't be taken, and why.
    Off {
        /// Icon of the sprite.
        icon: &'static str,
        /// Its words.
        label: &'static str,
        /// Which rule, state or right stands in the way.
        why: &'static str,
    },
    /// Anything else: a form with a button of class `menu-item`, a line.
    Part(AnyView),
}

/// Draws the button and its menu; `id` is unique in the page.
pub fn menu(id: &'static str, class: &'static str, button: AnyView, items: Vec<MenuItem>) -> AnyView {
    let items = items
        .into_iter()
        .map(|item| match item {
            MenuItem::Link { icon, label, to } => {
                view! { <a class="menu-item" href=to.into_attribute()><Icon name=icon />{label}</a> }.into_any()
            }
            // external: the router must leave it to the browser
            MenuItem::File { label, to } => view! {
                <a class="menu-item" href=to.into_attribute() rel="external" download=""><Icon name="download" />{label}</a>
            }
            .into_any(),
            MenuItem::Off { icon, label, why } => view! {
                <p class="menu-item off"><Icon name=icon /><span>{label} <small>{why}</small></span></p>
            }
            .into_any(),
            MenuItem::Part(part) => part,
        })
        .collect::<Vec<_>>();
    view! {
        <button class=class type="button" popovertarget=id>{button}</button>
        <div class="menu hanging" id=id popover>{items}</div>
    }
    .into_any()
}
