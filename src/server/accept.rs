//! The accept loop: HTTP/1.1 with limits that `axum::serve` doesn't have.
//!
//! A client that sends its head slowly, stops reading or leaves a connection idle is cut off; more connections than
//! the cap wait in the kernel's queue; a stop lets requests in flight end and has a hard end itself.

use super::{impatient::Impatient, metrics::Metrics};
use axum::{Router, body::Body, extract::ConnectInfo};
use hyper::{Request, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::{
    net::SocketAddr,
    pin::pin,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Semaphore, watch},
    task::JoinSet,
};
use tower::Service;

/// What a client may take of the server.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections at the same time.
    pub connections: usize,
    /// Time for the whole head of a request; also how long an idle connection is kept.
    pub head: Duration,
    /// Longest time that a write may wait for its reader.
    pub stalled: Duration,
    /// Time that requests in flight have to end after a stop.
    pub grace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 1_024,
            head: Duration::from_secs(15),
            stalled: Duration::from_secs(30),
            grace: Duration::from_secs(10),
        }
    }
}

/// Largest head of a request; more is answered 431.
const LARGEST_HEAD: usize = 32 * 1024;
/// Pause after accept failed, such as for want of file descriptors.
const BREATH: Duration = Duration::from_millis(50);

/// Serves until `stop` holds true, or its sender is gone, and then ends what runs.
pub async fn serve(
    listener: TcpListener,
    app: Router,
    limits: Limits,
    metrics: Arc<Metrics>,
    mut stop: watch::Receiver<bool>,
) {
    let places = Arc::new(Semaphore::new(limits.connections));
    let mut open = JoinSet::new();
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(limits.head).max_buf_size(LARGEST_HEAD);
    loop {
        let place = tokio::select! {
            () = stopped(&mut stop) => break,
            place = Arc::clone(&places).acquire_owned() => place,
        };
        let Ok(place) = place else { break };
        let (stream, peer) = tokio::select! {
            () = stopped(&mut stop) => break,
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "a connection was not accepted");
                    tokio::time::sleep(BREATH).await;
                    continue;
                }
            },
        };
        while open.try_join_next().is_some() {}
        let connection = connection(http.clone(), stream, peer, app.clone(), limits, stop.clone());
        let metrics = Arc::clone(&metrics);
        open.spawn(async move {
            metrics.connections.fetch_add(1, Ordering::Relaxed);
            connection.await;
            metrics.connections.fetch_sub(1, Ordering::Relaxed);
            drop(place);
        });
    }
    drop(listener);
    let all = async { while open.join_next().await.is_some() {} };
    if tokio::time::timeout(limits.grace, all).await.is_err() {
        tracing::warn!(connections = open.len(), "requests were still running after {} s", limits.grace.as_secs());
        open.shutdown().await;
    }
}

/// Ends when a stop was asked for, or nobody is left who could.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

async fn connection(
    http: http1::Builder,
    stream: TcpStream,
    peer: SocketAddr,
    app: Router,
    limits: Limits,
    mut stop: watch::Receiver<bool>,
) {
    // without it the last part of an answer waits for the client's acknowledgement
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        app.clone().call(request)
    });
    let mut connection = pin!(http.serve_connection(TokioIo::new(Impatient::new(stream, limits.stalled)), service));
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stopped(&mut stop) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}
