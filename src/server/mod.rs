//! The server around the features: configuration, pools, sessions, forms, router, worker.

pub mod accept;
pub mod cli;
pub mod client;
pub mod clock;
pub mod config;
pub mod csrf;
pub mod db;
pub mod demo;
pub mod edge;
pub mod forms;
pub mod functions;
pub mod health;
pub mod impatient;
pub mod kept;
pub mod limits;
pub mod metrics;
pub mod migrate;
pub mod pages;
pub mod redis;
pub mod router;
pub mod serve;
pub mod sessions;
pub mod staff;
pub mod state;
pub mod telemetry;
pub mod worker;
