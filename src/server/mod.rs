//! The server around the features: configuration, pools, sessions, forms, router, worker.

pub mod cli;
pub mod config;
pub mod csrf;
pub mod db;
pub mod demo;
pub mod forms;
pub mod migrate;
pub mod pages;
pub mod router;
pub mod serve;
pub mod sessions;
pub mod staff;
pub mod state;
pub mod telemetry;
pub mod verify_audit;
pub mod worker;
