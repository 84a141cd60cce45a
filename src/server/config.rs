//! Configuration, read once from the environment. Every variable is explained in `.env.example`.

use super::{keys::Keys, storage::Patience};
use crate::{pages::Extras, stamp::DEFAULT_ZONE};
use ipnet::IpNet;
use secrecy::SecretString;
use std::{
    env,
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

/// What the environment says.
#[derive(Clone, Debug)]
pub struct Config {
    /// Login that serves requests: a member of `techally_admin`, never owner or superuser.
    pub database_url: SecretString,
    /// Login that migrates and loads demo data.
    pub migration_database_url: SecretString,
    /// Connections of the pool that serves requests.
    pub database_connections: u32,
    /// Longest wait for one of them: a page that waits longer is answered 503.
    pub database_wait: Duration,
    /// Address people use; decides `Secure` cookies and HSTS. Never taken from a request.
    pub public_url: String,
    /// What secrets are encrypted and links signed with; needed to serve.
    pub keys: Keys,
    /// Keys that may post to `/api/orders`.
    pub checkout_api_keys: Vec<SecretString>,
    /// How long stock is held for an unpaid order.
    pub order_hold: Duration,
    /// Whether `/dev/…` exists: pages for those who build this.
    pub dev_pages: bool,
    /// Whether `/dev/mail` shows the outbox, links and all: on a developer's machine and in the demo; never with a mail
    /// server.
    pub dev_mail: bool,
    /// Structured logs for machines instead of lines for people.
    pub log_json: bool,
    /// Whether spans are sent to an OpenTelemetry collector; where to, says `OTEL_EXPORTER_OTLP_ENDPOINT`.
    pub traces: bool,
    /// Redis that instances share; without it each counts for itself.
    pub redis_url: Option<SecretString>,
    /// Mail server; without it mails wait in the outbox.
    pub smtp_url: Option<SecretString>,
    /// Who mails are from.
    pub mail_from: String,
    /// Proxies whose X-Forwarded-For is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Where figures are served to whoever reaches it.
    pub metrics_addr: Option<SocketAddr>,
    /// What opens `/metrics` on the public address.
    pub metrics_token: Option<SecretString>,
    /// Client connections at the same time.
    pub max_connections: usize,
    /// Jobs that this instance runs at the same time; none: it leaves them to others.
    pub job_runners: usize,
    /// How long a job is left to a runner that says nothing.
    pub job_lease: Duration,
    /// The shop's time zone (IANA): when scheduled jobs come.
    pub shop_time_zone: String,
    /// How long a stopping instance says so on `/readyz` before it closes its port.
    pub drain: Duration,
    /// Where files are kept.
    pub files: Files,
}

/// Where files are kept: an S3 server, or a folder that this process serves to itself as one.
#[derive(Clone, Debug)]
pub struct Files {
    /// The folder, when there is no server.
    pub folder: PathBuf,
    /// The server.
    pub s3: Option<S3>,
    /// How long it is waited for.
    pub patience: Patience,
}

/// An S3 server.
#[derive(Clone, Debug)]
pub struct S3 {
    /// Its address; AWS by its region otherwise.
    pub endpoint: Option<String>,
    /// The address by which browsers reach it, when that is another.
    pub public_endpoint: Option<String>,
    /// Its region.
    pub region: String,
    /// The bucket, which is there already and private.
    pub bucket: String,
    /// Who we are.
    pub access_key_id: SecretString,
    /// What only we know.
    pub secret_access_key: SecretString,
    /// Whether the bucket stands in the path instead of before the host's name.
    pub path_style: bool,
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
        /// What it says; dots for a secret.
        value: String,
        /// What it should be.
        wanted: &'static str,
    },
}

