//! function.json and presets.toml, held against each other and against the code at start-up: what
//! does not fit together is said before the first event, with the file and the line to change.

use std::path::{Path, PathBuf};

use azure_core::http::Url;
use connections::{ConnectionError, StorageConnection};
use imaging::Presets;

use crate::{functions::process_upload, router::FUNCTIONS};

mod function_json;

use function_json::{Binding, Function};

/// What the handler needs to know of the bindings.
#[derive(Debug)]
pub struct Wiring {
    /// Where `ProcessUpload` finds deferred originals.
    pub uploads: Container,
    /// Where renditions go.
    pub renditions: RenditionStore,
}

/// A blob container that a binding names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Container {
    /// The connection's name.
    pub connection: String,
    /// The container's name.
    pub name: String,
}

impl Container {
    /// The container's address, without anything that gives access to it.
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

/// The container of renditions.
#[derive(Debug)]
pub struct RenditionStore {
    /// Its address, without anything that gives access to it.
    pub address: Url,
}

/// What does not fit together.
#[derive(Debug, thiserror::Error)]
pub enum WiringError {
    /// A file that cannot be read.
    #[error("{}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
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
    /// A connection that the bindings name and the settings do not describe.
    #[error(transparent)]
    Connection(#[from] ConnectionError),
    /// A connection that cannot hold blobs.
    #[error(transparent)]
    Address(#[from] anyhow::Error),
}

impl Wiring {
    /// Reads every function below the script root and checks it.
    pub fn check(
        root: &Path,
        presets: &Presets,
        lookup: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, WiringError> {
        let functions = function_json::read_all(root, &lookup)?;
        functions.iter().try_for_each(has_route)?;
        functions.iter().try_for_each(cannot_loop)?;
        let upload = functions
            .iter()
            .find(|function| function.name == "ProcessUpload")
            .ok_or_else(|| missing_function(root, "ProcessUpload"))?;
        let uploads = trigger_container(upload)?;
        let renditions = rendition_container(upload, presets)?;
        let connection = StorageConnection::from_settings(&renditions.connection, &lookup)?;
        Ok(Self {
            uploads,
            renditions: RenditionStore {
                address: renditions.address(&connection)?,
            },
        })
    }
}

fn missing_function(root: &Path, name: &str) -> WiringError {
    WiringError::Read {
        path: root.join(name).join("function.json"),
        source: std::io::ErrorKind::NotFound.into(),
    }
}

/// A folder without a route would get its events answered with 404 and lose them in the end.
fn has_route(function: &Function) -> Result<(), WiringError> {
    if FUNCTIONS.contains(&function.name.as_str()) {
        return Ok(());
    }
    let known = FUNCTIONS.join(", ");
    Err(function.problem(
        None,
        format!("there is no function {} (there is {known})", function.name),
    ))
}

/// Outputs that trigger their own function would never end.
fn cannot_loop(function: &Function) -> Result<(), WiringError> {
    let Some(trigger) = function
        .bindings
        .iter()
        .find(|binding| binding.kind == "blobTrigger")
    else {
        return Ok(());
    };
    let input = trigger.container();
    match function
        .outputs("blob")
        .find(|output| output.container() == input)
    {
        Some(output) => Err(function.problem(
            Some(output),
            format!(
                "{} writes to {input}, which triggers this very function: name another container",
                output.name
            ),
        )),
        None => Ok(()),
    }
}

/// The container whose blobs trigger the function; it must hand on their whole name.
fn trigger_container(function: &Function) -> Result<Container, WiringError> {
    let trigger = function
        .bindings
        .iter()
        .find(|binding| binding.kind == "blobTrigger")
        .ok_or_else(|| function.problem(None, "the function needs a blobTrigger".to_owned()))?;
    if trigger.name != process_upload::TRIGGER {
        let problem = format!("the trigger must be named {}", process_upload::TRIGGER);
        return Err(function.problem(Some(trigger), problem));
    }
    match trigger.path.split_once('/') {
        Some((container, "{name}")) => Ok(Container {
            connection: trigger.connection.clone(),
            name: container.to_owned(),
        }),
        _ => Err(function.problem(
            Some(trigger),
            format!(
                "the path is {}; it must be a container and /{{name}}",
                trigger.path
            ),
        )),
    }
}

/// The one container that every rendition's binding writes to, at the path that the record states.
fn rendition_container(function: &Function, presets: &Presets) -> Result<Container, WiringError> {
    let mut found: Option<Container> = None;
    for preset in presets.iter() {
        let Some(binding) = function
            .outputs("blob")
            .find(|output| output.name == preset.name)
        else {
            return Err(function.problem(
                None,
                format!(
                    "the preset {0} has no blob output: add one named {0}",
                    preset.name
                ),
            ));
        };
        let container = rendition_binding(function, binding, preset)?;
        if found.as_ref().is_some_and(|other| *other != container) {
            let problem = format!(
                "{} goes to another container than the presets before it",
                preset.name
            );
            return Err(function.problem(Some(binding), problem));
        }
        found = Some(container);
    }
    for output in function.outputs("blob") {
        if !presets.iter().any(|preset| preset.name == output.name) {
            let problem = format!(
                "no preset is named {}: remove the output or add the preset",
                output.name
            );
            return Err(function.problem(Some(output), problem));
        }
    }
    found.ok_or_else(|| function.problem(None, "there is no preset at all".to_owned()))
}

fn rendition_binding(
    function: &Function,
    binding: &Binding,
    preset: &imaging::Preset,
) -> Result<Container, WiringError> {
    if binding.data_type.is_some() {
        let problem = format!(
            "{} must have no dataType, or base64 text lands in the blob",
            binding.name
        );
        return Err(function.problem(Some(binding), problem));
    }
    let expected = format!("{{name}}/{}", preset.file_name());
    match binding.path.split_once('/') {
        Some((container, path)) if path == expected => Ok(Container {
            connection: binding.connection.clone(),
            name: container.to_owned(),
        }),
        _ => Err(function.problem(
            Some(binding),
            format!(
                "the path is {}; for the preset it must be a container and /{expected}",
                binding.path
            ),
        )),
    }
}
