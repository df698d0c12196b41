//! Runs `cargo build` and finds the executable that it makes.

use std::{
    env,
    path::{Path, PathBuf},
    process::Stdio,
};

use serde::Deserialize;
use tokio::process::Command;

use crate::error::CommandError;

/// How cargo is called.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cargo {
    pub(crate) release: bool,
    pub(crate) target: Option<String>,
}

/// One line of `cargo build --message-format=json`.
/// Source: <https://doc.rust-lang.org/cargo/reference/external-tools.html#artifact-messages>.
#[derive(Deserialize)]
struct Message {
    reason: String,
    executable: Option<PathBuf>,
    target: Option<Target>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
}

impl Cargo {
    /// Whether the folder is a cargo package or workspace.
    pub(crate) fn is_at_home_in(folder: &Path) -> bool {
        folder.join("Cargo.toml").is_file()
    }

    /// Builds the folder's package and returns its executable: the one of this name, or the only
    /// one.
    pub(super) async fn build(&self, folder: &Path, name: &str) -> Result<PathBuf, CommandError> {
        let run = async {
            let cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
                .args(self.arguments())
                // Cargo itself reports where the executable is, whatever its configuration.
                .arg("--message-format=json-render-diagnostics")
                .current_dir(folder)
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .kill_on_drop(true)
                .spawn()?;
            cargo.wait_with_output().await
        };
        let output = run.await.map_err(|error| {
            CommandError::Failed(format!(
                "cargo cannot be started: {error}. Install it from https://rustup.rs, or give another command with --build"
            ))
        })?;
        if !output.status.success() {
            return Err(CommandError::Failed(
                "the build failed: correct the errors that cargo prints".into(),
            ));
        }
        executable(&String::from_utf8_lossy(&output.stdout), name)
    }

    pub(super) fn describe(&self) -> String {
        format!("cargo {}", self.arguments().join(" "))
    }

    fn arguments(&self) -> Vec<&str> {
        let mut arguments = vec!["build"];
        if self.release {
            arguments.push("--release");
        }
        if let Some(target) = &self.target {
            arguments.extend(["--target", target]);
        }
        arguments
    }
}

fn executable(messages: &str, name: &str) -> Result<PathBuf, CommandError> {
    let mut executables: Vec<(String, PathBuf)> = messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Message>(line).ok())
        .filter(|message| message.reason == "compiler-artifact")
        .filter_map(|message| Some((message.target?, message.executable?)))
        .filter(|(target, _)| target.kind.iter().any(|kind| kind == "bin"))
        .map(|(target, executable)| (target.name, executable))
        .collect();
    let named = executables.iter().position(|(binary, _)| binary == name);
    match (named, executables.len()) {
        (Some(index), _) => Ok(executables.swap_remove(index).1),
        (None, 1) => Ok(executables.remove(0).1),
        (None, 0) => Err(CommandError::Configuration(
            "cargo has not built an executable: add src/main.rs, or a [[bin]] to Cargo.toml".into(),
        )),
        (None, _) => {
            let names: Vec<_> = executables.into_iter().map(|(name, _)| name).collect();
            Err(CommandError::Configuration(format!(
                "cargo has built several executables ({}), and none is {name}: name one of them in customHandler.description.defaultExecutablePath of host.json",
                names.join(", ")
            )))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn artifact(kind: &str, name: &str) -> String {
        format!(
            r#"{{"reason":"compiler-artifact","target":{{"name":"{name}","kind":["{kind}"]}},"executable":"/t/{name}"}}"#
        )
    }

    #[test]
    fn the_executable_is_the_named_one_or_the_only_one() {
        let one = format!(
            "{}\n{}\n{{\"reason\":\"build-finished\"}}\nno JSON",
            artifact("custom-build", "build-script-build"),
            artifact("bin", "greet")
        );
        assert_eq!(executable(&one, "handler").unwrap(), Path::new("/t/greet"));
        let two = format!("{one}\n{}", artifact("bin", "other"));
        assert_eq!(executable(&two, "other").unwrap(), Path::new("/t/other"));
        let error = executable(&two, "handler").unwrap_err().to_string();
        assert!(error.contains("(greet, other)"), "{error}");
        assert!(executable("", "handler").is_err());
    }

    #[test]
    fn release_and_target_are_passed_on() {
        let cargo = Cargo {
            release: true,
            target: Some("x86_64-unknown-linux-gnu".into()),
        };
        assert_eq!(
            cargo.describe(),
            "cargo build --release --target x86_64-unknown-linux-gnu"
        );
        assert_eq!(Cargo::default().describe(), "cargo build");
    }
}
