//! What every request shares.

use super::config::Config;
use axum::extract::FromRef;
use leptos::config::LeptosOptions;
use sqlx::PgPool;
use std::sync::Arc;

/// The application's state: cheap to clone.
#[derive(Clone, Debug)]
pub struct AppState {
    /// The primary, as a member of `techally_admin`.
    pub db: PgPool,
    /// The configuration.
    pub config: Arc<Config>,
    /// Where the browser files are.
    pub leptos: LeptosOptions,
}

impl FromRef<AppState> for LeptosOptions {
    fn from_ref(state: &AppState) -> Self {
        state.leptos.clone()
    }
}
