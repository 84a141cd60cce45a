//! What surrounds every signed-in page.

use super::{
    Icon,
    arrive::{focus_main, watch_arrivals},
    browser::close_menus,
    me_menu::me_menu,
    navigation::{crumbs, navigation, quick},
    shortcuts::shortcuts,
};
use crate::{
    auth::model::Me,
    forms::PageNotes,
    pages::{PAGES, Page},
};
use leptos::prelude::*;
use leptos_router::hooks::use_location;

/// The shell around the pages.
#[component]
pub fn Shell(
    /// Who is signed in.
    me: Me,
    /// What stands below the pages in the navigation.
    pins: AnyView,
    /// The page.
    children: Children,
) -> impl IntoView {
    watch_arrivals();
    let extras = use_context::<PageNotes>().map(|notes| notes.extras).unwrap_or_default();
    let open: Vec<&'static Page> =
        PAGES.into_iter().filter(|page| page.nav.is_some() && page.is_open_to(Some(&me), extras)).collect();
    let path = use_location().pathname;
    Effect::new(move |before: Option<String>| {
        let now = path.get();
        if before.is_some_and(|before| before != now) {
            close_menus();
        }
        now
    });
    view! {
        // external: the browser's own jump, also before the app is alive; the router would only scroll
        <a class="skip" href="#main" rel="external" on:click=|_| focus_main()>"Skip to content"</a>
        <div class="shell">
            {navigation(&open, pins)}
            <header class="top">
                <button class="button quiet nav-open" type="button" popovertarget="nav" aria-label="All pages">
                    <Icon name="menu" />
                </button>
                {crumbs()}
                // public/news.js fills it
                <div class="news" id="news" role="status"></div>
                // public/palette.js opens the palette instead
                <a class="seek" href="/search" aria-keyshortcuts="Control+K Meta+K">
                    <Icon name="search" /><span>"Search"</span><kbd class="needs-script" aria-hidden="true">"Ctrl K"</kbd>
                </a>
                {me_menu(&me)}
            </header>
            <main class="main" id="main" tabindex="-1">
                <Flash />
                {children()}
            </main>
            {quick(&open)}
        </div>
        {shortcuts(open)}
    }
}

/// What the post before this page did; gone on the next page.
#[component]
fn Flash() -> impl IntoView {
    let flash = use_context::<PageNotes>().and_then(|notes| notes.flash);
    let here = use_location().pathname;
    let drawn_at = here.get_untracked();
    let visible = Memo::new(move |_| here.with(|path| *path == drawn_at));
    flash.map(|message| {
        view! {
            <Show when=move || visible.get()>
                <div class="notice good" role="status"><Icon name="circle-check" /><div><p>{message.clone()}</p></div></div>
            </Show>
        }
    })
}
