//! TechAlly Admin: the back office of an electronics shop.
//!
//! Each feature is a folder with the same files (see `orders` for the pattern): words and files in `mod.rs`,
//! shared types and rules in `model.rs`, server functions in `api.rs`, one page a file under `pages/`,
//! transactions in `service.rs`, SQL in `store.rs`. `ui` has the components, `server` what surrounds
//! the features. `docs/architecture.md` explains the whole.

// the types of nested views are deep
#![recursion_limit = "256"]

pub mod account;
pub mod app;
pub mod audit;
pub mod auth;
pub mod cards;
pub mod codec;
pub mod error;
pub mod forms;
pub mod home;
pub mod inbox;
pub mod jobs;
pub mod list;
pub mod live;
pub mod money;
pub mod orders;
pub mod outbox;
pub mod pages;
#[cfg(feature = "ssr")]
pub mod paging;
pub mod privacy;
pub mod record;
pub mod route;
pub mod search;
pub mod settings;
pub mod sheet;
pub mod staff;
pub mod stamp;
pub mod ui;
pub mod users;

#[cfg(feature = "ssr")]
pub mod server;

/// Takes over the page that the server drew, and marks the document when it has: until then `public/live.js` keeps clicks on
/// links from the router, which would change the address under a page that comes alive with what it had.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    // an error means that it was begun already
    let _ = any_spawner::Executor::init_wasm_bindgen();
    leptos::task::spawn_local(async {
        let body = leptos::prelude::document().body();
        let Some(body) = body else { return };
        leptos::mount::hydrate_from_async(body, app::App).await.forget();
        if let Some(document) = leptos::prelude::document().document_element() {
            // can't fail: the name is one
            let _ = document.set_attribute("data-alive", "");
        }
    });
}
