//! An S3 server inside the process, over a folder: what a shop without an object store has, with the same client before
//! it. It listens on a random port of the loopback, for a key that is made at its start and known to this process alone,
//! and checks the signature (version 4) of each request and of each body. It knows what the client here asks for, and no
//! more: Put, Get (with ranges), Head, Delete, Copy, List, and the six calls of multipart uploads.
//!
//! In the folder: `objects/<name>`, `uploads/<id>/` with the name in `key` and the parts, `drafts/` for what isn't whole
//! yet. Each file is whole and on the disk before it gets its name.

mod answers;
mod folder;
mod objects;
mod range;
mod signature;
#[cfg(test)]
mod tests;
mod uploads;

use crate::server::{accept, hex::hex};
use answers::Refusal;
use axum::{
    Router,
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use folder::Folder;
use http::Method;
use signature::Key;
use std::{
    collections::HashMap,
    io,
    net::{Ipv4Addr, TcpListener},
    path::Path,
    sync::Arc,
};
use tokio::sync::watch;

/// Its region.
pub(super) const REGION: &str = "local";
/// Its bucket.
pub(super) const BUCKET: &str = "techally";

/// A running server; ends with this.
pub(super) struct Embedded {
    pub endpoint: String,
    pub access_key_id: String,
    pub secret_access_key: String,
    _stop: watch::Sender<bool>,
}

struct Server {
    folder: Folder,
    key: Key,
}

impl Embedded {
    /// Makes the folder, which is nobody else's to read, and serves it.
    pub(super) async fn start(folder: &Path) -> io::Result<Self> {
        let folder = Folder::open(folder).await?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let endpoint = format!("http://{}", listener.local_addr()?);
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let (access_key_id, secret_access_key) = (random::<10>()?, random::<32>()?);
        let key = Key { id: access_key_id.clone(), secret: secret_access_key.clone() };
        let app = Router::new().fallback(answer).with_state(Arc::new(Server { folder, key }));
        let (stop, stopped) = watch::channel(false);
        tokio::spawn(accept::serve(listener, app, accept::Limits::default(), Arc::default(), stopped));
        Ok(Self { endpoint, access_key_id, secret_access_key, _stop: stop })
    }
}

fn random<const BYTES: usize>() -> io::Result<String> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(hex(&bytes))
}

async fn answer(State(server): State<Arc<Server>>, request: Request) -> Response {
    match server.answer(request).await {
        Ok(response) => response,
        Err(refusal) => refusal.into_response(),
    }
}

impl Server {
    async fn answer(&self, request: Request) -> Result<Response, Refusal> {
        let body_hash = signature::check(&self.key, &request, time::OffsetDateTime::now_utc())?;
        let (parts, body) = request.into_parts();
        let query: HashMap<String, String> =
            form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
        let bucket = format!("/{BUCKET}");
        let path = parts.uri.path().strip_prefix(&bucket).ok_or(Refusal::NoSuchBucket)?;
        let folder = &self.folder;
        let Some(key) = path.strip_prefix('/').filter(|key| !key.is_empty()) else {
            return match parts.method {
                Method::HEAD => Ok(().into_response()),
                Method::GET if query.contains_key("uploads") => uploads::list(folder).await,
                Method::GET if query.contains_key("list-type") => objects::list(folder, &query).await,
                _ => Err(Refusal::NotImplemented),
            };
        };
        let upload = query.get("uploadId").map(String::as_str);
        match (parts.method, upload) {
            (Method::POST, None) if query.contains_key("uploads") => uploads::begin(folder, key).await,
            (Method::PUT, Some(upload)) => uploads::put_part(folder, key, upload, &query, body, &body_hash).await,
            (Method::GET, Some(upload)) => uploads::parts(folder, key, upload).await,
            (Method::POST, Some(upload)) => uploads::complete(folder, key, upload, body, &body_hash).await,
            (Method::DELETE, Some(upload)) => uploads::abort(folder, key, upload).await,
            (Method::PUT, None) => match parts.headers.get("x-amz-copy-source") {
                Some(from) => objects::copy(folder, from, key).await,
                None => objects::put(folder, key, body, &body_hash).await,
            },
            (Method::GET, None) => objects::get(folder, key, &parts.headers, &query).await,
            (Method::HEAD, None) => objects::head(folder, key).await,
            (Method::DELETE, None) => objects::delete(folder, key).await,
            _ => Err(Refusal::NotImplemented),
        }
    }
}
