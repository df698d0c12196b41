//! `package`: makes the zip for deploying a function app.

use std::{
    fs, io,
    path::{Component, Path, PathBuf},
};

use function_package::Entries;
use functions_dev_host::ConfigurationError;

use crate::{
    build::{Build, Cargo},
    error::CommandError,
    print_line,
    project::{self, HostJson},
};

#[derive(clap::Args)]
#[command(after_help = "\
The zip contains host.json, the folders with a function.json, the executable under the name that
host.json gives it, and the files that --include names. It never contains local.settings.json, because on
Azure the settings belong to the app.

Deploy it with one of
  az functionapp deployment source config-zip -g GROUP -n APP --src FILE.zip
  az functionapp deploy -g GROUP -n APP --type zip --src-path FILE.zip")]
pub(crate) struct Options {
    /// The zip to write.
    #[arg(short, long, value_name = "FILE.zip")]
    output: PathBuf,
    /// The folder that holds host.json and the function folders.
    #[arg(long, env = "DEV_HOST_SCRIPT_ROOT", default_value = ".")]
    script_root: PathBuf,
    /// The target that cargo builds for: x86_64-unknown-linux-gnu, or x86_64-unknown-linux-musl,
    /// which needs no libraries of the machine that it runs on [default: this machine].
    #[arg(long)]
    target: Option<String>,
    /// Package this executable instead of building one.
    #[arg(long, value_name = "FILE", conflicts_with = "target")]
    executable: Option<PathBuf>,
    /// Another file or folder of the script root that the handler needs.
    #[arg(long = "include", value_name = "PATH")]
    includes: Vec<PathBuf>,
}

impl Options {
    pub(crate) async fn run(self) -> Result<(), CommandError> {
        let root = &self.script_root;
        let host = HostJson::read(root)?;
        let name = entry_name(&host.executable).ok_or_else(|| ConfigurationError::File {
            file: root.join("host.json"),
            problem: format!(
                "customHandler.description.defaultExecutablePath is {}, which is not below this \
                 folder: give a path below it",
                host.executable
            ),
        })?;
        let mut entries = self.files(&name)?;
        let executable = self.executable().await?;
        check(&executable)?;
        entries.insert(name.clone(), executable);
        function_package::write(&entries, &name, &self.output).map_err(|error| {
            CommandError::Failed(format!(
                "{} cannot be written: {error:#}. Name another file with --output",
                self.output.display()
            ))
        })?;
        let bytes = fs::metadata(&self.output).map_or(0, |metadata| metadata.len());
        print_line(&format!(
            "{}: {} files, {} KiB",
            self.output.display(),
            entries.len(),
            bytes.div_ceil(1024)
        ));
        Ok(())
    }

    /// Everything except the executable.
    fn files(&self, executable: &str) -> Result<Entries, CommandError> {
        let root = &self.script_root;
        let unreadable = |error: io::Error| {
            CommandError::Configuration(format!(
                "{}: {error}. Name the folder that holds host.json with --script-root",
                root.display()
            ))
        };
        let functions = project::functions(root).map_err(unreadable)?;
        if functions.is_empty() {
            return Err(CommandError::Configuration(format!(
                "{} has no function: add a folder with a function.json, for example with \
                 functions-dev-host new",
                root.display()
            )));
        }
        if functions.iter().any(|function| function == executable) {
            return Err(CommandError::Configuration(format!(
                "the function {executable} has the name of the executable: rename one of them (the \
                 name of the executable is in host.json)"
            )));
        }
        let mut entries = Entries::from([("host.json".into(), root.join("host.json"))]);
        for path in functions.iter().map(Path::new) {
            self.add(&mut entries, path)?;
        }
        for path in &self.includes {
            self.add(&mut entries, path)?;
        }
        entries.remove("local.settings.json");
        Ok(entries)
    }

    fn add(&self, entries: &mut Entries, path: &Path) -> Result<(), CommandError> {
        let file = self.script_root.join(path);
        let added = if file.is_dir() {
            function_package::add_folder(entries, &self.script_root, &file)
        } else {
            let name = path
                .to_str()
                .and_then(entry_name)
                .filter(|_| file.is_file());
            name.map(|name| entries.insert(name, file))
                .map(|_| ())
                .ok_or_else(|| io::Error::from(io::ErrorKind::NotFound).into())
        };
        added.map_err(|error| {
            CommandError::Configuration(format!(
                "{} cannot be packaged: {error:#}. Name files and folders of {} with --include",
                path.display(),
                self.script_root.display()
            ))
        })
    }

    async fn executable(&self) -> Result<PathBuf, CommandError> {
        if let Some(executable) = &self.executable {
            return Ok(executable.clone());
        }
        if !Cargo::is_at_home_in(&self.script_root) {
            return Err(CommandError::Configuration(format!(
                "there is no Cargo.toml in {}: build the handler yourself and name it with \
                 --executable",
                self.script_root.display()
            )));
        }
        let cargo = Cargo {
            release: true,
            target: self.target.clone(),
        };
        let built = Build::Cargo(cargo).run(&self.script_root).await?;
        built.ok_or_else(|| CommandError::Failed("cargo has built nothing: build it again".into()))
    }
}

/// A path in the form of zip entries, if it stays inside the folder.
fn entry_name(path: &str) -> Option<String> {
    let parts: Option<Vec<_>> = Path::new(path)
        .components()
        .filter(|part| *part != Component::CurDir)
        .map(|part| match part {
            Component::Normal(part) => part.to_str(),
            _ => None,
        })
        .collect();
    parts
        .filter(|parts| !parts.is_empty())
        .map(|parts| parts.join("/"))
}

/// Checks the executable, because on Azure one that does not start shows only as a handler that
/// never answers.
fn check(executable: &Path) -> Result<(), CommandError> {
    let file = executable.display();
    let binary = fs::read(executable).map_err(|error| {
        CommandError::Configuration(format!("{file}: {error}. Name another with --executable"))
    })?;
    // A script starts if its interpreter exists, which cannot be checked here.
    if binary.starts_with(b"#!") {
        return Ok(());
    }
    function_package::check(&binary).map_err(|error| {
        CommandError::Configuration(format!(
            "{file} would not start on Azure Functions: {error:#}. A build with --target \
             x86_64-unknown-linux-musl needs no libraries of the machine that it runs on (rustup \
             target add x86_64-unknown-linux-musl)"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_stay_inside_the_folder() {
        assert_eq!(entry_name("./bin/handler").as_deref(), Some("bin/handler"));
        assert_eq!(entry_name("handler").as_deref(), Some("handler"));
        for outside in ["../handler", "/handler", "", "."] {
            assert_eq!(entry_name(outside), None, "{outside}");
        }
    }
}
