//! The application as a client meets it: the real router on a real PostgreSQL, a database a test.
//!
//! `make test` sets `TEST_DATABASE_URL` (a superuser of a cluster that is thrown away).

#![expect(clippy::expect_used, clippy::panic, reason = "a test stops where it stands")]

mod abuse;
mod account;
mod app;
mod archive;
mod attacks;
mod audit;
mod audit_page;
mod audit_record;
mod audit_seal;
mod auth;
mod checkout;
mod command_line;
mod database;
mod demo;
mod export;
mod forms;
mod guarantees;
mod headers;
mod history;
mod jobs;
mod jobs_killed;
mod limits;
mod links;
mod lists;
mod live;
mod logs;
mod mails;
mod map;
mod migrations;
mod moves;
mod order_page;
mod pages;
mod parcels;
mod parsers;
mod phone_orders;
mod plans;
mod privacy;
mod redis;
mod rights;
mod schema;
mod search;
mod search_page;
mod second_factor;
mod security;
mod server;
mod sessions;
mod shell;
mod staff;
mod storage;
mod together;
mod users_list;
mod users_merge;
mod users_person;
mod views;
