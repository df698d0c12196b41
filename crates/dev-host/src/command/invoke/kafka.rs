//! A message for a function with a Kafka trigger.
//!
//! The real host cannot start such a function by hand: it accepts the call, and then the invocation
//! fails. So the message is sent to the topic.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use connections::KafkaAccess;
use functions_dev_host::ProduceError;
use reqwest::Method;
use serde_json::{Map, Value, json};

use super::Options;
use crate::{error::CommandError, print_bytes, print_note, project::Settings};

pub(super) async fn send(
    options: &Options,
    trigger: &Map<String, Value>,
    event: Option<Vec<u8>>,
) -> Result<(), CommandError> {
    let settings = Settings::read(&options.script_root)?;
    let text = |property: &str| settings.resolve(trigger.get(property)?.as_str()?);
    // Names of settings may also be written there without percent signs.
    let secret = |property: &str| text(property).map(|text| settings.get(&text).unwrap_or(text));
    let topic = text("topic").ok_or_else(|| {
        CommandError::Configuration(format!(
            "the topic of {} is not known: name it in function.json, or set the setting that it names",
            options.function
        ))
    })?;
    let brokers = match secret("brokerList") {
        Some(brokers) => brokers,
        None => served_by_host(options).await?,
    };
    let (protocol, mode) = (text("protocol"), text("authenticationMode"));
    let (username, password) = (secret("username"), secret("password"));
    let access = KafkaAccess {
        brokers: &brokers,
        protocol: protocol.as_deref(),
        authentication_mode: mode.as_deref(),
        username: username.as_deref(),
        password: password.as_deref(),
    };
    let value = event.map(|value| STANDARD.encode(value));
    let message = json!({"topic": topic, "value": value}).to_string();
    let mut places = Vec::new();
    functions_dev_host::produce(&access, message.as_bytes(), &mut places)
        .await
        .map_err(|error| explain(&error, &brokers))?;
    print_note("The broker has the message. The host prints the result.");
    print_bytes(&places);
    Ok(())
}

/// The brokers of a host that serves Kafka itself.
async fn served_by_host(options: &Options) -> Result<String, CommandError> {
    let request = options.request(Method::GET, "/admin/host/status")?;
    let status = options.send(request).await?.bytes().await;
    let status = status
        .ok()
        .and_then(|status| serde_json::from_slice(&status).ok());
    let brokers = status
        .as_ref()
        .and_then(|status: &Value| status["kafkaBrokers"].as_str());
    brokers.map(str::to_owned).ok_or_else(|| {
        CommandError::Configuration(format!(
            "the host at {} does not serve Kafka, and the setting that brokerList names is not \
             set: set it in local.settings.json",
            options.url
        ))
    })
}

fn explain(error: &ProduceError, brokers: &str) -> CommandError {
    match error {
        ProduceError::Access(_) => {
            CommandError::Configuration(format!("{error}: correct the trigger in function.json"))
        }
        _ => CommandError::Failed(format!(
            "{error}. Make sure that a broker runs at {brokers}, or correct brokerList"
        )),
    }
}
