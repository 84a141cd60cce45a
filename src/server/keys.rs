//! Keys that the database does not have: secrets are encrypted under them, links in mails signed.
//!
//! `ENCRYPTION_KEYS` lists them as `id:64 hexadecimal digits`, separated by commas. The first one encrypts and signs; the
//! others still open what they closed, until `techally rotate-keys` has written everything anew.

use super::hex::{from_hex, hex};
use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey},
    hmac,
};
use secrecy::{ExposeSecret, SecretString, zeroize::Zeroizing};
use std::{fmt, sync::Arc};

/// Version of what is stored: `1.<id of the key>.<nonce, then ciphertext and tag, in hexadecimal digits>`.
const VERSION: &str = "1";
/// What keys for signatures are made from the keys for; a key does one thing only.
const SIGNING: &[u8] = b"techally link signature";

/// The keys, the one in use first.
#[derive(Clone, Default)]
pub struct Keys(Arc<Vec<Key>>);

struct Key {
    id: String,
    encryption: RandomizedNonceKey,
    signature: hmac::Key,
}

impl fmt::Debug for Keys {
    /// Ids only.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|key| &key.id)).finish()
    }
}

/// Why a key did not do its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// No key is configured.
    #[error("ENCRYPTION_KEYS is not set")]
    Missing,
    /// What is stored was closed with a key that is not configured any more.
    #[error("the key that this was encrypted under is not among ENCRYPTION_KEYS")]
    Unknown,
    /// What is stored was changed, or belongs elsewhere.
    #[error("this was not encrypted by us for this purpose, or was changed since")]
    Tampered,
}

impl Keys {
    /// Reads `id:hex,id:hex`; nothing when it is malformed.
    #[must_use]
    pub fn parse(text: &SecretString) -> Option<Self> {
        let mut keys: Vec<Key> = Vec::new();
        for one in text.expose_secret().split(',').map(str::trim).filter(|one| !one.is_empty()) {
            let (id, digits) = one.split_once(':')?;
            let is_id = (1..=20).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
            if !is_id || keys.iter().any(|key| key.id == id) {
                return None;
            }
            let bytes = Zeroizing::new(from_hex(digits).filter(|bytes| bytes.len() == 32)?);
            let whole = hmac::Key::new(hmac::HMAC_SHA256, &bytes);
            let signature = hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&whole, SIGNING).as_ref());
            let encryption = RandomizedNonceKey::new(&AES_256_GCM, &bytes).ok()?;
            keys.push(Key { id: id.to_owned(), encryption, signature });
        }
        Some(Self(Arc::new(keys)))
    }

    /// Whether nothing can be encrypted or signed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Encrypts for a place (`users.mfa_secret:<id>`): in another place it can't be opened.
    ///
    /// # Errors
    /// Without a key.
    pub fn close(&self, place: &str, plain: &[u8]) -> Result<String, KeyError> {
        let key = self.0.first().ok_or(KeyError::Missing)?;
        let mut bytes = plain.to_vec();
        let nonce = key
            .encryption
            .seal_in_place_append_tag(Aad::from(place.as_bytes()), &mut bytes)
            .map_err(|_| KeyError::Missing)?;
        Ok(format!("{VERSION}.{}.{}{}", key.id, hex(nonce.as_ref()), hex(&bytes)))
    }

    /// Opens what was closed for the same place.
    ///
    /// # Errors
    /// When its key is gone, or it was tampered with.
    pub fn open(&self, place: &str, stored: &str) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let (id, digits) = parts(stored).ok_or(KeyError::Tampered)?;
        let key = self.0.iter().find(|key| key.id == id).ok_or(KeyError::Unknown)?;
        let bytes = from_hex(digits).ok_or(KeyError::Tampered)?;
        let (nonce, sealed) = bytes.split_at_checked(NONCE_LEN).ok_or(KeyError::Tampered)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| KeyError::Tampered)?;
        let mut sealed = Zeroizing::new(sealed.to_vec());
        let length = key
            .encryption
            .open_in_place(nonce, Aad::from(place.as_bytes()), &mut sealed)
            .map_err(|_| KeyError::Tampered)?
            .len();
        sealed.truncate(length);
        Ok(sealed)
    }

    /// Whether it is closed under the key in use.
    #[must_use]
    pub fn is_current(&self, stored: &str) -> bool {
        parts(stored).zip(self.0.first()).is_some_and(|((id, _), key)| key.id == id)
    }

    /// A signature of 16 bytes, as hexadecimal digits.
    ///
    /// # Errors
    /// Without a key.
    pub fn sign(&self, message: &[u8]) -> Result<String, KeyError> {
        let key = self.0.first().ok_or(KeyError::Missing)?;
        Ok(short(&key.signature, message))
    }

    /// Whether one of the keys signed this.
    #[must_use]
    pub fn verify(&self, message: &[u8], signature: &str) -> bool {
        // two MACs of what is compared: how far they agree tells nothing of the right one
        let same = |right: &str| {
            let blind = |text: &str| self.0.first().map(|key| hmac::sign(&key.signature, text.as_bytes()));
            blind(right).zip(blind(signature)).is_some_and(|(a, b)| a.as_ref() == b.as_ref())
        };
        self.0.iter().fold(false, |found, key| found | same(&short(&key.signature, message)))
    }
}

