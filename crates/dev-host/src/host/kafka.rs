//! The embedded Kafka broker, used if no other is named.

use std::{io, sync::Arc};

use super::HostError;
use crate::{
    KafkaBroker,
    outputs::Target,
    script_root::{BindingType, ScriptRoot},
    triggers::{Trigger, setting_of_brokers},
};

/// How many partitions the topics of the embedded broker have.
const PARTITIONS: i32 = 3;

/// Starts a broker, or uses that of an earlier host, if the functions name it by a setting that is
/// not set. Sets that setting.
pub(super) fn serve(
    root: &mut ScriptRoot,
    earlier: Option<Arc<KafkaBroker>>,
) -> Result<Option<Arc<KafkaBroker>>, HostError> {
    let missing: Vec<String> = root
        .functions
        .iter()
        .flat_map(|function| std::iter::once(&function.trigger).chain(&function.outputs))
        .filter(|binding| matches!(binding.kind, BindingType::KafkaTrigger | BindingType::Kafka))
        .filter_map(setting_of_brokers)
        .filter(|setting| root.settings.get(setting).is_none())
        .map(str::to_owned)
        .collect();
    if missing.is_empty() {
        return Ok(None);
    }
    let broker = earlier.map_or_else(start, Ok)?;
    for setting in missing {
        root.settings
            .set_default(&setting, broker.brokers().to_owned());
    }
    Ok(Some(broker))
}

fn start() -> Result<Arc<KafkaBroker>, HostError> {
    let failed = HostError::system("Kafka cannot be served");
    let broker = KafkaBroker::start().map_err(|error| failed(io::Error::other(error)))?;
    tracing::info!("Kafka (in memory) listens on {}", broker.brokers());
    Ok(Arc::new(broker))
}

/// Creates the topics of all triggers and outputs.
pub(super) fn create_topics(broker: &KafkaBroker, triggers: &[Trigger]) {
    for topic in triggers.iter().flat_map(topics) {
        if let Err(error) = broker.create_topic(topic, PARTITIONS) {
            // Two functions may have the same topic; then it exists already.
            tracing::debug!("The topic {topic} cannot be created: {error}");
        }
    }
}

fn topics(trigger: &Trigger) -> impl Iterator<Item = &str> {
    let outputs = trigger.function().outputs.iter();
    let written = outputs.filter_map(|output| match &output.target {
        Target::Kafka(kafka) => Some(kafka.topic()),
        _ => None,
    });
    let read = match trigger {
        Trigger::Kafka(kafka) => Some(kafka.topic()),
        _ => None,
    };
    read.into_iter().chain(written)
}
