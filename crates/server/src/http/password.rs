//! Passwords: Argon2id, made and checked away from the threads that serve requests.

use std::sync::{Arc, Mutex, PoisonError};

use api::error::FaultView;
use argon2::{
    Algorithm, Argon2, Block, Params, PasswordHash, Version,
    password_hash::{self, Output, ParamsString, Salt, SaltString, rand_core::OsRng},
};
use domain::Fault;
use tokio::sync::Semaphore;

use super::error::{ApiError, Result};
use crate::config::PasswordCost;

/// Least length of a password, in characters.
const LEAST: usize = 10;

/// Most; longer ones would only be a way to keep the processor busy.
const MOST: usize = 200;

/// Hashes at once: each takes 19 MiB and a core.
const AT_ONCE: usize = 4;

/// Makes and checks password hashes, a few at a time.
#[derive(Clone, Debug)]
pub struct Passwords {
    argon: Argon2<'static>,
    spaces: Workspaces,
    at_once: Arc<Semaphore>,
    /// Checked when a login is unknown, so that the answer takes as long as for a known one.
    decoy: Arc<str>,
}

impl Passwords {
    /// Argon2id with one lane, at this cost.
    pub fn new(cost: PasswordCost) -> Self {
        let params = Params::new(cost.memory_kib, cost.passes, 1, None).unwrap_or_default();
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let spaces = Workspaces::default();
        let decoy = spaces.hash(&argon, "nobody has this password").unwrap_or_default();
        Self { argon, spaces, at_once: Arc::new(Semaphore::new(AT_ONCE)), decoy: decoy.into() }
    }

    /// The hash to keep for a password.
    pub async fn hash(&self, password: &str) -> Result<String> {
        let (argon, spaces) = (self.argon.clone(), self.spaces.clone());
        let password = password.to_owned();
        self.blocking(move || spaces.hash(&argon, &password))
            .await?
            .map_err(|e| ApiError::internal(&e))
    }

    /// Whether `password` is the one that `hash` was made from. Without a hash it takes as long and
    /// says no.
    pub async fn matches(&self, password: &str, hash: Option<&str>) -> Result<bool> {
        let known = hash.is_some();
        let hash = hash.unwrap_or(&self.decoy).to_owned();
        let (spaces, password) = (self.spaces.clone(), password.to_owned());
        let same =
            self.blocking(move || spaces.matches(&password, &hash).unwrap_or_default()).await?;
        Ok(known && same)
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T> {
        let _turn = self.at_once.acquire().await.map_err(|e| ApiError::internal(&e))?;
        tokio::task::spawn_blocking(work).await.map_err(|e| ApiError::internal(&e))
    }
}

/// Memory to hash in, kept for the next hash: at most [`AT_ONCE`] pieces, as many as were ever needed
/// at once. Left to the allocator, each thread that once hashed would keep some 57 MiB for good.
#[derive(Clone, Debug, Default)]
struct Workspaces(Arc<Mutex<Vec<Vec<Block>>>>);

impl Workspaces {
    /// A new hash in the PHC string format.
    fn hash(&self, argon: &Argon2<'_>, password: &str) -> password_hash::Result<String> {
        let salt = SaltString::generate(&mut OsRng);
        let hash = PasswordHash {
            algorithm: Algorithm::Argon2id.ident(),
            version: Some(Version::V0x13.into()),
            params: ParamsString::try_from(argon.params())?,
            salt: Some(salt.as_salt()),
            hash: Some(self.output(argon, password, salt.as_salt())?),
        };
        Ok(hash.to_string())
    }

    /// Whether the hash was made from this password, by whatever parameters it names.
    fn matches(&self, password: &str, hash: &str) -> password_hash::Result<bool> {
        let hash = PasswordHash::new(hash)?;
        let (Some(salt), Some(want)) = (hash.salt, hash.hash) else { return Ok(false) };
        let version = hash.version.map_or(Ok(Version::V0x13), Version::try_from)?;
        let argon = Argon2::new(hash.algorithm.try_into()?, version, Params::try_from(&hash)?);
        // `Output` compares in constant time.
        Ok(self.output(&argon, password, salt)? == want)
    }

