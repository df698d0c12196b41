//! The files of a new project.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::name::Name;
use crate::error::CommandError;

/// The crate for handlers, and the version that the templates are written for.
const HANDLER_CRATE: &str = "azure-functions-custom-handler";
const HANDLER_CRATE_VERSION: &str = "0.1";
/// Its folder in this repository.
const HANDLER_CRATE_FOLDER: &str = "custom-handler";

/// What calls a new function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Trigger {
    /// Requests to /api/NAME.
    Http,
    /// Messages of a storage queue.
    Queue,
    /// New blobs of a container.
    Blob,
    /// A schedule.
    Timer,
    /// Messages of a Kafka topic.
    Kafka,
    /// Events of an Event Grid subscription.
    EventGrid,
    /// Changes in a Cosmos DB container.
    Cosmos,
}

macro_rules! template {
    ($path:literal) => {
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/templates/", $path))
    };
}

/// What is special about a project for one trigger.
struct Template {
    main: &'static str,
    function: &'static str,
    settings: &'static str,
    /// What the function does, as the rest of the sentence "An Azure function in Rust: ".
    what: &'static str,
    /// What has to run beside the host, as a sentence; empty if nothing.
    needs: &'static str,
    /// How to call it by hand, after `functions-dev-host `.
    invoke: &'static str,
}

const SETTINGS: &str = template!("project/local.settings.json");
const STORAGE: &str =
    "It needs storage: run Azurite, for example with `npx azurite --skipApiVersionCheck`.";

impl Trigger {
    fn template(self) -> Template {
        match self {
            Self::Http => Template {
                main: template!("http/main.rs"),
                function: template!("http/function.json"),
                settings: SETTINGS,
                what: "it answers requests",
                needs: "",
                invoke: "invoke {{name}} --data hello",
            },
            Self::Queue => Template {
                main: template!("queue/main.rs"),
                function: template!("queue/function.json"),
                settings: SETTINGS,
                what: "it takes messages of a storage queue",
                needs: STORAGE,
                invoke: "invoke {{name}} --data hello",
            },
            Self::Blob => Template {
                main: template!("blob/main.rs"),
                function: template!("blob/function.json"),
                settings: SETTINGS,
                what: "it copies each new blob of a container",
                needs: STORAGE,
                invoke: "invoke {{name}} --data uploads/a-blob-that-is-there.txt",
            },
            Self::Timer => Template {
                main: template!("timer/main.rs"),
                function: template!("timer/function.json"),
                settings: SETTINGS,
                what: "it runs every five minutes",
                needs: STORAGE,
                invoke: "invoke {{name}}",
            },
            Self::Kafka => Template {
                main: template!("kafka/main.rs"),
                function: template!("kafka/function.json"),
                settings: SETTINGS,
                what: "it takes messages of a Kafka topic",
                needs: "The host serves Kafka itself until the setting `KAFKA_BROKERS` names \
                        brokers.",
                invoke: "invoke {{name}} --data hello",
            },
            Self::EventGrid => Template {
                main: template!("event-grid/main.rs"),
                function: template!("event-grid/function.json"),
                settings: SETTINGS,
                what: "it takes events of an Event Grid subscription",
                needs: "",
                invoke: "invoke {{name}} --event event.json",
            },
            Self::Cosmos => Template {
                main: template!("cosmos/main.rs"),
                function: template!("cosmos/function.json"),
                settings: template!("cosmos/local.settings.json"),
                what: "it takes the changes in a Cosmos DB container",
                needs: "The host serves Cosmos DB itself if the setting `CosmosDb` names a local \
                        port at which nothing listens.",
                invoke: r#"invoke {{name}} --data '[{"id": "1"}]'"#,
            },
        }
    }

    /// What has to run beside the host, as a sentence; empty if nothing.
    pub(super) fn needs(self) -> &'static str {
        self.template().needs
    }

    /// The command line that calls the function by hand.
    pub(super) fn invoke(self, name: &Name) -> String {
        let command = format!("functions-dev-host {}", self.template().invoke);
        command.replace("{{name}}", name.as_str())
    }
}

