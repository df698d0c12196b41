//! Checks function.json and presets.toml against each other and against the code at start-up. An
//! error is reported before the first event, with the file and the line to change.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use azure_core::http::Url;
use connections::StorageConnection;
use contract::names;
use imaging::{Preset, Presets};

use crate::{
    delivery::RECORD,
    functions::{
        check_images, process_message, process_sink, process_upload, remove_image, reprocess,
        retry_upload,
    },
    router::FUNCTIONS,
    settings::{Events, Settings},
};

mod function_json;
mod host_json;
mod publish_events;

use function_json::{Binding, Function};

/// What the handler needs to know from the bindings.
#[derive(Clone, Debug)]
pub struct Wiring {
    /// The container where `ProcessUpload` finds deferred originals.
    pub uploads: Container,
    /// The container of originals that messages refer to.
    pub incoming: Container,
    /// The container of renditions.
    pub renditions: Container,
    /// The container of records.
    pub records: RecordStore,
    /// How long an invocation may take, as the host allows.
    pub function_timeout: Duration,
}

/// A blob container that a binding names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Container {
    /// The connection's name.
    pub connection: String,
    /// The container's name.
    pub name: String,
}

/// The Cosmos DB container that a binding names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordStore {
    /// The connection's name.
    pub connection: String,
    /// The database's name.
    pub database: String,
    /// The container's name.
    pub container: String,
}

impl Container {
    /// The container's address, without credentials.
    pub fn address(&self, connection: &StorageConnection) -> anyhow::Result<Url> {
        let mut url = connection
            .blob_endpoint()
            .ok_or_else(|| anyhow::anyhow!("{} has no Blob endpoint", self.connection))?;
        url.path_segments_mut()
            .map_err(|()| anyhow::anyhow!("{} has no usable Blob endpoint", self.connection))?
            .pop_if_empty()
            .push(&self.name);
        Ok(url)
    }
}

impl RecordStore {
    fn of(binding: &Binding) -> Self {
        Self {
            connection: binding.connection.clone(),
            database: binding.database_name.clone(),
            container: binding.container_name.clone(),
        }
    }
}

/// A mistake in the configuration.
#[derive(Debug, thiserror::Error)]
pub enum WiringError {
    /// A file that cannot be read.
    #[error("{}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: std::io::Error,
    },
    /// A line that has to be changed.
    #[error("{}:{line}: {problem}", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong there, and what would be right.
        problem: String,
    },
}

impl Wiring {
    /// Reads every function below the script root and checks it against the presets and the routes.
    /// The settings name the containers that no binding names.
    pub fn check(
        root: &Path,
        presets: &Presets,
        settings: &Settings,
        lookup: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, WiringError> {
        let functions = function_json::read_all(root, &lookup)?;
        functions.iter().try_for_each(has_route)?;
        no_loops(&functions)?;
        let [check, message, sink, upload, events, removal, runs, retry] =
            FUNCTIONS.map(|name| functions.iter().find(|function| function.name == name));
        let upload = upload.ok_or_else(|| missing_function(root, "ProcessUpload"))?;
        let uploads = trigger_container(upload)?;
        let renditions = rendition_container(upload, presets, "{name}")?;
        let records = record_store(upload)?;
        if let Some(check) = check {
            has_trigger(check, "timerTrigger", check_images::TRIGGER)?;
        }
        if let Some(message) = message {
            has_trigger(message, "kafkaTrigger", process_message::TRIGGER)?;
            same(
                message,
                &renditions,
                &rendition_container(message, presets, "{Key}")?,
            )?;
            same(message, &records, &record_store(message)?)?;
        }
        if let Some(sink) = sink {
            has_trigger(sink, "httpTrigger", process_sink::TRIGGER)?;
            output(sink, "http", process_sink::OUTPUT)?;
        }
        match events {
            Some(events) => publish_events::check(events, &records)?,
            None if settings.events == Events::None => {}
            None => return Err(missing_function(root, "PublishEvents")),
        }
        if let Some(removal) = removal {
            has_trigger(removal, "eventGridTrigger", remove_image::TRIGGER)?;
        }
        if let Some(runs) = runs {
            reads_queue(runs, reprocess::TRIGGER, reprocess::QUEUE)?;
        }
        if let Some(retry) = retry {
            reads_queue(retry, retry_upload::TRIGGER, retry_upload::QUEUE)?;
        }
        for own in [
            &settings.dead_letters,
            &settings.incoming,
            names::ATTEMPTS,
            names::RUNS,
        ] {
            if *own == uploads.name {
                let problem =
                    format!("the handler uses the container {own} itself: name another container");
                return Err(upload.problem(None, problem));
            }
        }
        let incoming = Container {
            connection: renditions.connection.clone(),
            name: settings.incoming.clone(),
        };
        Ok(Self {
            uploads,
            incoming,
            renditions,
            records,
            function_timeout: host_json::function_timeout(root, &lookup)?,
        })
    }
}

fn missing_function(root: &Path, name: &str) -> WiringError {
    WiringError::Read {
        path: root.join(name).join("function.json"),
        source: std::io::ErrorKind::NotFound.into(),
    }
}

/// Checks that a function has a route. Without one its events would be answered with 404 and lost
/// in the end.
fn has_route(function: &Function) -> Result<(), WiringError> {
    if FUNCTIONS.contains(&function.name.as_str()) {
        return Ok(());
    }
    let known = FUNCTIONS.join(", ");
    Err(function.problem(
        None,
        format!(
            "there is no function {} (the functions are {known})",
            function.name
        ),
    ))
}

/// Checks that no output triggers a function, because that would never end.
fn no_loops(functions: &[Function]) -> Result<(), WiringError> {
    let triggers = functions
        .iter()
        .flat_map(|function| &function.bindings)
        .filter(|binding| binding.kind == "blobTrigger");
    for trigger in triggers {
        for function in functions {
            let looped = function
                .outputs("blob")
                .find(|output| output.container() == trigger.container());
            if let Some(output) = looped {
                let problem = format!(
                    "{} writes to {}, whose blobs trigger a function: name another container",
                    output.name,
                    trigger.container()
                );
                return Err(function.problem(Some(output), problem));
            }
        }
    }
    Ok(())
}

fn has_trigger<'a>(
    function: &'a Function,
    kind: &str,
    name: &str,
) -> Result<&'a Binding, WiringError> {
    let trigger = function
        .bindings
        .iter()
        .find(|binding| binding.kind == kind)
        .ok_or_else(|| function.problem(None, format!("the function needs a {kind}")))?;
    if trigger.name == name {
        Ok(trigger)
    } else {
        Err(function.problem(Some(trigger), format!("the {kind} must be named {name}")))
    }
}

