//! Protects forms against cross-site requests: each form of a page carries a token for its user.
//!
//! `Sec-Fetch-Site` and `Origin` already keep other sites out (see [`security`](crate::security)).
//! The token is a second protection, for browsers that send neither.

use hmac::{Hmac, Mac};
use jiff::Timestamp;
use sha2::Sha256;
use uuid::Uuid;

use crate::{auth::User, error::Error, settings::Secret};

/// How long a page may be open before its forms are sent.
const LIFETIME_SECONDS: i64 = 12 * 60 * 60;

/// Makes tokens and checks them.
pub struct FormTokens {
    key: Vec<u8>,
}

impl FormTokens {
    /// Signs with the secret that all instances share, or otherwise with a secret of this process.
    #[must_use]
    pub fn new(secret: Option<&Secret>) -> Self {
        let key = match secret {
            Some(secret) => secret.as_bytes().to_vec(),
            None => [Uuid::new_v4().into_bytes(), Uuid::new_v4().into_bytes()].concat(),
        };
        Self { key }
    }

    /// A token for the user's forms.
    #[must_use]
    pub fn issue(&self, user: &User) -> String {
        let issued = Timestamp::now().as_second();
        let mac = self.mac(user, issued).finalize().into_bytes();
        format!("{issued}.{mac:x}")
    }

    /// Refuses a form whose token does not belong to this user or is too old.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`], with what to do.
    pub fn check(&self, user: &User, token: &str) -> Result<(), Error> {
        let refused = Error::Forbidden("This page is too old. Please reload it and try again.");
        let now = Timestamp::now().as_second();
        match self.issued(user, token) {
            Some(issued) if (0..=LIFETIME_SECONDS).contains(&(now - issued)) => Ok(()),
            _ => Err(refused),
        }
    }

    /// When the token was issued, if it was issued here and for this user.
    fn issued(&self, user: &User, token: &str) -> Option<i64> {
        let (issued, digits) = token.split_once('.')?;
        let issued = issued.parse().ok()?;
        let mac: Vec<u8> = (0..digits.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok())
            .collect::<Option<_>>()?;
        self.mac(user, issued).verify_slice(&mac).ok()?;
        Some(issued)
    }

    fn mac(&self, user: &User, issued: i64) -> Hmac<Sha256> {
        #[expect(clippy::expect_used, reason = "HMAC takes keys of every length")]
        let mut mac = Hmac::new_from_slice(&self.key).expect("every length is a key");
        mac.update(b"form\0");
        mac.update(&issued.to_be_bytes());
        mac.update(user.id.as_bytes());
        mac
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_its_users_own() {
        let tokens = FormTokens::new(None);
        let (ana, ben) = (
            User::local(),
            User {
                id: "aad:2".into(),
                ..User::local()
            },
        );
        let token = tokens.issue(&ana);
        assert!(tokens.check(&ana, &token).is_ok());
        assert!(tokens.check(&ben, &token).is_err());
        assert!(FormTokens::new(None).check(&ana, &token).is_err());
        for bad in ["", ".", "1.", "1.é", &token[1..], &token[..token.len() - 2]] {
            assert!(tokens.check(&ana, bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_token_grows_old() {
        let tokens = FormTokens::new(None);
        let user = User::local();
        let issued = Timestamp::now().as_second() - LIFETIME_SECONDS - 1;
        let mac = tokens.mac(&user, issued).finalize().into_bytes();
        assert!(tokens.check(&user, &format!("{issued}.{mac:x}")).is_err());
    }
}
