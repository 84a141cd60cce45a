//! Configuration, read once from the environment. Every variable is explained in `.env.example`.

use secrecy::SecretString;
use std::{env, time::Duration};

/// What the environment says.
#[derive(Clone, Debug)]
pub struct Config {
    /// Login that serves requests: a member of `techally_admin`, never owner or superuser.
    pub database_url: SecretString,
    /// Login that migrates and loads demo data.
    pub migration_database_url: SecretString,
    /// Connections of the pool that serves requests.
    pub database_connections: u32,
    /// Address people use; decides `Secure` cookies and HSTS. Never taken from a request.
    pub public_url: String,
    /// Keys that may post to `/api/orders`.
    pub checkout_api_keys: Vec<SecretString>,
    /// How long stock is held for an unpaid order.
    pub order_hold: Duration,
    /// Whether `/dev/…` exists: pages for those who build this.
    pub dev_pages: bool,
    /// Structured logs for machines instead of lines for people.
    pub log_json: bool,
}

/// Why the configuration can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A variable that has no default is missing.
    #[error("{0} is not set; `make run` sets it, and .env.example explains it")]
    Missing(&'static str),
    /// A variable can't be read.
    #[error("{name} is “{value}”, which is no {wanted}")]
    Invalid {
        /// The variable.
        name: &'static str,
        /// What it says.
        value: String,
        /// What it should be.
        wanted: &'static str,
    },
}

impl Config {
    /// Reads the environment.
    ///
    /// # Errors
    /// When a variable is missing or unreadable.
    pub fn from_env() -> Result<Self, ConfigError> {
        let database_url = text("DATABASE_URL").ok_or(ConfigError::Missing("DATABASE_URL"))?;
        let migration_database_url = text("MIGRATION_DATABASE_URL").unwrap_or_else(|| database_url.clone());
        Ok(Self {
            database_url: database_url.into(),
            migration_database_url: migration_database_url.into(),
            database_connections: number("DATABASE_CONNECTIONS", 16)?,
            public_url: text("PUBLIC_URL").unwrap_or_else(|| "http://127.0.0.1:3000".into()),
            checkout_api_keys: text("CHECKOUT_API_KEYS")
                .unwrap_or_default()
                .split(',')
                .map(str::trim)
                .filter(|key| !key.is_empty())
                .map(SecretString::from)
                .collect(),
            order_hold: Duration::from_secs(60 * number::<u64>("ORDER_HOLD_MINUTES", 30)?),
            dev_pages: text("DEV_PAGES").is_some_and(|word| word == "yes") || text("LEPTOS_WATCH").is_some(),
            log_json: text("LOG_FORMAT").is_some_and(|format| format == "json"),
        })
    }

    /// Whether people reach us over TLS.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.public_url.starts_with("https://")
    }

    /// Name of the session cookie: `__Host-` binds it to this host, but only works over TLS.
    #[must_use]
    pub fn cookie_name(&self) -> &'static str {
        if self.is_secure() { "__Host-techally" } else { "techally" }
    }
}

fn text(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

fn number<N: std::str::FromStr>(name: &'static str, default: N) -> Result<N, ConfigError> {
    text(name).map_or(Ok(default), |value| {
        value.parse().map_err(|_| ConfigError::Invalid { name, value, wanted: "whole number" })
    })
}
