//! The embedded Kafka broker, where no other is named.

use std::{io, sync::Arc};

use super::HostError;
use crate::{
    KafkaBroker,
    script_root::{BindingType, ScriptRoot},
    triggers::{Trigger, setting_of_brokers},
};

/// How many partitions the topics of the embedded broker have.
const PARTITIONS: i32 = 3;

/// Starts a broker, or takes the one of an earlier host, if the functions ask for one by a setting
/// that is not set, and sets it.
pub(super) fn serve(
    root: &mut ScriptRoot,
    earlier: Option<Arc<KafkaBroker>>,
) -> Result<Option<Arc<KafkaBroker>>, HostError> {
    let missing: Vec<String> = root
        .functions
        .iter()
        .filter(|function| function.trigger.kind == BindingType::KafkaTrigger)
        .filter_map(|function| setting_of_brokers(&function.trigger))
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

/// Creates the topics of all triggers.
pub(super) fn create_topics(broker: &KafkaBroker, triggers: &[Trigger]) {
    for trigger in triggers {
        let Trigger::Kafka(kafka) = trigger else {
            continue;
        };
        if let Err(error) = broker.create_topic(kafka.topic(), PARTITIONS) {
            // Two functions may have the same topic; then it is there already.
            tracing::debug!("The topic {} cannot be created: {error}", kafka.topic());
        }
    }
}
