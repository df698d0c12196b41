//! Why a Kafka cluster does not answer.
//!
//! librdkafka only tells the sender of a message that it timed out. The cause goes to its client's
//! context, which is here. Each kind of trouble is logged once, with the setting to look at, until
//! a message gets through again.

use std::sync::{Arc, Mutex, PoisonError};

use rdkafka::{
    ClientContext,
    config::RDKafkaLogLevel,
    error::{KafkaError, RDKafkaErrorCode},
};

/// The last errors of librdkafka.
#[derive(Clone, Debug, Default)]
pub(super) struct Reasons(Arc<Mutex<Vec<Complaint>>>);

#[derive(Debug)]
struct Complaint {
    kind: Kind,
    text: String,
}

/// Kinds of trouble, by what an operator can do about them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Credentials,
    Certificate,
    Protocol,
    Host,
    Unreachable,
    Other,
}

impl Reasons {
    /// The last error of librdkafka since a message last got through, if any.
    pub(super) fn last(&self) -> Option<String> {
        let complaints = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        complaints.last().map(|complaint| complaint.text.clone())
    }

    /// Forgets the errors, because a message got through.
    pub(super) fn forget(&self) {
        let mut complaints = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        complaints.clear();
    }

    /// Remembers an error, and returns whether it is the first of its kind.
    fn add(&self, kind: Kind, text: &str) -> bool {
        let mut complaints = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = complaints.iter().position(|other| other.kind == kind);
        if let Some(at) = known {
            complaints.remove(at);
        }
        let text = text.to_owned();
        complaints.push(Complaint { kind, text });
        known.is_none()
    }
}

impl Kind {
    /// The kind of trouble that librdkafka's text describes.
    fn of(text: &str) -> Self {
        let text = text.to_lowercase();
        let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
        if has(&["authentication error", "authentication failed"]) {
            Self::Credentials
        } else if has(&["certificate", "ca.location"]) {
            Self::Certificate
        } else if has(&["ssl handshake", "ssl_handshake"]) {
            Self::Protocol
        } else if has(&["failed to resolve", "name or service not known"]) {
            Self::Host
        } else if has(&["connect to", "timed out"]) {
            Self::Unreachable
        } else {
            Self::Other
        }
    }

    /// The settings to look at.
    fn look_at(self) -> &'static str {
        match self {
            Self::Credentials => "KAFKA_USERNAME and KAFKA_PASSWORD",
            Self::Certificate => "KAFKA_CA_FILE",
            Self::Protocol => "KAFKA_BROKERS (its port) and KAFKA_USERNAME (with it there is TLS)",
            Self::Host | Self::Unreachable | Self::Other => "KAFKA_BROKERS",
        }
    }
}

impl ClientContext for Reasons {
    fn log(&self, _: RDKafkaLogLevel, facility: &str, text: &str) {
        // Everything that matters arrives through `error`, too.
        tracing::debug!(facility, text, "librdkafka");
    }

    fn error(&self, error: KafkaError, reason: &str) {
        if error.rdkafka_error_code() == Some(RDKafkaErrorCode::AllBrokersDown) {
            // It only summarises what was reported about each broker.
            return;
        }
        let kind = Kind::of(reason);
        if self.add(kind, reason) {
            tracing::error!(
                error = %telemetry::chain(&error),
                reason,
                look_at = kind.look_at(),
                "Kafka cannot be used"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_librdkafka_says_leads_to_a_setting() {
        for (text, expected) in [
            (
                "sasl_ssl://broker:9092/bootstrap: SASL authentication error: Authentication failed: \
                 Invalid username or password (after 312ms in state AUTH_REQ)",
                Kind::Credentials,
            ),
            (
                "sasl_ssl://broker:9092/bootstrap: SSL handshake failed: error:0A000086:SSL \
                 routines::certificate verify failed: broker certificate could not be verified, verify \
                 that ssl.ca.location is correctly configured or root CA certificates are installed",
                Kind::Certificate,
            ),
            (
                "ssl://broker:9092/bootstrap: SSL handshake failed: Disconnected: connecting to a \
                 PLAINTEXT broker listener?",
                Kind::Protocol,
            ),
            (
                "broker:9092/bootstrap: Failed to resolve 'broker:9092': Name or service not known",
                Kind::Host,
            ),
            (
                "127.0.0.1:1/bootstrap: Connect to ipv4#127.0.0.1:1 failed: Connection refused",
                Kind::Unreachable,
            ),
        ] {
            assert_eq!(Kind::of(text), expected, "{text}");
        }
    }

    #[test]
    fn each_kind_is_said_once_until_a_message_gets_through() {
        let reasons = Reasons::default();
        assert!(reasons.add(Kind::Host, "no such host"));
        assert!(!reasons.add(Kind::Host, "no such host again"));
        assert!(reasons.add(Kind::Credentials, "wrong password"));
        assert_eq!(reasons.last().as_deref(), Some("wrong password"));
        reasons.forget();
        assert_eq!(reasons.last(), None);
        assert!(reasons.add(Kind::Host, "no such host"));
    }
}
