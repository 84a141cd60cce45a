//! The S3 client: one set of settings for whatever server there is.

use aws_sdk_s3::{
    Client,
    config::{
        Builder, Credentials, Region, RequestChecksumCalculation, ResponseChecksumValidation,
        StalledStreamProtectionConfig, retry::RetryConfig, timeout::TimeoutConfig,
    },
};
use std::time::Duration;

/// Tries in all: the first, and two more with growing pauses.
const TRIES: u32 = 3;
/// A body that stands still for so long is given up; the SDK's own 5 s end slow, healthy uploads.
const STANDSTILL: Duration = Duration::from_secs(20);

/// How long the storage is waited for.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// To connect.
    pub connect: Duration,
    /// One try of a call that moves no contents.
    pub attempt: Duration,
    /// All its tries.
    pub whole: Duration,
    /// One try of a call that moves contents: a part, a copy.
    pub transfer_attempt: Duration,
    /// All its tries.
    pub transfer: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(2),
            attempt: Duration::from_secs(4),
            // the cleaner deletes inside a transaction, which may idle for 15 s
            whole: Duration::from_secs(10),
            transfer_attempt: Duration::from_mins(1),
            transfer: Duration::from_mins(3),
        }
    }
}

impl Patience {
    fn quick(&self) -> TimeoutConfig {
        TimeoutConfig::builder()
            .connect_timeout(self.connect)
            .operation_attempt_timeout(self.attempt)
            .operation_timeout(self.whole)
            .build()
    }

    /// What a call that moves contents changes of the settings.
    pub(super) fn transfers(&self) -> Builder {
        Builder::new().timeout_config(
            TimeoutConfig::builder()
                .connect_timeout(self.connect)
                .operation_attempt_timeout(self.transfer_attempt)
                .operation_timeout(self.transfer)
                .build(),
        )
    }
}

/// A server and the key to it.
pub(super) struct Server<'a> {
    /// Its address; AWS by its region otherwise.
    pub endpoint: Option<&'a str>,
    pub region: &'a str,
    pub access_key_id: &'a str,
    pub secret_access_key: &'a str,
    /// The bucket stands in the path, not before the host's name.
    pub path_style: bool,
}

pub(super) fn connect(server: &Server<'_>, patience: &Patience) -> Client {
    let key = Credentials::new(server.access_key_id, server.secret_access_key, None, None, "configuration");
    let mut settings = Builder::new()
        .behavior_version_latest()
        .region(Region::new(server.region.to_owned()))
        .credentials_provider(key)
        .force_path_style(server.path_style)
        .timeout_config(patience.quick())
        .retry_config(RetryConfig::standard().with_max_attempts(TRIES))
        .stalled_stream_protection(StalledStreamProtectionConfig::enabled().grace_period(STANDSTILL).build())
        // the signature covers each body's SHA-256 already, and not every server knows the checksums of 2024
        .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
        .response_checksum_validation(ResponseChecksumValidation::WhenRequired);
    settings.set_endpoint_url(server.endpoint.map(str::to_owned));
    Client::from_conf(settings.build())
}
