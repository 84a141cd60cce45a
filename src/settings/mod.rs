//! How the shop and its people are set up: `/settings/…`. So far the table of who may what.

pub mod pages;
