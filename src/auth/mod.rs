//! Who is at the keyboard and what they may do.
//!
//! Words: a *session* is a signed-in browser, one row of `user_sessions`; a *role* is the one word in
//! `users.role`; a *right* ([`model::Right`]) is what a server function asks for; the table of rights is
//! [`model::Right::holders`]. The users row is read on every request, so a person who is suspended,
//! demoted or deleted is out at the next click.
//!
//! Files: `model` who is signed in, roles, rights, what each sees · `api` sign in and out · `guard` the check each server function
//! begins with · `service` signing in, the chosen look · `attempts` how often · `look` its cookie ·
//! `password` argon2id, bounded · `own_password` changing it · `password_rules` what one may be · `rehash` old hashes ·
//! `activity` what was tried, in words · `device` a browser in words · `links` one-time links · `notice` mails that tell what changed · `store` SQL · `pages`.

pub mod api;
pub mod links;
pub mod model;
pub mod pages;

#[cfg(feature = "ssr")]
pub mod activity;
#[cfg(feature = "ssr")]
mod attempts;
#[cfg(feature = "ssr")]
pub mod device;
#[cfg(feature = "ssr")]
pub mod guard;
#[cfg(feature = "ssr")]
pub mod look;
#[cfg(feature = "ssr")]
pub mod notice;
#[cfg(feature = "ssr")]
pub mod own_password;
#[cfg(feature = "ssr")]
pub mod password;
#[cfg(feature = "ssr")]
pub mod password_rules;
#[cfg(feature = "ssr")]
mod proof;
#[cfg(feature = "ssr")]
mod rehash;
#[cfg(feature = "ssr")]
pub mod second_factor;
#[cfg(feature = "ssr")]
mod service;
#[cfg(feature = "ssr")]
mod step;
#[cfg(feature = "ssr")]
pub mod store;
