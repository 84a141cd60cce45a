//! The look that a person chose, and the cookie that carries their theme to the sign-in page.

use super::model::Me;
use crate::server::state::AppState;
use http::{HeaderValue, header, request::Parts};
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;

/// Name of the cookie; it says `light` or `dark` and nothing about a person.
const COOKIE: &str = "techally_theme";

/// Theme of the document that is drawn, if one was chosen. Draws the cookie level with the person's choice.
pub fn theme(me: Option<&Me>) -> Option<String> {
    let remembered = use_context::<Parts>().and_then(|parts| cookie(&parts));
    let Some(me) = me else { return remembered };
    if remembered.as_deref().unwrap_or("system") != me.theme {
        remember(&me.theme);
    }
    Some(me.theme.clone()).filter(|theme| theme != "system")
}

/// Sends the cookie with the answer that is being made.
pub fn remember(theme: &str) {
    let secure = use_context::<AppState>().is_some_and(|state| state.config.is_secure());
    let (secure, age) = (if secure { "; Secure" } else { "" }, if theme == "system" { 0 } else { 31_536_000 });
    let cookie = format!("{COOKIE}={theme}; Path=/; Max-Age={age}; SameSite=Lax; HttpOnly{secure}");
    if let (Some(options), Ok(cookie)) = (use_context::<ResponseOptions>(), HeaderValue::from_str(&cookie)) {
        options.append_header(header::SET_COOKIE, cookie);
    }
}

fn cookie(parts: &Parts) -> Option<String> {
    let cookies = parts.headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let theme = cookies
        .flat_map(|cookies| cookies.split(';'))
        .filter_map(|cookie| cookie.trim().split_once('='))
        .find_map(|(name, value)| (name == COOKIE).then_some(value))?;
    matches!(theme, "light" | "dark").then(|| theme.to_owned())
}