impl Config {
    /// The defaults, with one login for everything.
    #[must_use]
    pub fn with_database(url: SecretString) -> Self {
        Self {
            migration_database_url: url.clone(),
            database_url: url,
            database_connections: 16,
            // so that a full pool is said within a second in all
            database_wait: Duration::from_millis(800),
            public_url: "http://127.0.0.1:3000".into(),
            keys: Keys::default(),
            checkout_api_keys: Vec::new(),
            order_hold: Duration::from_mins(30),
            dev_pages: false,
            dev_mail: false,
            log_json: false,
            traces: false,
            redis_url: None,
            smtp_url: None,
            mail_from: "TechAlly <shop@techally.example>".into(),
            trusted_proxies: Vec::new(),
            metrics_addr: None,
            metrics_token: None,
            max_connections: 1_024,
            job_runners: 2,
            job_lease: Duration::from_secs(30),
            shop_time_zone: DEFAULT_ZONE.into(),
            drain: Duration::ZERO,
            files: Files { folder: ".local/files".into(), s3: None, patience: Patience::default() },
        }
    }

    /// Reads the environment.
    ///
    /// # Errors
    /// When a variable is missing or unreadable.
    pub fn from_env() -> Result<Self, ConfigError> {
        let database_url: SecretString = text("DATABASE_URL").ok_or(ConfigError::Missing("DATABASE_URL"))?.into();
        let defaults = Self::with_database(database_url);
        let public_url = text("PUBLIC_URL").unwrap_or(defaults.public_url);
        let dev_pages = text("DEV_PAGES").is_some_and(|word| word == "yes") || text("LEPTOS_WATCH").is_some();
        let smtp_url = text("SMTP_URL").map(SecretString::from);
        Ok(Self {
            migration_database_url: text("MIGRATION_DATABASE_URL")
                .map_or(defaults.migration_database_url, SecretString::from),
            database_connections: number("DATABASE_CONNECTIONS", defaults.database_connections)?,
            database_wait: number("DATABASE_WAIT_MS", 800).map(Duration::from_millis)?,
            dev_mail: smtp_url.is_none() && (dev_pages || is_this_machine(&public_url)),
            public_url,
            keys: keys()?,
            checkout_api_keys: list("CHECKOUT_API_KEYS").into_iter().map(SecretString::from).collect(),
            order_hold: Duration::from_secs(60 * number::<u64>("ORDER_HOLD_MINUTES", 30)?),
            dev_pages,
            log_json: text("LOG_FORMAT").is_some_and(|format| format == "json"),
            traces: text("OTEL_EXPORTER_OTLP_ENDPOINT").is_some(),
            redis_url: text("REDIS_URL").map(SecretString::from),
            smtp_url,
            mail_from: text("MAIL_FROM").unwrap_or(defaults.mail_from),
            trusted_proxies: list("TRUSTED_PROXIES")
                .into_iter()
                .map(|value| {
                    network(&value).ok_or(ConfigError::Invalid {
                        name: "TRUSTED_PROXIES",
                        value,
                        wanted: "address or network",
                    })
                })
                .collect::<Result<_, _>>()?,
            metrics_addr: text("METRICS_ADDR")
                .map(|value| {
                    value.parse().map_err(|_| ConfigError::Invalid {
                        name: "METRICS_ADDR",
                        value,
                        wanted: "address and port",
                    })
                })
                .transpose()?,
            metrics_token: text("METRICS_TOKEN").map(SecretString::from),
            max_connections: number("MAX_CONNECTIONS", defaults.max_connections)?,
            job_runners: number("JOB_RUNNERS", defaults.job_runners)?,
            job_lease: Duration::from_secs(number::<u64>("JOB_LEASE_SECONDS", 30)?.max(1)),
            shop_time_zone: text("SHOP_TIME_ZONE").unwrap_or(defaults.shop_time_zone),
            drain: Duration::from_secs(number("DRAIN_SECONDS", 0)?),
            files: Files {
                folder: text("STORAGE_DIR").map_or(defaults.files.folder, PathBuf::from),
                s3: s3()?,
                patience: defaults.files.patience,
            },
            ..defaults
        })
    }

