//! The navigation and the breadcrumbs, from the table of pages.

use super::Icon;
use crate::{
    forms::PageNotes,
    pages::{Group, INBOX, Page, above, find},
};
use leptos::prelude::*;
use leptos_router::hooks::use_location;

/// How many pages the bar at the bottom of a phone has.
const QUICK: usize = 4;

/// The side of the window; on a phone a sheet that the button “All pages” opens, by the browser's own means.
pub(super) fn navigation(open: &[&'static Page], pins: AnyView) -> AnyView {
    let groups = Group::ALL
        .into_iter()
        .filter_map(|group| {
            let links = open
                .iter()
                .filter(|page| page.nav.as_ref().is_some_and(|nav| nav.group == group))
                .map(|page| link(page))
                .collect_view();
            if links.is_empty() {
                return None;
            }
            let title = group.title();
            let id = format!("nav-{}", title.to_ascii_lowercase());
            let labelled_by = (!title.is_empty()).then(|| id.clone());
            let heading = (!title.is_empty()).then(|| view! { <p class="nav-title" id=id>{title}</p> });
            Some(view! { {heading} <ul class="nav" aria-labelledby=labelled_by>{links}</ul> })
        })
        .collect_view();
    view! {
        <nav class="side" id="nav" popover aria-label="Main">
            <a class="brand" href="/">
                <svg class="mark" aria-hidden="true"><use href="/icons.svg#brand"></use></svg>
                "TechAlly"
            </a>
            {groups}
            {pins}
        </nav>
    }
    .into_any()
}

/// The bar at the bottom of a phone: the pages a thumb needs most.
pub(super) fn quick(open: &[&'static Page]) -> AnyView {
    let links = open.iter().take(QUICK).map(|page| link(page)).collect_view();
    view! { <nav class="quick" aria-label="Quick"><ul class="nav">{links}</ul></nav> }.into_any()
}

fn link(page: &'static Page) -> AnyView {
    let path = use_location().pathname;
    // a page is current for what lies below it, too; all lies below the start page
    let current = move || {
        path.with(|path| {
            let below = page.path != "/" && path.strip_prefix(page.path).is_some_and(|rest| rest.starts_with('/'));
            if path == page.path { Some("page") } else { below.then_some("true") }
        })
    };
    let icon = page.nav.as_ref().map_or("house", |nav| nav.icon);
    let waiting = (page.path == INBOX.path).then(|| {
        use_context::<PageNotes>().map(|notes| notes.unread).filter(|unread| !unread.is_empty()).map(|unread| {
            view! { " "<span class="count">{unread}<span class="visually-hidden">" unread"</span></span> }
        })
    });
    view! { <li><a href=page.path aria-current=current><Icon name=icon /><span>{page.title}</span>{waiting}</a></li> }
        .into_any()
}

/// Where this page is, from its address.
pub(super) fn crumbs() -> AnyView {
    let path = use_location().pathname;
    let list = move || {
        path.with(|path| {
            let links = above(path)
                .map(|(page, path)| view! { <li><a href=path.to_owned()>{page.title}</a></li> }.into_any())
                .collect::<Vec<_>>();
            let here = find(path).map_or("Not found", |page| page.title);
            view! { {links}<li aria-current="page">{here}</li> }
        })
    };
    view! { <nav class="crumbs" aria-label="You are here"><ol>{list}</ol></nav> }.into_any()
}