fn output<'a>(
    function: &'a Function,
    kind: &'a str,
    name: &str,
) -> Result<&'a Binding, WiringError> {
    function
        .outputs(kind)
        .find(|output| output.name == name)
        .ok_or_else(|| function.problem(None, format!("add a {kind} output named {name}")))
}

/// Checks that both flows write to the same places.
fn same<T: PartialEq>(function: &Function, first: &T, second: &T) -> Result<(), WiringError> {
    if first == second {
        return Ok(());
    }
    let problem = "renditions and records must go to the same containers as ProcessUpload's";
    Err(function.problem(None, problem.to_owned()))
}

/// The container whose blobs trigger the function. The trigger must pass the whole name on.
fn trigger_container(function: &Function) -> Result<Container, WiringError> {
    let trigger = has_trigger(function, "blobTrigger", process_upload::TRIGGER)?;
    container_at(function, trigger, "{name}")
}

/// Checks the name of the queue, which is fixed: the host writes to it, or the command that starts
/// a run.
fn reads_queue(function: &Function, trigger: &str, queue: &str) -> Result<(), WiringError> {
    let trigger = has_trigger(function, "queueTrigger", trigger)?;
    if trigger.queue_name == queue {
        return Ok(());
    }
    let problem = format!("the queue must be {queue}");
    Err(function.problem(Some(trigger), problem))
}

fn record_store(function: &Function) -> Result<RecordStore, WiringError> {
    output(function, "cosmosDB", RECORD).map(RecordStore::of)
}

/// The one container that every rendition's binding writes to, at the path that the record states.
fn rendition_container(
    function: &Function,
    presets: &Presets,
    name: &str,
) -> Result<Container, WiringError> {
    for binding in function.outputs("blob") {
        if presets.get(&binding.name).is_none() {
            let problem = format!(
                "no preset is named {}: remove the output or add the preset",
                binding.name
            );
            return Err(function.problem(Some(binding), problem));
        }
    }
    let mut found: Option<Container> = None;
    for preset in presets.iter() {
        let binding = function
            .outputs("blob")
            .find(|output| output.name == preset.name);
        let binding = binding.ok_or_else(|| {
            let problem = format!(
                "the preset {0} has no blob output: add one named {0}",
                preset.name
            );
            function.problem(None, problem)
        })?;
        let container = rendition_binding(function, binding, preset, name)?;
        if found.as_ref().is_some_and(|other| *other != container) {
            let problem = format!(
                "{} is written to a different container from the others",
                preset.name
            );
            return Err(function.problem(Some(binding), problem));
        }
        found = Some(container);
    }
    found.ok_or_else(|| function.problem(None, "there is no preset".to_owned()))
}

fn rendition_binding(
    function: &Function,
    binding: &Binding,
    preset: &Preset,
    name: &str,
) -> Result<Container, WiringError> {
    if binding.data_type.is_some() {
        let problem = format!(
            "{} must have no dataType, because otherwise the blob would contain base64 text",
            binding.name
        );
        return Err(function.problem(Some(binding), problem));
    }
    container_at(function, binding, &format!("{name}/{}", preset.file_name()))
}

/// The container of a binding. Its path must be a container followed by exactly `rest`.
fn container_at(
    function: &Function,
    binding: &Binding,
    rest: &str,
) -> Result<Container, WiringError> {
    match binding.path.split_once('/') {
        Some((container, path)) if path == rest => Ok(Container {
            connection: binding.connection.clone(),
            name: container.to_owned(),
        }),
        _ => {
            let problem = format!(
                "the path of {} is {}, but it must be a container and /{rest}",
                binding.name, binding.path
            );
            Err(function.problem(Some(binding), problem))
        }
    }
}
