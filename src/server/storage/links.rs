//! Links that end: of the S3 server, or of ours when the server is in this process and no browser reaches it.

use super::{File, Storage, StorageError};
use crate::server::hex::hex;
use aws_sdk_s3::{Client, presigning::PresigningConfig};
use hmac::{Hmac, KeyInit, Mac};
use http::HeaderValue;
use sha2::Sha256;
use std::{
    fmt::Write,
    fs::{self, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt,
    path::Path,
    time::Duration,
};
use time::OffsetDateTime;
use uuid::Uuid;

/// No link lives longer, in minutes.
pub const LONGEST_LINK: u32 = 5;
/// What our own links are signed with is as long as a block of the hash.
const KEY: usize = 64;

/// How links are made.
pub(super) enum Links {
    /// Signed by the client, for the server as browsers reach it.
    Servers(Client),
    /// Signed with this key, for [`super::download::signed`].
    Ours([u8; KEY]),
}

/// Where a file can be had for a while.
#[derive(Clone, PartialEq, Eq)]
pub struct Link(String);

impl Link {
    /// The address: whole, or a path of ours.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Link {
    /// Not for logs: who has it, has the file.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Link(…)")
    }
}

impl Storage {
    /// A link that gives a file to whoever has it, for so many minutes (five at most), as a download under its name.
    ///
    /// # Errors
    /// When the settings are unusable; the S3 server isn't asked.
    pub async fn signed_link(&self, file: &File, minutes: u32, now: OffsetDateTime) -> Result<Link, StorageError> {
        let backend = self.backend().await?;
        let lives = Duration::from_mins(u64::from(minutes.clamp(1, LONGEST_LINK)));
        match &backend.links {
            Links::Servers(client) => {
                let expires = PresigningConfig::builder()
                    .start_time(now.into())
                    .expires_in(lives)
                    .build()
                    .map_err(|_| StorageError::Refused("no such time for a link".into()))?;
                let call = client
                    .get_object()
                    .bucket(&backend.bucket)
                    .key(&file.key)
                    .response_content_disposition(attachment(&file.name))
                    .response_content_type(&file.content_type)
                    .response_cache_control("no-store");
                let signed = call.presigned(expires).await.map_err(|error| StorageError::of(&error))?;
                Ok(Link(signed.uri().to_owned()))
            }
            Links::Ours(key) => {
                let end = (now + lives).unix_timestamp();
                // in the query, which no log has
                Ok(Link(format!("/files/signed/{}?until={end}&signature={}", file.id, signature(key, file.id, end))))
            }
        }
    }

    /// Whether a link of ours gives a file, and hasn't ended.
    pub(super) async fn is_signed(&self, file: Uuid, end: i64, given: &str, now: OffsetDateTime) -> bool {
        let (Ok(backend), Some(given)) = (self.backend().await, unhex(given)) else { return false };
        let Links::Ours(key) = &backend.links else { return false };
        // in constant time
        now.unix_timestamp() < end && mac(key, file, end).verify_slice(&given).is_ok()
    }
}

fn mac(key: &[u8; KEY], file: Uuid, end: i64) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new(&(*key).into());
    mac.update(format!("download\n{file}\n{end}").as_bytes());
    mac
}

fn signature(key: &[u8; KEY], file: Uuid, end: i64) -> String {
    hex(&mac(key, file, end).finalize().into_bytes())
}

/// The bytes of hexadecimal digits.
pub(super) fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.is_ascii() || !text.len().is_multiple_of(2) {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok()).collect()
}

/// The key of our links, in the folder of the files: links outlive a restart, and servers that share the folder share it.
pub(super) fn key_in(folder: &Path) -> io::Result<[u8; KEY]> {
    let path = folder.join("link.key");
    let mut key = [0; KEY];
    getrandom::fill(&mut key).map_err(io::Error::other)?;
    // whole or not there: another process may read it
    let draft = folder.join(format!("link.key.{}", Uuid::new_v4().simple()));
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?.write_all(&key)?;
    let made = fs::hard_link(&draft, &path);
    fs::remove_file(&draft)?;
    match made {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    fs::read(&path)?.try_into().map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "link.key is no key"))
}

/// `attachment` with a name that any browser understands, whatever letters it has (RFC 6266).
pub(super) fn attachment(name: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || " ._-()".contains(letter);
    let plain: String = name.chars().map(|letter| if is_plain(letter) { letter } else { '_' }).collect();
    let mut header = format!("attachment; filename=\"{plain}\"");
    if plain != name {
        header.push_str("; filename*=UTF-8''");
        for byte in name.bytes() {
            if byte.is_ascii_alphanumeric() || b"._-".contains(&byte) {
                header.push(char::from(byte));
            } else {
                // writing to a String can't fail
                let _ = write!(header, "%{byte:02X}");
            }
        }
    }
    header
}

/// The same as a header.
pub(super) fn attachment_header(name: &str) -> HeaderValue {
    HeaderValue::from_str(&attachment(name)).unwrap_or(HeaderValue::from_static("attachment"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain_for_old_browsers_and_whole_for_others() {
        assert_eq!(attachment("orders-2026-11-25.csv"), "attachment; filename=\"orders-2026-11-25.csv\"");
        assert_eq!(
            attachment("Zoë\"\r\n;.csv"),
            "attachment; filename=\"Zo_____.csv\"; filename*=UTF-8''Zo%C3%AB%22%0D%0A%3B.csv"
        );
    }

    #[test]
    fn a_signature_is_for_one_file_one_time_and_one_key() {
        assert_eq!(unhex("00ff"), Some(vec![0, 255]));
        assert!(unhex("0").is_none() && unhex("zz").is_none() && unhex("é").is_none());
        let key = [7; KEY];
        let file = Uuid::from_u128(1);
        assert_ne!(signature(&key, file, 1), signature(&[8; KEY], file, 1));
        assert_ne!(signature(&key, file, 1), signature(&key, file, 2));
    }
}
