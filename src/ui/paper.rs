//! The frame of what is printed: a sheet with the sender's head, a title, its content and a foot. On the screen
//! it looks like paper; printed, it is the paper and nothing of the app is on it.

use super::Icon;
use leptos::prelude::*;

/// A sheet.
pub struct Paper {
    /// Who sends it: name and lines of the address.
    pub sender: Vec<String>,
    /// What it is: “Packing slip TA-104818”.
    pub title: String,
    /// Facts beside the title: date, number, page.
    pub aside: AnyView,
    /// Small print.
    pub foot: String,
    /// US letter instead of A4.
    pub is_letter: bool,
}

/// Opens the browser's print dialog; without a script its menu does.
#[component]
pub fn PrintButton() -> AnyView {
    let print = move |_| {
        // a browser that can't print says so itself
        let _ = window().print();
    };
    view! {
        <button class="button primary needs-script" type="button" on:click=print><Icon name="printer" />"Print"</button>
    }
    .into_any()
}

/// Draws a sheet around its parts.
pub fn paper(paper: Paper, parts: Vec<AnyView>) -> AnyView {
    let Paper { sender, title, aside, foot, is_letter } = paper;
    let class = if is_letter { "paper letter" } else { "paper" };
    let sender = sender.into_iter().map(|line| view! { {line} <br /> }).collect_view();
    view! {
        <article class=class>
            <header>
                <h2>{title}</h2>
                <address>{sender}</address>
                <div class="aside">{aside}</div>
            </header>
            {parts}
            <footer>{foot}</footer>
        </article>
    }
    .into_any()
}
