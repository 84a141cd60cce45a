//! Jobs: long work beside requests, visible, stoppable, each row once. A *job* is a row of `jobs`, what it works on are its
//! `job_rows`. One runner at a time holds it under a *lease*, kept alive by a heartbeat; its *fence* is the number it got
//! when it took the job, and every write checks it, so that a runner that slept past its lease writes nothing.
//!
//! Files: `kind` the trait and the table of kinds · `queue` SQL of taking, renewing and ending · `run` what a kind is given ·
//! `rows` work row by row · `runner` the loop of each instance · `schedule` kinds that come by themselves · `cleaning` the
//! kind that deletes old jobs · `model` states in words · `store` SQL of the pages · `service`, `told` the pages as data ·
//! `acts` what people do with a job · `api` server functions · `pages` the addresses · `file` rows as CSV.

pub mod api;
pub mod pages;

/// How long a file that a job made can be downloaded.
#[cfg(feature = "ssr")]
pub const FILES_KEPT: time::Duration = time::Duration::days(7);

#[cfg(feature = "ssr")]
mod acts;
#[cfg(feature = "ssr")]
pub mod cleaning;
#[cfg(feature = "ssr")]
pub mod file;
#[cfg(feature = "ssr")]
pub mod kind;
#[cfg(feature = "ssr")]
mod model;
#[cfg(feature = "ssr")]
pub mod queue;
#[cfg(feature = "ssr")]
pub mod rows;
#[cfg(feature = "ssr")]
pub mod run;
#[cfg(feature = "ssr")]
pub mod runner;
#[cfg(feature = "ssr")]
pub mod schedule;
#[cfg(feature = "ssr")]
mod service;
#[cfg(feature = "ssr")]
mod store;
#[cfg(feature = "ssr")]
mod told;
