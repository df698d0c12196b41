//! How a Kafka cluster is reached: the extension's words, and librdkafka's for them.
//!
//! Sources: <https://learn.microsoft.com/azure/azure-functions/functions-bindings-kafka-trigger>,
//! <https://github.com/confluentinc/librdkafka/blob/master/CONFIGURATION.md>.

use rdkafka::ClientConfig;

/// The longest pause before librdkafka connects again, in ms. Its own default is 10 s, which is
/// long to somebody who has just started the broker again.
const RECONNECT: &str = "1000";

/// The values of `protocol` with librdkafka's words for them.
const PROTOCOLS: [(&str, &str); 5] = [
    ("notSet", "plaintext"),
    ("plaintext", "plaintext"),
    ("ssl", "ssl"),
    ("saslPlaintext", "sasl_plaintext"),
    ("saslSsl", "sasl_ssl"),
];
/// The values of `authenticationMode` that carry a user's name and password.
const MECHANISMS: [(&str, &str); 3] = [
    ("plain", "PLAIN"),
    ("scramSha256", "SCRAM-SHA-256"),
    ("scramSha512", "SCRAM-SHA-512"),
];

/// How a cluster is reached. The words are those of the Kafka extension and are compared without
/// regard to case.
#[derive(Debug, Clone, Copy, Default)]
pub struct KafkaAccess<'a> {
    /// `host:port`, and more of them after commas.
    pub brokers: &'a str,
    /// `plaintext` (the default), `ssl`, `saslPlaintext` or `saslSsl`.
    pub protocol: Option<&'a str>,
    /// `plain`, `scramSha256` or `scramSha512`; asked for by the protocols with SASL.
    pub authentication_mode: Option<&'a str>,
    /// The user's name; asked for by the protocols with SASL.
    pub username: Option<&'a str>,
    /// The user's password; asked for by the protocols with SASL.
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
            let missing = |what| format!("{what} is missing, which the protocol asks for");
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
}

/// Translates a word.
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
            format!("{property} is {value}: known are {}", names.join(", "))
        })
}
