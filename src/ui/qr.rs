//! The picture that sets up an authenticator app.

use leptos::prelude::*;

/// Modules of the quiet zone that readers need around it.
const QUIET: i32 = 4;

/// A QR code, dark on light in either theme, and the key to type for those who can't scan.
pub fn qr(size: i32, path: String, manual_key: String) -> AnyView {
    let side = size + 2 * QUIET;
    let frame = format!("{} {} {side} {side}", -QUIET, -QUIET);
    view! {
        <figure class="qr">
            <svg viewBox=frame role="img" aria-label="QR code for your authenticator app" shape-rendering="crispEdges">
                <path d=path></path>
            </svg>
            <figcaption>
                "Can’t scan? Enter this key: " <code class="key">{manual_key}</code>
            </figcaption>
        </figure>
    }
    .into_any()
}
