//! Files: exports, later pictures. One S3 client for whatever server there is; without one this process serves a folder
//! to itself as one ([`embedded`]), so that the same code runs everywhere.
//!
//! A file is a row of `files` and an object named by the SHA-256 of its contents (`export/ab/cd/abcd…`): equal contents
//! are one object, which goes with the last row that needs it. Who writes a file ([`Writer`]) need not know its size, has
//! one part of it in memory, and can go on after a crash. How the name is known before the contents are: it isn't. Parts
//! go to `writing/<id of the row>`, and the finished object is copied on the server to its name; contents of less than a
//! part go to their name at once. Objects are read by the server ([`Storage::read`]) or by a link that ends after five
//! minutes ([`Storage::signed_link`]); nothing in the bucket is public. What nobody needs is deleted by [`clean`].

pub mod clean;
mod client;
pub mod download;
mod embedded;
mod error;
mod files;
mod links;
mod objects;
mod writer;

pub use client::Patience;
pub use error::StorageError;
pub use files::{File, NewFile, Purpose, Stored, avatar, create, give_up, keep, of_owner, publish};
pub use links::{LONGEST_LINK, Link};
pub use objects::{Pieces, Reading};
pub use writer::{PART, Place, Writer};

use super::{
    config::{Files, S3},
    metrics::Metrics,
};
use aws_sdk_s3::Client;
use client::{Server, connect};
use embedded::Embedded;
use links::Links;
use secrecy::ExposeSecret;
use std::{
    fmt,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};
use tokio::sync::OnceCell;

/// Where files are kept; cheap to clone.
#[derive(Clone)]
pub struct Storage(Arc<Inner>);

struct Inner {
    place: Whereabouts,
    patience: Patience,
    metrics: Arc<Metrics>,
    /// What the last call found.
    up: AtomicBool,
    /// Made when it is first needed: nothing that goes wrong there keeps the server from starting.
    backend: OnceCell<Backend>,
}

enum Whereabouts {
    Folder(PathBuf),
    Server(S3),
}

/// A client, its bucket, and how links are made.
struct Backend {
    client: Client,
    bucket: String,
    links: Links,
    /// Ends with this.
    _embedded: Option<Embedded>,
}

impl fmt::Debug for Storage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Storage").finish_non_exhaustive()
    }
}

impl Storage {
    /// As configured. Nothing is connected to, or begun, before the first call.
    #[must_use]
    pub fn new(files: &Files, metrics: Arc<Metrics>) -> Self {
        let place = match &files.s3 {
            Some(server) => Whereabouts::Server(server.clone()),
            None => Whereabouts::Folder(files.folder.clone()),
        };
        let (patience, up) = (files.patience, AtomicBool::new(true));
        Self(Arc::new(Inner { place, patience, metrics, up, backend: OnceCell::new() }))
    }

    /// Whether the last call was answered.
    #[must_use]
    pub fn is_up(&self) -> bool {
        self.0.up.load(Ordering::Relaxed)
    }

    async fn backend(&self) -> Result<&Backend, StorageError> {
        self.0.backend.get_or_try_init(|| self.open()).await
    }

    async fn open(&self) -> Result<Backend, StorageError> {
        match &self.0.place {
            Whereabouts::Folder(folder) => {
                let embedded = Embedded::start(folder).await?;
                let client = connect(
                    &Server {
                        endpoint: Some(&embedded.endpoint),
                        region: embedded::REGION,
                        access_key_id: &embedded.access_key_id,
                        secret_access_key: &embedded.secret_access_key,
                        path_style: true,
                    },
                    &self.0.patience,
                );
                let links = Links::Ours(links::key_in(folder)?);
                Ok(Backend { client, bucket: embedded::BUCKET.into(), links, _embedded: Some(embedded) })
            }
            Whereabouts::Server(s3) => {
                let of = |endpoint: &Option<String>| {
                    connect(
                        &Server {
                            endpoint: endpoint.as_deref(),
                            region: &s3.region,
                            access_key_id: s3.access_key_id.expose_secret(),
                            secret_access_key: s3.secret_access_key.expose_secret(),
                            path_style: s3.path_style,
                        },
                        &self.0.patience,
                    )
                };
                let client = of(&s3.endpoint);
                // signs only, and never connects
                let public = s3.public_endpoint.as_ref().map(|_| of(&s3.public_endpoint));
                let links = Links::Servers(public.unwrap_or_else(|| client.clone()));
                Ok(Backend { client, bucket: s3.bucket.clone(), links, _embedded: None })
            }
        }
    }
}
