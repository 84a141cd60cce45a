//! What an order's page draws of what happens meanwhile: who else is here, and a bar when somebody changed it. Nothing
//! moves under the cursor: the new state is drawn when the person asks for it, and `public/live.js` puts back what was being
//! typed.

use super::{EVERY, api::here};
use crate::{auth::model::Me, ui::Icon};
use leptos::{ev, prelude::*, task::spawn_local, wasm_bindgen::JsCast, web_sys::CustomEvent};
use std::time::Duration;
use uuid::Uuid;

/// The event of `public/live.js`; its detail is the hint.
const EVENT: &str = "techally:hint";

/// Who else looks at the order, and whether it was changed meanwhile; `show` draws it anew.
pub fn together(order: Uuid, show: Callback<()>) -> AnyView {
    let others = RwSignal::new(Vec::<String>::new());
    let changed = RwSignal::new(false);
    let me = use_context::<Me>().map(|me| me.id.to_string()).unwrap_or_default();
    // whatever happened to it: `order`, `note` or `new`
    let (id, all) = (format!("{order} "), "all");
    Effect::new(move |_| {
        let look = move || {
            spawn_local(async move {
                // who is here is nice to know: without an answer the page says nothing
                if let Ok(names) = here(order).await {
                    let _ = others.try_set(names);
                }
            });
        };
        look();
        if let Ok(beat) = set_interval_with_handle(look, Duration::from_secs(EVERY)) {
            on_cleanup(move || beat.clear());
        }
        let (id, me) = (id.clone(), me.clone());
        let heard = window_event_listener_untyped(EVENT, move |event: ev::Event| {
            let hint = event.dyn_ref::<CustomEvent>().and_then(|event| event.detail().as_string()).unwrap_or_default();
            let by_other = hint.split_once(' ').and_then(|(_, what)| what.strip_prefix(&id)).is_some_and(|by| by != me);
            if by_other || hint == all {
                let _ = changed.try_set(true);
            }
        });
        on_cleanup(move || heard.remove());
    });
    view! {
        <div class="together" role="status">
            {move || others.with(|names| (!names.is_empty()).then(|| {
                let words = format!("Also here: {}", names.join(", "));
                view! { <p class="others-here"><Icon name="users" />{words}</p> }
            }))}
            {move || changed.get().then(|| view! {
                <div class="notice">
                    <Icon name="refresh-cw" />
                    <p>"This order was changed by somebody else. "</p>
                    <button class="button" type="button" data-redraws="" on:click=move |_| { changed.set(false); show.run(()); }>"Show the changes"</button>
                </div>
            })}
        </div>
    }
    .into_any()
}
