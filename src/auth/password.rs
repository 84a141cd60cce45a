//! argon2id, bounded: at most [`AT_ONCE`] hashes run at a time (19 MiB each), the rest wait their turn.

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use secrecy::{ExposeSecret, SecretString};
use std::{
    sync::{Arc, LazyLock},
    time::Duration,
};
use tokio::sync::Semaphore;

/// Most characters of a password.
pub const LONGEST_CHARACTERS: usize = 128;
/// Most bytes of what is hashed: so many characters of any script. Longer input is refused before any work.
pub const LONGEST: usize = 4 * LONGEST_CHARACTERS;
/// Hashes that run at the same time: leaves a core for pages on the smallest machine.
const AT_ONCE: usize = 2;
/// Longest wait for a turn: 200 sign-ins at once are served in it; then the caller is told to try again.
const WAIT: Duration = Duration::from_secs(20);

static TURNS: LazyLock<Arc<Semaphore>> = LazyLock::new(|| Arc::new(Semaphore::new(AT_ONCE)));

/// A hash that no password has; verifying against it takes as long as against a real one.
static NOBODY: LazyLock<String> = LazyLock::new(|| {
    let mut password = [0_u8; 32];
    // Without randomness the hash still matches nothing that anyone can type.
    let _ = getrandom::fill(&mut password);
    Argon2::default().hash_password(&password).map(|hash| hash.to_string()).unwrap_or_default()
});

/// Why a password could not be hashed or checked.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// Too many at once; try again.
    #[error("too many passwords are being checked at once")]
    Busy,
    /// The library refused: a defect of ours.
    #[error("password hashing failed: {0}")]
    Failed(String),
}

/// Hashes a password as a PHC string (argon2id, 19 MiB, 2 passes, OWASP's minimum).
///
/// # Errors
/// [`PasswordError::Busy`] when no turn comes in time.
pub async fn hash(password: SecretString) -> Result<String, PasswordError> {
    in_turn(move || {
        Argon2::default()
            .hash_password(password.expose_secret().as_bytes())
            .map(|hash| hash.to_string())
            .map_err(|error| PasswordError::Failed(error.to_string()))
    })
    .await?
}

/// Whether the password belongs to the stored hash. With no hash (unknown address) the same work is done
/// and the answer is no, so that time doesn't tell who exists.
///
/// # Errors
/// [`PasswordError::Busy`] when no turn comes in time.
pub async fn verify(password: SecretString, stored: Option<String>) -> Result<bool, PasswordError> {
    in_turn(move || {
        let known = stored.as_deref().and_then(|hash| PasswordHash::new(hash).ok());
        let nobody = PasswordHash::new(&NOBODY).ok();
        let exists = known.is_some();
        let right = known
            .or(nobody)
            .is_some_and(|hash| Argon2::default().verify_password(password.expose_secret().as_bytes(), &hash).is_ok());
        right && exists
    })
    .await
}

/// Whether a stored hash was made with the algorithm, version and parameters of today.
#[must_use]
pub fn is_current(stored: &str) -> bool {
    let Ok(hash) = PasswordHash::new(stored) else { return false };
    let Ok(params) = Params::try_from(&hash) else { return false };
    let of = |params: &Params| (params.m_cost(), params.t_cost(), params.p_cost());
    hash.algorithm == Algorithm::default().ident()
        && hash.version == Some(u32::from(Version::default()))
        && of(&params) == of(&Params::DEFAULT)
        && params.output_len() == Some(Params::DEFAULT_OUTPUT_LEN)
}

/// Prepares what the first sign-in needs, so that it isn't slower than the second.
pub fn warm_up() {
    LazyLock::force(&NOBODY);
}

async fn in_turn<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, PasswordError> {
    let turn = tokio::time::timeout(WAIT, Arc::clone(&TURNS).acquire_owned())
        .await
        .map_err(|_| PasswordError::Busy)?
        .map_err(|_| PasswordError::Busy)?;
    // The permit moves into the task: a caller who hangs up does not free the CPU before the work ends.
    tokio::task::spawn_blocking(move || {
        let _turn = turn;
        work()
    })
    .await
    .map_err(|error| PasswordError::Failed(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_passes() {
        let hash = hash("correct horse".to_owned().into()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(verify("correct horse".to_owned().into(), Some(hash.clone())).await.unwrap());
        assert!(!verify("wrong horse".to_owned().into(), Some(hash)).await.unwrap());
        assert!(!verify("correct horse".to_owned().into(), None).await.unwrap());
        assert!(!verify("x".to_owned().into(), Some("!unusable".into())).await.unwrap());
    }

    #[tokio::test]
    async fn hashes_of_other_parameters_are_known_as_such() {
        let now = hash("correct horse".to_owned().into()).await.unwrap();
        assert!(is_current(&now));
        for (from, to) in
            [("m=19456", "m=19455"), ("t=2", "t=3"), ("p=1", "p=2"), ("argon2id", "argon2i"), ("v=19", "v=16")]
        {
            assert!(now.contains(from) && !is_current(&now.replace(from, to)), "{to}");
        }
        let short = now.rsplit_once('$').map(|(head, tail)| format!("{head}${}", &tail[..22])).unwrap();
        assert!(!is_current(&short), "{short}");
        assert!(!is_current("!unusable") && !is_current(""));
    }

    #[tokio::test]
    async fn the_longest_password_of_any_script_is_hashed_whole() {
        let crabs = "🦀".repeat(LONGEST_CHARACTERS - 1);
        assert!(crabs.len() + 4 <= LONGEST);
        let hash = hash(format!("{crabs}a").into()).await.unwrap();
        assert!(verify(format!("{crabs}a").into(), Some(hash.clone())).await.unwrap());
        assert!(!verify(format!("{crabs}b").into(), Some(hash)).await.unwrap());
    }

    #[tokio::test]
    async fn bytes_after_the_72nd_count() {
        let long = "a".repeat(72);
        let hash = hash(format!("{long}1").into()).await.unwrap();
        assert!(!verify(format!("{long}2").into(), Some(hash)).await.unwrap());
    }
}
