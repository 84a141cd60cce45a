//! Short messages after an act: a notice in the page without JavaScript, a toast with it.

use super::Icon;
use leptos::prelude::*;

/// Messages on show.
#[derive(Clone, Copy)]
struct Shown(RwSignal<Vec<(u32, String)>>);

/// Provides the list of toasts and shows it; once, in the app.
#[component]
pub fn Toasts() -> impl IntoView {
    let shown = RwSignal::new(Vec::<(u32, String)>::new());
    provide_context(Shown(shown));
    view! {
        <div class="toasts" role="status" aria-live="polite">
            // not <For>: its code would be in the first bundle for this alone
            {move || shown.get().into_iter().map(|(id, message)| one(shown, id, message)).collect_view()}
        </div>
    }
}

fn one(shown: RwSignal<Vec<(u32, String)>>, id: u32, message: String) -> AnyView {
    view! {
        <div class="toast">
            <Icon name="circle-check" />
            <span>{message}</span>
            <button
                class="button quiet"
                type="button"
                aria-label="Dismiss"
                on:click=move |_| shown.update(|all| all.retain(|(other, _)| *other != id))
            >
                <Icon name="x" />
            </button>
        </div>
    }
    .into_any()
}

/// Shows a message for eight seconds.
pub fn toast(message: String) {
    let Some(Shown(shown)) = use_context::<Shown>() else { return };
    let id = shown.with_untracked(|all| all.last().map_or(0, |(id, _)| id + 1));
    shown.update(|all| all.push((id, message)));
    set_timeout(
        move || {
            // the page may be gone by then
            let _ = shown.try_update(|all| all.retain(|(other, _)| *other != id));
        },
        std::time::Duration::from_secs(8),
    );
}