/// The line of Cargo.toml for the dependency on the crate for handlers.
pub(super) fn dependency(path_to_crates: Option<&Path>) -> Result<String, CommandError> {
    let Some(crates) = path_to_crates else {
        return Ok(format!("{HANDLER_CRATE} = \"{HANDLER_CRATE_VERSION}\""));
    };
    let folder = crates.join(HANDLER_CRATE_FOLDER);
    let manifest = fs::read_to_string(folder.join("Cargo.toml")).map_err(|error| {
        CommandError::Configuration(format!(
            "{} cannot be read ({error}): --path-to-crates must name the folder that holds \
             {HANDLER_CRATE_FOLDER}",
            folder.join("Cargo.toml").display()
        ))
    })?;
    let folder = folder.canonicalize().unwrap_or(folder);
    let path = toml_string(&folder.to_string_lossy());
    // The templates use the crate under one name, whatever its package is called there.
    let package = package_name(&manifest)
        .filter(|name| *name != HANDLER_CRATE)
        .map(|name| format!(", package = {}", toml_string(name)))
        .unwrap_or_default();
    Ok(format!("{HANDLER_CRATE} = {{ path = {path}{package} }}"))
}

/// The first `name = "…"` of a manifest, which is the name of its package.
fn package_name(manifest: &str) -> Option<&str> {
    let name = manifest
        .lines()
        .find_map(|line| line.strip_prefix("name = "))?;
    Some(name.trim().trim_matches('"'))
}

/// JSON strings are TOML strings, too.
fn toml_string(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A paragraph that follows another one; empty if there is none.
fn paragraph(text: &str) -> String {
    if text.is_empty() {
        String::new()
    } else {
        format!("\n{text}\n")
    }
}

/// Every file of the project, by its path in it.
pub(super) fn files(name: &Name, trigger: Trigger, handler_crate: &str) -> Vec<(PathBuf, String)> {
    let template = trigger.template();
    let name = name.as_str();
    let files = [
        ("Cargo.toml", template!("project/Cargo.toml.template")),
        ("src/main.rs", template.main),
        ("host.json", template!("project/host.json")),
        ("{{name}}/function.json", template.function),
        ("local.settings.json", template.settings),
        (".gitignore", template!("project/gitignore.template")),
        (".funcignore", template!("project/funcignore.template")),
        ("README.md", template!("project/README.md.template")),
    ];
    let fill = |text: &str| {
        text.replace("{{handler_crate}}", handler_crate)
            .replace(
                "{{invoke}}",
                &format!("functions-dev-host {}", template.invoke),
            )
            .replace("{{what}}", template.what)
            .replace("{{needs}}", &paragraph(template.needs))
            .replace("{{name}}", name)
    };
    files
        .map(|(path, text)| (PathBuf::from(fill(path)), fill(text)))
        .into()
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum as _;

    use super::*;

    #[test]
    fn nothing_is_left_to_be_filled_in() {
        let name: Name = "greet".parse().unwrap();
        for trigger in Trigger::value_variants() {
            for (path, text) in files(&name, *trigger, "azure = 1") {
                let all = format!("{}: {text}", path.display());
                assert!(!all.contains("{{"), "{trigger:?}: {all}");
                if path
                    .extension()
                    .is_some_and(|extension| extension == "json")
                {
                    serde_json::from_str::<serde_json::Value>(&text).unwrap();
                }
            }
        }
    }

    #[test]
    fn a_crate_by_path_is_named_as_its_manifest_says() {
        let crates = tempfile::tempdir().unwrap();
        let folder = crates.path().join(HANDLER_CRATE_FOLDER);
        fs::create_dir(&folder).unwrap();
        let path = folder.canonicalize().unwrap();
        for (name, package) in [("other", ", package = \"other\""), (HANDLER_CRATE, "")] {
            let manifest = format!("[package]\nname = \"{name}\"\n");
            fs::write(folder.join("Cargo.toml"), manifest).unwrap();
            assert_eq!(
                dependency(Some(crates.path())).unwrap(),
                format!(
                    "{HANDLER_CRATE} = {{ path = \"{}\"{package} }}",
                    path.display()
                )
            );
        }
        let error = dependency(Some(Path::new("/no/such"))).unwrap_err();
        assert!(error.to_string().contains("--path-to-crates"), "{error}");
    }
}
