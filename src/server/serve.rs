//! `techally serve`: opens the port, runs the worker, ends in order.

use super::{
    accept,
    clock::Clock,
    config::{Config, ConfigError},
    db, health,
    mail::Mailer,
    router,
    state::AppState,
    worker,
};
use crate::{auth::password, jobs::runner, live::hub, stamp::Zone};
use leptos::config::get_configuration;
use std::{
    error::Error,
    net::SocketAddr,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};
use tokio::{net::TcpListener, sync::watch};

/// How long a stopping instance waits for the jobs that it runs.
const JOBS_END: Duration = Duration::from_secs(5);

/// Serves until SIGTERM or Ctrl-C.
///
/// # Errors
/// When a port can't be opened or a setting can't be read.
pub async fn run(config: Config) -> Result<(), Box<dyn Error>> {
    if config.keys.is_empty() {
        return Err(ConfigError::Missing("ENCRYPTION_KEYS").into());
    }
    let state = state(config)?;
    let address = state.leptos.site_addr;
    let limits = accept::Limits { connections: state.config.max_connections, ..accept::Limits::default() };
    let worker = tokio::spawn(worker::run(
        state.db.clone(),
        Mailer::new(&state.config)?,
        state.storage.clone(),
        Zone::named(&state.config.shop_time_zone),
    ));
    let jobs = tokio::spawn(runner::run(state.clone()));
    let ear = tokio::spawn(hub::run(Arc::clone(&state.hub), state.config.database_url.clone()));
    tokio::task::spawn_blocking(password::warm_up);
    let app = router::build(state.clone());
    let listener = listen(address).await?;
    tracing::info!(%address, "serving");
    let (stop, stopped) = watch::channel(false);
    if let Some(address) = state.config.metrics_addr {
        let private = health::private_routes(state.clone());
        let listener = listen(address).await?;
        tracing::info!(%address, "serving metrics");
        tokio::spawn(accept::serve(listener, private, limits, Arc::default(), stopped.clone()));
    }
    let metrics = Arc::clone(&state.metrics);
    tokio::spawn(async move {
        signal().await;
        tracing::info!("stopping");
        // load balancers see it on /readyz while the port is still open
        state.draining.store(true, Ordering::Relaxed);
        tokio::time::sleep(state.config.drain).await;
        let _ = stop.send(true);
    });
    accept::serve(listener, app, limits, metrics, stopped).await;
    worker.abort();
    // handed back between two rows, so that another instance goes on at once
    if tokio::time::timeout(JOBS_END, jobs).await.is_err() {
        tracing::warn!("jobs did not end in time; their leases will run out");
    }
    ear.abort();
    Ok(())
}

async fn listen(address: SocketAddr) -> Result<TcpListener, String> {
    TcpListener::bind(address).await.map_err(|error| format!("can't listen on {address}: {error}"))
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
    let connections = config.database_connections;
    let db = db::pool(&config.database_url, connections, connections, config.database_wait)?;
    Ok(AppState::new(db, config, leptos, Clock::default())?)
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
