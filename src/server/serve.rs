//! `techally serve`: opens the port, runs the worker, ends in order.

use super::{config::Config, db, router, state::AppState, worker};
use crate::auth::password;
use leptos::config::get_configuration;
use std::{error::Error, sync::Arc, time::Duration};
use tokio::net::TcpListener;

/// Time that requests in flight have to end after a stop signal.
const GRACE: Duration = Duration::from_secs(10);

/// Serves until SIGTERM or Ctrl-C.
///
/// # Errors
/// When the port can't be opened or a setting can't be read.
pub async fn run(config: Config) -> Result<(), Box<dyn Error>> {
    let state = state(config)?;
    let address = state.leptos.site_addr;
    let worker = tokio::spawn(worker::run(state.db.clone()));
    tokio::task::spawn_blocking(password::warm_up);
    let app = router::build(state);
    let listener = TcpListener::bind(address).await.map_err(|error| format!("can't listen on {address}: {error}"))?;
    tracing::info!(%address, "serving");
    let (stop, stopped) = tokio::sync::watch::channel(());
    let mut grace_begins = stopped.clone();
    let serving = axum::serve(listener, app).with_graceful_shutdown(async move {
        let mut stopped = stopped;
        // an error means that the sender is gone, which is a stop as well
        let _ = stopped.changed().await;
    });
    tokio::spawn(async move {
        signal().await;
        tracing::info!("stopping");
        let _ = stop.send(());
    });
    tokio::select! {
        result = serving.into_future() => result?,
        () = async { let _ = grace_begins.changed().await; tokio::time::sleep(GRACE).await; } => {
            tracing::warn!("requests were still running after {} s", GRACE.as_secs());
        }
    }
    worker.abort();
    Ok(())
}

/// The state that serves: pool, configuration, browser files.
///
/// # Errors
/// When Leptos.toml or the database address can't be read.
pub fn state(config: Config) -> Result<AppState, Box<dyn Error>> {
    let mut leptos = get_configuration(Some("Leptos.toml"))?.leptos_options;
    // tools/build.sh puts the browser files into pkg/<hash of contents>/ and names that folder here
    if let Ok(folder) = std::fs::read_to_string(format!("{}/pkg.dir", leptos.site_root)) {
        leptos.site_pkg_dir = folder.trim().into();
    }
    let db = db::pool(&config.database_url, config.database_connections)?;
    Ok(AppState { db, config: Arc::new(config), leptos })
}

async fn signal() {
    let interrupt = tokio::signal::ctrl_c();
    match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! { _ = interrupt => {}, _ = terminate.recv() => {} }
        }
        Err(_) => {
            let _ = interrupt.await;
        }
    }
}
