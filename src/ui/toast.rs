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
            <For each=move || shown.get() key=|(id, _)| *id let:message>
                <div class="toast">
                    <Icon name="circle-check" />
                    <span>{message.1.clone()}</span>
                    <button
                        class="button quiet"
                        type="button"
                        aria-label="Dismiss"
                        on:click=move |_| shown.update(|all| all.retain(|(id, _)| *id != message.0))
                    >
                        <Icon name="x" />
                    </button>
                </div>
            </For>
        </div>
    }
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
