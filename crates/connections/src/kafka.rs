//! How to reach a Kafka cluster: translates the terms of the Kafka extension into librdkafka's.
//!
//! Sources: <https://learn.microsoft.com/azure/azure-functions/functions-bindings-kafka-trigger>,
//! <https://github.com/confluentinc/librdkafka/blob/master/CONFIGURATION.md>.

use rdkafka::ClientConfig;

/// The longest pause before librdkafka connects again, in ms. Its default of 10 s is long for a
/// developer who has just restarted the broker.
const RECONNECT: &str = "1000";

/// The values of `protocol` with librdkafka's names for them.
const PROTOCOLS: [(&str, &str); 5] = [
    ("notSet", "plaintext"),
    ("plaintext", "plaintext"),
    ("ssl", "ssl"),
    ("saslPlaintext", "sasl_plaintext"),
    ("saslSsl", "sasl_ssl"),
];
/// The values of `authenticationMode` that use a user name and a password.
const MECHANISMS: [(&str, &str); 3] = [
    ("plain", "PLAIN"),
    ("scramSha256", "SCRAM-SHA-256"),
    ("scramSha512", "SCRAM-SHA-512"),
];

/// How to reach a cluster. The terms are those of the Kafka extension; their case is ignored.
#[derive(Debug, Clone, Copy, Default)]
pub struct KafkaAccess<'a> {
    /// `host:port`, several separated by commas.
    pub brokers: &'a str,
    /// `plaintext` (the default), `ssl`, `saslPlaintext` or `saslSsl`.
    pub protocol: Option<&'a str>,
    /// `plain`, `scramSha256` or `scramSha512`; required by the protocols with SASL.
    pub authentication_mode: Option<&'a str>,
    /// The user name; required by the protocols with SASL.
    pub username: Option<&'a str>,
    /// The password; required by the protocols with SASL.
    pub password: Option<&'a str>,
}

impl KafkaAccess<'_> {
    /// librdkafka's configuration; the error says what is wrong or missing.
    pub fn config(&self) -> Result<ClientConfig, String> {
        let protocol = one_of("protocol", self.protocol, &PROTOCOLS)?.unwrap_or("plaintext");
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", self.brokers)
            .set("security.protocol", protocol)
            .set("reconnect.backoff.max.ms", RECONNECT);
        if protocol.starts_with("sasl") {
            let mode = one_of("authenticationMode", self.authentication_mode, &MECHANISMS)?;
            let missing = |what| format!("{what} is missing, but the protocol needs it");
            config
                .set(
                    "sasl.mechanism",
                    mode.ok_or_else(|| missing("authenticationMode"))?,
                )
                .set(
                    "sasl.username",
                    self.username.ok_or_else(|| missing("username"))?,
                )
                .set(
                    "sasl.password",
                    self.password.ok_or_else(|| missing("password"))?,
                );
        }
        Ok(config)
    }

    /// The same for a cluster whose certificate is signed by one of the authorities in the PEM file
    /// `ca_file`, and by no other. It is needed for a private authority, which is not in the
    /// system's store.
    ///
    /// # Errors
    ///
    /// As for [`config`](Self::config), and if the file cannot be read.
    pub fn config_with_ca(&self, ca_file: &str) -> Result<ClientConfig, String> {
        std::fs::File::open(ca_file)
            .map_err(|error| format!("the file {ca_file} cannot be read: {error}"))?;
        let mut config = self.config()?;
        config.set("ssl.ca.location", ca_file);
        Ok(config)
    }
}

/// Translates a term.
fn one_of(
    property: &str,
    value: Option<&str>,
    known: &[(&str, &'static str)],
) -> Result<Option<&'static str>, String> {
    let Some(value) = value else {
        return Ok(None);
    };
    let found = known
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(value));
    found
        .map(|(_, translated)| Some(*translated))
        .ok_or_else(|| {
            let names: Vec<_> = known.iter().map(|(name, _)| *name).collect();
            format!(
                "{property} is {value}, but must be one of {}",
                names.join(", ")
            )
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACCESS: KafkaAccess<'_> = KafkaAccess {
        brokers: "broker:9093",
        protocol: Some("SaslSsl"),
        authentication_mode: Some("plain"),
        username: Some("web"),
        password: Some("secret"),
    };

    #[test]
    fn the_words_of_the_extension_become_those_of_librdkafka() {
        let config = ACCESS.config().unwrap();
        assert_eq!(config.get("security.protocol"), Some("sasl_ssl"));
        assert_eq!(config.get("sasl.mechanism"), Some("PLAIN"));
        assert_eq!(config.get("ssl.ca.location"), None);
    }

    #[test]
    fn a_private_authority_is_trusted_where_its_file_is_there() {
        let here = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
        let config = ACCESS.config_with_ca(here).unwrap();
        assert_eq!(config.get("ssl.ca.location"), Some(here));
        let error = ACCESS.config_with_ca("/nowhere/ca.pem").unwrap_err();
        assert!(error.contains("/nowhere/ca.pem"), "{error}");
    }
}