/// Half of the MAC: 128 bits, which nobody guesses.
fn short(key: &hmac::Key, message: &[u8]) -> String {
    hex(hmac::sign(key, message).as_ref().get(..16).unwrap_or_default())
}

fn parts(stored: &str) -> Option<(&str, &str)> {
    stored.strip_prefix(VERSION)?.strip_prefix('.')?.split_once('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(text: &str) -> Keys {
        Keys::parse(&text.to_owned().into()).unwrap()
    }

    fn two() -> (String, String) {
        (format!("a:{}", "01".repeat(32)), format!("b:{}", "02".repeat(32)))
    }

    #[test]
    fn only_the_same_place_and_key_open_it() {
        let (a, b) = two();
        let (old, both, new) = (keys(&a), keys(&format!("{b},{a}")), keys(&b));
        let stored = old.close("users.mfa_secret:1", b"secret").unwrap();
        assert!(stored.starts_with("1.a.") && stored.len() <= 255);
        assert_ne!(stored, old.close("users.mfa_secret:1", b"secret").unwrap(), "a nonce of its own each time");
        assert_eq!(*both.open("users.mfa_secret:1", &stored).unwrap(), b"secret");
        assert_eq!(old.open("users.mfa_secret:2", &stored), Err(KeyError::Tampered));
        assert_eq!(new.open("users.mfa_secret:1", &stored), Err(KeyError::Unknown));
        assert!(old.is_current(&stored) && !both.is_current(&stored));
        assert_eq!(Keys::default().close("x", b""), Err(KeyError::Missing));
    }

    #[test]
    fn whatever_is_changed_is_noticed() {
        let keys = keys(&two().0);
        let stored = keys.close("x", b"secret").unwrap();
        for at in 4..stored.len() {
            let mut changed = stored.clone().into_bytes();
            changed[at] = if changed[at] == b'0' { b'1' } else { b'0' };
            assert!(keys.open("x", &String::from_utf8(changed).unwrap()).is_err(), "{at}");
        }
        for nonsense in ["", "1", "1.", "1.a.", "1.a.00", "2.a.0011", "1.a.zz", "1.a.é"] {
            assert!(keys.open("x", nonsense).is_err(), "{nonsense}");
        }
    }

    #[test]
    fn signatures_are_of_one_message_and_outlive_a_rotation() {
        let (a, b) = two();
        let signature = keys(&a).sign(b"link").unwrap();
        assert!(keys(&format!("{b},{a}")).verify(b"link", &signature));
        assert!(!keys(&b).verify(b"link", &signature));
        assert!(!keys(&a).verify(b"links", &signature));
        assert!(!keys(&a).verify(b"link", "") && !keys(&a).verify(b"link", &signature[1..]));
        assert!(!Keys::default().verify(b"link", &signature));
    }

    #[test]
    fn malformed_keys_are_refused() {
        let (a, _) = two();
        for wrong in ["a", "a:00", ":", &format!("{a},{a}"), &format!("a b:{}", "01".repeat(32))] {
            assert!(Keys::parse(&wrong.to_owned().into()).is_none(), "{wrong}");
        }
        assert!(keys("").is_empty());
    }
}
