//! The words of a link: `<id>.<signature>`.

use crate::server::keys::{KeyError, Keys};
use time::Duration;
use uuid::Uuid;

/// Characters of a signature: 16 bytes as hexadecimal digits.
const SIGNATURE: usize = 32;

/// What a link is for; `access_links.kind`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Somebody's first password.
    Invitation,
    /// A new password.
    Reset,
    /// A new address.
    Email,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Invitation, Self::Reset, Self::Email];

    /// As stored; the kind of its mail as well.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Invitation => "invitation",
            Self::Reset => "reset",
            Self::Email => "email",
        }
    }

    /// From its stored form.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// How long a link of this kind works.
    #[must_use]
    pub const fn good_for(self) -> Duration {
        match self {
            Self::Invitation => Duration::hours(72),
            Self::Reset => Duration::hours(1),
            Self::Email => Duration::hours(24),
        }
    }
}

/// What is signed: a change of any of it makes another link.
#[derive(Clone, Debug)]
pub struct Signed<'a> {
    /// `access_links.id`.
    pub id: Uuid,
    /// What for.
    pub kind: Kind,
    /// For whom.
    pub user_id: Uuid,
    /// The address that it was sent to.
    pub email: &'a str,
}

impl Signed<'_> {
    fn message(&self) -> String {
        format!("access link\0{}\0{}\0{}\0{}", self.kind.code(), self.id, self.user_id, self.email)
    }

    /// Its address: where people reach us, and the token.
    ///
    /// # Errors
    /// Without a key.
    pub fn address(&self, keys: &Keys, public_url: &str) -> Result<String, KeyError> {
        let signature = keys.sign(self.message().as_bytes())?;
        Ok(format!("{}/login/link?token={}.{signature}", public_url.trim_end_matches('/'), self.id))
    }

    /// Whether we signed this.
    pub fn verify(&self, keys: &Keys, signature: &str) -> bool {
        keys.verify(self.message().as_bytes(), signature)
    }
}

/// Id and signature of a token as it came; nothing when it can't be one.
pub fn parse(token: &str) -> Option<(Uuid, &str)> {
    let (id, signature) = token.split_once('.')?;
    let digits = signature.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let parsed: Uuid = id.parse().ok()?;
    // the one way in which we write it, so that there is one link and not several
    (signature.len() == SIGNATURE && digits && parsed.to_string() == id).then_some((parsed, signature))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(byte: &str) -> Keys {
        Keys::parse(&format!("k:{}", byte.repeat(32)).into()).unwrap()
    }

    #[test]
    fn a_link_is_of_one_kind_person_and_address() {
        let keys_1 = keys("01");
        let id = Uuid::from_u128(7);
        let link = Signed { id, kind: Kind::Reset, user_id: Uuid::from_u128(8), email: "ida@mail.example" };
        let address = link.address(&keys_1, "https://admin.example/").unwrap();
        let token = address.strip_prefix("https://admin.example/login/link?token=").unwrap();
        let (found, signature) = parse(token).unwrap();
        assert_eq!(found, id);
        assert!(link.verify(&keys_1, signature));
        for other in [
            Signed { id: Uuid::from_u128(9), ..link.clone() },
            Signed { kind: Kind::Invitation, ..link.clone() },
            Signed { user_id: Uuid::from_u128(9), ..link.clone() },
            Signed { email: "ida@mail.example.", ..link.clone() },
        ] {
            assert!(!other.verify(&keys_1, signature), "{other:?}");
        }
        assert!(!link.verify(&keys("02"), signature));
        assert_eq!(link.address(&Keys::default(), "x"), Err(KeyError::Missing));
    }

    #[test]
    fn what_is_no_token_is_none() {
        let good = format!("{}.{}", Uuid::from_u128(7), "a".repeat(32));
        assert!(parse(&good).is_some());
        for wrong in [
            String::new(),
            ".".into(),
            good.to_uppercase(),
            good.replace('-', ""),
            format!("{{{}}}.{}", Uuid::from_u128(7), "a".repeat(32)),
            format!("{good}0"),
            format!("{good}."),
            format!(" {good}"),
            good.replace("aa", "äa"),
            good[..good.len() - 1].to_owned(),
            "a".repeat(100_000),
        ] {
            assert!(parse(&wrong).is_none(), "{wrong:.80}");
        }
    }

    #[test]
    fn kinds_survive_the_way_to_the_database_and_back() {
        for kind in Kind::ALL {
            assert_eq!(Kind::parse(kind.code()), Some(kind));
        }
        assert_eq!(Kind::parse("root"), None);
    }
}