    fn output(
        &self,
        argon: &Argon2<'_>,
        password: &str,
        salt: Salt<'_>,
    ) -> password_hash::Result<Output> {
        let mut bytes = [0; Salt::MAX_LENGTH];
        let salt = salt.decode_b64(&mut bytes)?;
        let length = argon.params().output_len().unwrap_or(Params::DEFAULT_OUTPUT_LEN);
        let mut space = self.kept().pop().unwrap_or_default();
        space.resize(argon.params().block_count(), Block::default());
        let output = Output::init_with(length, |out| {
            Ok(argon.hash_password_into_with_memory(password.as_bytes(), salt, out, &mut space)?)
        });
        self.kept().push(space);
        output
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Vec<Vec<Block>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is wrong with a new password at `field`.
pub fn faults(field: &str, password: &str, login: &str) -> Option<FaultView> {
    let length = password.chars().count();
    let next = domain::words!(
        "Choose {} to {} characters without the login; four unrelated words do well.",
        LEAST,
        MOST
    );
    let fault = if length < LEAST {
        let message = domain::words!("The password has {} characters.", length);
        Fault::new(field, "password_short", message, next)
    } else if length > MOST {
        let message = domain::words!("The password has {} characters.", length);
        Fault::new(field, "password_long", message, next)
    } else if !login.is_empty() && password.to_lowercase().contains(&login.to_lowercase()) {
        Fault::new(field, "password_login", "The password contains the login.", next)
    } else if password.chars().all(|c| password.starts_with(c)) {
        Fault::new(field, "password_simple", "The password is one character repeated.", next)
    } else {
        return None;
    };
    Some(fault.into())
}

#[cfg(test)]
mod tests {
    use argon2::{PasswordHasher, PasswordVerifier};

    use super::*;

    #[tokio::test]
    async fn a_password_matches_its_own_hash_only() {
        let passwords = Passwords::new(PasswordCost::RECOMMENDED);
        let hash = passwords.hash("four unrelated words").await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(passwords.matches("four unrelated words", Some(&hash)).await.unwrap());
        assert!(!passwords.matches("four unrelated word", Some(&hash)).await.unwrap());
        assert!(!passwords.matches("four unrelated words", Some("damaged")).await.unwrap());
        assert!(!passwords.matches("nobody has this password", None).await.unwrap());
    }

    #[tokio::test]
    async fn hashes_are_those_of_the_library_both_ways_and_memory_is_used_again() {
        let (passwords, words) =
            (Passwords::new(PasswordCost::RECOMMENDED), "four unrelated words");
        for (m, t) in [(64, 3), (19 * 1_024, 2), (32, 1)] {
            let params = Params::new(m, t, 1, None).unwrap();
            let theirs = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
            let salt = SaltString::generate(&mut OsRng);
            let hash = theirs.hash_password(words.as_bytes(), &salt).unwrap().to_string();
            assert!(passwords.matches(words, Some(&hash)).await.unwrap(), "{hash}");
            assert!(!passwords.matches("others", Some(&hash)).await.unwrap(), "{hash}");
        }
        let ours = passwords.hash(words).await.unwrap();
        let ours = PasswordHash::new(&ours).unwrap();
        assert!(Argon2::default().verify_password(words.as_bytes(), &ours).is_ok());
        assert!(Argon2::default().verify_password(b"others", &ours).is_err());
        assert_eq!(passwords.spaces.kept().len(), 1, "one after the other needs one piece");
    }

    #[test]
    fn bad_passwords_are_told_apart() {
        let code = |password: &str| faults("new", password, "anna").map(|fault| fault.code);
        assert_eq!(code("short").as_deref(), Some("password_short"));
        assert_eq!(code(&"ab".repeat(101)).as_deref(), Some("password_long"));
        assert_eq!(code("aaaaaaaaaaaa").as_deref(), Some("password_simple"));
        assert_eq!(code("I am Anna, really").as_deref(), Some("password_login"));
        assert_eq!(code("correct horse battery"), None);
    }
}
