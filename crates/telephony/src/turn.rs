//! A sign-in to a TURN server (RFC 8656) that is good for a while.
//!
//! Server and relay share a secret, and the relay lets in whoever shows a name with its own end of validity and
//! the secret's seal on it. This is how coturn (`use-auth-secret`) and others read
//! draft-uberti-behave-turn-rest-00, section 2.2; nothing is asked of the relay to make one.

use base64::{Engine, engine::general_purpose::STANDARD};
use domain::Timestamp;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

/// What a browser shows the relay.
#[derive(Clone, PartialEq, Eq)]
pub struct SignIn {
    /// The end of its validity in seconds since 1970, a colon, and whose it is.
    pub username: String,
    /// Base64 of HMAC-SHA1 over the name, with the shared secret as key.
    pub password: String,
}

impl std::fmt::Debug for SignIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignIn").field("username", &self.username).finish_non_exhaustive()
    }
}

/// A sign-in for `whose` until an instant, of which whole seconds count.
pub fn sign_in(secret: &str, whose: &str, until: Timestamp) -> SignIn {
    let username = format!("{}:{whose}", until.micros().div_euclid(1_000_000));
    let mut seal = <Hmac<Sha1> as KeyInit>::new_from_slice(secret.as_bytes())
        .expect("HMAC takes keys of any length");
    seal.update(username.as_bytes());
    SignIn { password: STANDARD.encode(seal.finalize().into_bytes()), username }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_openssl_seals_it() {
        // printf '1796041800:anna' | openssl dgst -sha1 -hmac 'north' -binary | base64
        let until = Timestamp::from_micros(1_796_041_800_999_999);
        let made = sign_in("north", "anna", until);
        assert_eq!(made.username, "1796041800:anna");
        assert_eq!(made.password, "NnTYxrdzBeueUSADPA63m6/8DRs=");
        assert!(!format!("{made:?}").contains(&made.password));
    }
}
