//! The trigger's properties in librdkafka's terms.
//!
//! Sources: <https://learn.microsoft.com/azure/azure-functions/functions-bindings-kafka-trigger>,
//! <https://github.com/confluentinc/librdkafka/blob/master/CONFIGURATION.md>.

use rdkafka::ClientConfig;

use crate::{
    script_root::{Binding, Kafka, Settings},
    triggers::required,
};

/// How much librdkafka may fetch ahead, in KiB.
const FETCHED_AHEAD: &str = "16384";
/// The longest pause before librdkafka connects again, in ms. Its own default is 10 s, which is
/// long to somebody who has just started the broker again.
const RECONNECT: &str = "1000";
/// How often a consumer tells that it is alive, in ms, if the session is long enough for that.
const HEARTBEAT: u32 = 3_000;

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
/// Properties that are passed on as they are.
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
            "autoOffsetReset of extensions.kafka in host.json is {}: known are Earliest and Latest",
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

fn client_config(binding: &Binding, settings: &Settings) -> Result<ClientConfig, String> {
    let protocol = one_of("protocol", binding, &PROTOCOLS)?.unwrap_or("plaintext");
    let mut config = ClientConfig::new();
    config
        .set(
            "bootstrap.servers",
            secret(required(binding, "brokerList")?, settings),
        )
        .set("security.protocol", protocol)
        .set("reconnect.backoff.max.ms", RECONNECT);
    if protocol.starts_with("sasl") {
        let mechanism = one_of("authenticationMode", binding, &MECHANISMS)?
            .ok_or("authenticationMode is missing, which the protocol asks for")?;
        config
            .set("sasl.mechanism", mechanism)
            .set(
                "sasl.username",
                secret(required(binding, "username")?, settings),
            )
            .set(
                "sasl.password",
                secret(required(binding, "password")?, settings),
            );
    }
    for (property, name) in TLS {
        if let Some(value) = binding.text(property).filter(|value| !value.is_empty()) {
            config.set(name, secret(value, settings));
        }
    }
    Ok(config)
}

/// The extension takes the name of a setting without percent signs, too.
fn secret<'a>(value: &'a str, settings: &'a Settings) -> &'a str {
    settings.get(value).unwrap_or(value)
}

/// Translates a property's value, which is compared without regard to case.
fn one_of(
    property: &str,
    binding: &Binding,
    known: &[(&str, &'static str)],
) -> Result<Option<&'static str>, String> {
    let Some(value) = binding.text(property).filter(|value| !value.is_empty()) else {
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

#[cfg(test)]
mod tests;