    /// Pages that exist here and not everywhere.
    #[must_use]
    pub fn extras(&self) -> Extras {
        // asked again here: whoever sets the fields, mails are shown only where none leaves
        Extras { components: self.dev_pages, mails: self.dev_mail && self.smtp_url.is_none() }
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

    /// Name of the cookie by which a browser that signed in before is known.
    #[must_use]
    pub fn device_cookie_name(&self) -> &'static str {
        if self.is_secure() { "__Host-techally-device" } else { "techally-device" }
    }
}

/// Whether an address leads nowhere but to the machine of who follows it.
fn is_this_machine(url: &str) -> bool {
    let Ok(uri) = url.parse::<http::Uri>() else { return false };
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// The keys, if any are set.
fn keys() -> Result<Keys, ConfigError> {
    Keys::parse(&text("ENCRYPTION_KEYS").unwrap_or_default().into()).ok_or_else(|| ConfigError::Invalid {
        name: "ENCRYPTION_KEYS",
        value: "…".into(),
        wanted: "list of keys such as 2026:<64 hexadecimal digits> (openssl rand -hex 32)",
    })
}

/// A server when one is named; then all that it takes must be there.
fn s3() -> Result<Option<S3>, ConfigError> {
    let endpoint = text("S3_ENDPOINT");
    if endpoint.is_none() && text("S3_BUCKET").is_none() {
        return Ok(None);
    }
    let needed = |name| text(name).ok_or(ConfigError::Missing(name));
    let path_style = match text("S3_PATH_STYLE").as_deref() {
        None => endpoint.is_some(),
        Some("yes") => true,
        Some("no") => false,
        Some(other) => {
            return Err(ConfigError::Invalid { name: "S3_PATH_STYLE", value: other.into(), wanted: "yes or no" });
        }
    };
    Ok(Some(S3 {
        path_style,
        endpoint: address("S3_ENDPOINT", endpoint)?,
        public_endpoint: address("S3_PUBLIC_ENDPOINT", text("S3_PUBLIC_ENDPOINT"))?,
        region: text("S3_REGION").unwrap_or_else(|| "us-east-1".into()),
        bucket: needed("S3_BUCKET")?,
        access_key_id: needed("S3_ACCESS_KEY_ID")?.into(),
        secret_access_key: needed("S3_SECRET_ACCESS_KEY")?.into(),
    }))
}

fn address(name: &'static str, value: Option<String>) -> Result<Option<String>, ConfigError> {
    match value {
        Some(value) if !value.starts_with("http://") && !value.starts_with("https://") => {
            Err(ConfigError::Invalid { name, value, wanted: "address such as https://s3.example" })
        }
        value => Ok(value),
    }
}

fn text(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// Values separated by commas.
fn list(name: &str) -> Vec<String> {
    let text = text(name).unwrap_or_default();
    text.split(',').map(str::trim).filter(|value| !value.is_empty()).map(str::to_owned).collect()
}

/// `10.0.0.0/8`, or one address.
fn network(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

fn number<N: std::str::FromStr>(name: &'static str, default: N) -> Result<N, ConfigError> {
    text(name).map_or(Ok(default), |value| {
        value.parse().map_err(|_| ConfigError::Invalid { name, value, wanted: "whole number" })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_addresses_are_this_machine() {
        for here in ["http://127.0.0.1:3000", "http://localhost", "http://[::1]:80/", "http://127.8.8.8"] {
            assert!(is_this_machine(here), "{here}");
        }
        for elsewhere in [
            "https://admin.example",
            "http://10.0.0.1",
            "http://127.0.0.1.evil.example",
            "http://localhost.example",
            "http://127.0.0.1@evil.example",
            "nonsense",
            "",
        ] {
            assert!(!is_this_machine(elsewhere), "{elsewhere}");
        }
    }

    #[test]
    fn with_a_mail_server_no_mails_are_shown() {
        let mut config = Config::with_database(String::new().into());
        assert!(!config.extras().mails);
        config.dev_mail = true;
        assert!(config.extras().mails);
        config.smtp_url = Some("smtp://mail.example".to_owned().into());
        assert!(!config.extras().mails);
    }
}
