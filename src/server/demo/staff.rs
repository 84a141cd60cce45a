//! The five people of the demo shop's office. Their password is known to everybody: demo data only.

use argon2::Argon2;
use argon2::password_hash::PasswordHasher;
use uuid::Uuid;

use super::DemoError;
use super::random::{self, Topic};

const PASSWORD: &[u8] = b"techally-demo";

pub struct Employee {
    pub email: &'static str,
    pub first: &'static str,
    pub last: &'static str,
    pub role: &'static str,
    pub density: &'static str,
}

pub const STAFF: [Employee; 5] = [
    Employee { email: "super@techally.test", first: "Sofia", last: "Brandt", role: "super_admin", density: "relaxed" },
    Employee { email: "admin@techally.test", first: "Adam", last: "Novak", role: "admin", density: "compact" },
    Employee { email: "support@techally.test", first: "Sam", last: "Alvarez", role: "support", density: "compact" },
    Employee {
        email: "moderator@techally.test",
        first: "Mira",
        last: "Lindqvist",
        role: "moderator",
        density: "compact",
    },
    Employee {
        email: "warehouse@techally.test",
        first: "Wanda",
        last: "Krol",
        role: "warehouse_manager",
        density: "relaxed",
    },
];

pub const ADMIN: usize = 1;
pub const SUPPORT: usize = 2;
pub const MODERATOR: usize = 3;
pub const WAREHOUSE: usize = 4;

pub fn staff_id(index: usize) -> Uuid {
    random::id(Topic::Staff, index as u64)
}

/// The demo password under argon2id. The salt is fixed, so that two loads are alike; each person
/// has their own.
pub fn password_hash(index: usize) -> Result<String, DemoError> {
    let salt = random::id(Topic::Staff, index as u64 + 1000);
    let hash = Argon2::default()
        .hash_password_with_salt(PASSWORD, salt.as_bytes())
        .map_err(|error| DemoError::Hash(error.to_string()))?;
    Ok(hash.to_string())
}

#[cfg(test)]
mod tests {
    use argon2::password_hash::{PasswordVerifier, phc::PasswordHash};

    use super::*;

    #[test]
    fn everybody_signs_in_with_the_demo_password() {
        for index in 0..STAFF.len() {
            let hash = password_hash(index).unwrap();
            assert!(hash.starts_with("$argon2id$"));
            let hash = PasswordHash::new(&hash).unwrap();
            assert!(Argon2::default().verify_password(PASSWORD, &hash).is_ok());
        }
    }
}
