//! Signatures of webhooks, as [Standard Webhooks](https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md)
//! describes them: HMAC-SHA256 over id, time and body.

use anyhow::{Context as _, ensure};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, Mac as _};
use sha2::Sha256;

/// The optional prefix of a secret.
const PREFIX: &str = "whsec_";
/// The minimum length of a secret in bytes.
const LEAST_BYTES: usize = 24;

/// Signs with one secret, or with two while one replaces the other.
pub(super) struct Signer(Vec<Hmac<Sha256>>);

impl Signer {
    /// Parses the secrets in a text, separated by spaces. Each is in base64, with or without `whsec_` in front.
    pub(super) fn new(secrets: &str) -> anyhow::Result<Self> {
        let keys: Vec<_> = secrets
            .split_whitespace()
            .map(key)
            .collect::<anyhow::Result<_>>()?;
        ensure!(!keys.is_empty(), "the secret is missing");
        Ok(Self(keys))
    }

    /// The value of the header `webhook-signature`.
    pub(super) fn sign(&self, id: &str, timestamp: i64, body: &[u8]) -> String {
        let signatures = self.0.iter().map(|key| {
            let mut mac = key.clone();
            mac.update(format!("{id}.{timestamp}.").as_bytes());
            mac.update(body);
            format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
        });
        signatures.collect::<Vec<_>>().join(" ")
    }
}

fn key(secret: &str) -> anyhow::Result<Hmac<Sha256>> {
    let text = secret.strip_prefix(PREFIX).unwrap_or(secret);
    let bytes = STANDARD.decode(text).context("a secret is not base64")?;
    ensure!(
        bytes.len() >= LEAST_BYTES,
        "a secret has {} bytes, but at least {LEAST_BYTES} are needed",
        bytes.len()
    );
    Hmac::new_from_slice(&bytes).context("a secret cannot be used")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    /// The example comes from the specification's own libraries.
    #[test]
    fn signs_as_the_specification_does() {
        let signer = Signer::new(SECRET).unwrap();
        let signature = signer.sign(
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            br#"{"test": 2432232314}"#,
        );
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    /// Authors of receivers test with this example.
    #[test]
    fn the_example_in_the_documentation_is_signed() {
        let page = include_str!("../../docs/events.md");
        let (_, request) = page.split_once("```http\n").unwrap();
        let (request, _) = request.split_once("\n```").unwrap();
        let (headers, body) = request.split_once("\n\n").unwrap();
        let header = |name: &str| {
            headers
                .lines()
                .find_map(|line| line.strip_prefix(&format!("{name}: ")))
                .unwrap()
        };
        let time = header("webhook-timestamp").parse().unwrap();
        let signature =
            Signer::new(SECRET)
                .unwrap()
                .sign(header("webhook-id"), time, body.as_bytes());
        assert_eq!(signature, header("webhook-signature"));
    }

    #[test]
    fn two_secrets_make_two_signatures() {
        let signer = Signer::new(&format!(
            "{SECRET} AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
        ))
        .unwrap();
        assert_eq!(signer.sign("a", 1, b"b").split(' ').count(), 2);
    }

    #[test]
    fn refuses_what_is_no_good_secret() {
        for secret in ["", " ", "whsec_", "not base64!", "c2hvcnQ="] {
            assert!(Signer::new(secret).is_err(), "{secret:?}");
        }
    }
}
