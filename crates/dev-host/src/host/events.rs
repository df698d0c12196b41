//! Sets up the functions to which Event Grid announces blobs.

use std::{net::SocketAddr, sync::Arc};

use connections::StorageConnection;

use super::HostError;
use crate::{
    EventGridOptions, EventSubscription, SystemTopic,
    script_root::{ConfigurationError, ScriptRoot},
    triggers::{BlobEvents, EventFunction, Extension, Keys, Pace, Trigger},
};

fn functions(triggers: &[Trigger]) -> impl Iterator<Item = &Arc<EventFunction>> {
    triggers.iter().filter_map(|trigger| match trigger {
        Trigger::BlobEvents(events) => Some(events),
        _ => None,
    })
}

/// Warns about a defect of the real host (4.1037, Storage extension 5.3.10): if a polled blob
/// function comes before one of these in the alphabet, it silently drops their messages.
fn warn_of_lost_events(triggers: &[Trigger]) {
    let mut polled = None;
    // They are ordered by name.
    for trigger in triggers {
        let name = &trigger.function().name;
        match (trigger, polled) {
            (Trigger::Blob(_), None) => polled = Some(name),
            (Trigger::BlobEvents(_), Some(polled)) => tracing::warn!(
                "On Azure '{name}' would lose its events, because '{polled}', which polls, comes \
                 first"
            ),
            _ => {}
        }
    }
}

/// The queue that these functions share, if there are any.
pub(super) fn queue(
    triggers: &[Trigger],
    root: &ScriptRoot,
    pace: Pace,
) -> Result<Option<BlobEvents>, HostError> {
    warn_of_lost_events(triggers);
    let mut functions = functions(triggers).map(Arc::clone).peekable();
    if functions.peek().is_none() {
        return Ok(None);
    }
    BlobEvents::new(functions, root, pace)
        .map(Some)
        .map_err(|problem| ConfigurationError::file(&root.path, problem).into())
}

/// A subscription for each of these functions with an `eventGridTrigger`.
pub(super) fn subscribe_functions(
    subscriptions: &[EventSubscription],
    root: &ScriptRoot,
    host: SocketAddr,
    keys: &Keys,
    options: &EventGridOptions,
) -> Result<Vec<SystemTopic>, HostError> {
    let subscribe = |wanted: &EventSubscription| {
        let EventSubscription {
            function,
            connection,
            container,
            event_types,
        } = wanted;
        let account = StorageConnection::from_settings(connection, root.settings.lookup())
            .map_err(|error| error.to_string())?;
        let webhook = keys.webhook(host, Extension::EventGrid, function);
        let options = EventGridOptions {
            included_event_types: event_types.clone(),
            ..options.clone()
        };
        let subscription = format!("{}/{function}", root.host_id());
        SystemTopic::start(&account, container, &subscription, webhook, options)
            .map_err(|error| error.to_string())
    };
    subscriptions
        .iter()
        .map(subscribe)
        .collect::<Result<_, _>>()
        .map_err(|problem| ConfigurationError::file(&root.path, problem).into())
}

/// An event subscription for each of these functions, to the account of its own blobs.
pub(super) fn subscribe(
    triggers: &[Trigger],
    root: &ScriptRoot,
    host: SocketAddr,
    keys: &Keys,
    options: &EventGridOptions,
) -> Result<Vec<SystemTopic>, HostError> {
    let subscribe = |function: &Arc<EventFunction>| {
        let (account, container) = function.source();
        let name = &function.function().name;
        let webhook = keys.webhook(host, Extension::Blobs, name);
        let subscription = format!("{}/{name}", root.host_id());
        SystemTopic::start(account, container, &subscription, webhook, options.clone())
            .map_err(|error| error.to_string())
    };
    functions(triggers)
        .map(subscribe)
        .collect::<Result<_, _>>()
        .map_err(|problem| ConfigurationError::file(&root.path, problem).into())
}
