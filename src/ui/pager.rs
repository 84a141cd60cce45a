//! Below a list: how many rows, page size, newer and older.

use super::{Icon, SafeUrl};
use leptos::prelude::*;

/// The pager of a list; addresses are made by the list, which knows its filters.
#[component]
pub fn Pager(
    /// What tells it from another on the page.
    #[prop(default = "Pages")]
    label: &'static str,
    /// Says how many rows are on show.
    #[prop(into)]
    summary: String,
    /// Page sizes with their addresses; the one in use is marked.
    sizes: Vec<(u16, SafeUrl, bool)>,
    /// Address of the page before.
    newer: Option<SafeUrl>,
    /// Address of the page behind.
    older: Option<SafeUrl>,
) -> AnyView {
    let newer = match newer {
        Some(href) => {
            view! { <a class="button" rel="prev" href=href.into_attribute()><Icon name="chevron-left" />"Previous"</a> }
                .into_any()
        }
        None => {
            view! { <span class="button" aria-disabled="true"><Icon name="chevron-left" />"Previous"</span> }.into_any()
        }
    };
    let older = match older {
        Some(href) => {
            view! { <a class="button" rel="next" href=href.into_attribute()>"Next"<Icon name="chevron-right" /></a> }
                .into_any()
        }
        None => {
            view! { <span class="button" aria-disabled="true">"Next"<Icon name="chevron-right" /></span> }.into_any()
        }
    };
    let sizes = sizes
        .into_iter()
        .map(|(size, href, current)| view! { <a href=href.into_attribute() aria-current=current.then_some("true")>{size}</a> " " })
        .collect_view();
    view! {
        <nav class="pager" aria-label=label>
            <p>{summary}</p>
            <p class="sizes">"Rows " {sizes}</p>
            <div class="actions">{newer} {older}</div>
        </nav>
    }
    .into_any()
}
