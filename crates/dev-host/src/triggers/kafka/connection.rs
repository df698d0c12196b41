//! The trigger's properties in librdkafka's terms.

use connections::KafkaAccess;
use rdkafka::ClientConfig;

use crate::script_root::{Binding, Kafka, Settings};

/// How much librdkafka may prefetch, in KiB.
const FETCHED_AHEAD: &str = "16384";
/// How often a consumer sends a heartbeat, in ms, if the session is long enough for that.
const HEARTBEAT: u32 = 3_000;

/// Properties that are passed on unchanged.
const TLS: [(&str, &str); 5] = [
    ("sslCaLocation", "ssl.ca.location"),
    ("sslCaPEM", "ssl.ca.pem"),
    ("sslCertificateLocation", "ssl.certificate.location"),
    ("sslKeyLocation", "ssl.key.location"),
    ("sslKeyPassword", "ssl.key.password"),
];

/// The setting that `brokerList` names, if it is `%name%` and nothing else.
pub(crate) fn setting_of_brokers(binding: &Binding) -> Option<&str> {
    let name = binding.text("brokerList")?;
    let name = name.strip_prefix('%')?.strip_suffix('%')?;
    (!name.is_empty() && !name.contains('%')).then_some(name)
}

/// The configuration of the trigger's consumer.
pub(super) fn consumer_config(
    binding: &Binding,
    settings: &Settings,
    kafka: &Kafka,
) -> Result<ClientConfig, String> {
    let mut config = client_config(binding, settings)?;
    let reset = kafka.auto_offset_reset.to_ascii_lowercase();
    if !matches!(reset.as_str(), "earliest" | "latest") {
        return Err(format!(
            "autoOffsetReset of extensions.kafka in host.json is {}, but must be Earliest or \
             Latest",
            kafka.auto_offset_reset
        ));
    }
    let group = binding
        .text("consumerGroup")
        .filter(|group| !group.is_empty());
    let session = kafka.session_timeout_ms;
    config
        .set("group.id", group.unwrap_or("$Default"))
        .set("enable.auto.commit", "false")
        .set("enable.auto.offset.store", "false")
        .set("auto.offset.reset", reset)
        .set("session.timeout.ms", session.to_string())
        .set(
            "heartbeat.interval.ms",
            HEARTBEAT.min(session / 3).to_string(),
        )
        .set("queued.max.messages.kbytes", FETCHED_AHEAD);
    Ok(config)
}

/// What consumers and producers have in common.
pub(crate) fn client_config(
    binding: &Binding,
    settings: &Settings,
) -> Result<ClientConfig, String> {
    let text = |property| binding.text(property).filter(|value| !value.is_empty());
    // The extension also accepts the name of a setting without percent signs.
    let secret = |property| text(property).map(|value| settings.get(value).unwrap_or(value));
    let access = KafkaAccess {
        brokers: secret("brokerList").ok_or("brokerList is missing")?,
        protocol: text("protocol"),
        authentication_mode: text("authenticationMode"),
        username: secret("username"),
        password: secret("password"),
    };
    let mut config = access.config()?;
    for (property, name) in TLS {
        if let Some(value) = secret(property) {
            config.set(name, value);
        }
    }
    Ok(config)
}

#[cfg(test)]
mod tests;
