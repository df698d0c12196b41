//! `./dev package`: makes the function app as it is deployed, as a folder and a zip.
//!
//! The host looks for functions in the first-level folders beside host.json, so the folders of functions/ are moved up
//! one level:
//!
//! ```text
//! target/functionapp/
//!   host.json
//!   presets.toml                  and the pictures of its watermarks
//!   darkroom                      the handler; host.json names it
//!   ProcessUpload/function.json   functions/ProcessUpload/function.json
//!   …
//! ```
//!
//! local.settings.json is never part of it: on Azure, settings are the app's own.

mod web;

use std::{
    fs, io,
    path::{Component, Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, Result, ensure};
use function_package::Entries;
use serde_json::Value;

use crate::{
    text,
    workspace::{self, Profile},
};

/// The handler's binary: `defaultExecutablePath` of host.json, and the only zip entry with the executable bit.
const HANDLER: &str = "darkroom";

/// Files beside the handler.
const FILES: [&str; 2] = ["host.json", PRESETS];
const PRESETS: &str = "presets.toml";

#[derive(clap::Args)]
pub(crate) struct Options {
    /// How the blob trigger finds new blobs
    #[arg(long, value_enum, default_value_t = BlobSource::Polling)]
    blob_source: BlobSource,
    /// Build target/webapp.zip instead: the web application for an App Service without containers
    #[arg(long, conflicts_with = "blob_source")]
    web: bool,
    /// Include a decoder for HEIC, which the setting DARKROOM_HEIC turns on. HEVC is covered by patents
    #[arg(long, conflicts_with = "web")]
    heic: bool,
    /// Build in a container with Docker or Podman, which works on any machine
    #[arg(long)]
    container: bool,
}

/// How the blob trigger finds new blobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum BlobSource {
    /// The host scans for them: for Azurite, Elastic Premium and Dedicated plans.
    Polling,
    /// Event Grid announces them: needed for Flex Consumption, and faster.
    Eventgrid,
}

/// Builds the handler for deployment and makes target/functionapp and target/functionapp.zip, or
/// makes the package of the web application.
pub(crate) fn package(options: &Options) -> Result<ExitCode> {
    // The script can do this without the Rust installation that this command needs.
    ensure!(
        !options.container,
        "type `./dev package --container`, because cargo cannot do this"
    );
    if options.web {
        return web::package();
    }
    let features: &[&str] = if options.heic { &["heic"] } else { &[] };
    workspace::build_with(Profile::Release, &[(HANDLER, HANDLER)], features)?;
    let handler = workspace::binary(Profile::Release, HANDLER);
    function_package::check(&fs::read(&handler).with_context(|| handler.display().to_string())?)
        .with_context(|| would_not_start(&handler))?;

    let folder = workspace::target().join("functionapp");
    lay_out(Profile::Release, &folder)?;
    if options.blob_source == BlobSource::Eventgrid {
        use_event_grid(&folder)?;
    }
    let zip = folder.with_added_extension("zip");
    let mut entries = Entries::new();
    function_package::add_folder(&mut entries, &folder, &folder)?;
    function_package::write(&entries, HANDLER, &zip)?;
    println!("{}", folder.display());
    println!(
        "{} ({})",
        zip.display(),
        text::bytes(fs::metadata(&zip)?.len())
    );
    Ok(ExitCode::SUCCESS)
}

fn would_not_start(program: &Path) -> String {
    format!(
        "{} would not start on Azure. Use `./dev package --container`",
        program.display()
    )
}

/// Makes `folder` the script root of the function app, with the handler as built for `profile`.
pub(crate) fn lay_out(profile: Profile, folder: &Path) -> Result<()> {
    let handler = workspace::binary(profile, HANDLER);
    lay_out_from(workspace::root(), &handler, folder)
        .with_context(|| format!("cannot make {}", folder.display()))
}

fn lay_out_from(root: &Path, handler: &Path, folder: &Path) -> Result<()> {
    // Otherwise files of a renamed or removed function would be deployed, too.
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
        _ => fs::create_dir_all(folder)?,
    }
    copy(handler, &folder.join(HANDLER))?;
    for file in FILES {
        copy(&root.join(file), &folder.join(file))?;
    }
    for file in watermarks(&root.join(PRESETS))? {
        let to = folder.join(&file);
        fs::create_dir_all(to.parent().unwrap_or(folder))?;
        copy(&root.join(&file), &to)?;
    }
    for function in functions(&root.join("functions"))? {
        let name = function
            .file_name()
            .context("a function's folder has a name")?;
        ensure!(
            !folder.join(name).exists(),
            "the function {} has the name of a file of the package",
            name.display()
        );
        copy_folder(&function, &folder.join(name))?;
    }
    Ok(())
}

/// The pictures that presets draw over renditions, below the folder of the presets file.
fn watermarks(presets: &Path) -> Result<Vec<PathBuf>> {
    let text = fs::read_to_string(presets).with_context(|| presets.display().to_string())?;
    let file: toml::Table = text
        .parse()
        .with_context(|| presets.display().to_string())?;
    let tables = file.get("presets").and_then(|value| value.as_table());
    let mut files = Vec::new();
    for preset in tables.into_iter().flat_map(toml::Table::values) {
        let named = preset
            .get("watermark")
            .and_then(|watermark| watermark.get("file"));
        if let Some(path) = named.and_then(toml::Value::as_str) {
            let path = PathBuf::from(path);
            let is_below = path
                .components()
                .all(|part| matches!(part, Component::Normal(_)));
            ensure!(
                is_below,
                "the watermark {} is not below the folder of {PRESETS}",
                path.display()
            );
            files.push(path);
        }
    }
    Ok(files)
}

/// Rewrites the blob triggers of the app in `folder`, which must be a copy.
pub(crate) fn use_event_grid(folder: &Path) -> Result<()> {
    for function in functions(folder)? {
        let path = function.join("function.json");
        let mut json: Value = serde_json::from_slice(&fs::read(&path)?)
            .with_context(|| path.display().to_string())?;
        let bindings = json["bindings"].as_array_mut().into_iter().flatten();
        for trigger in bindings.filter(|binding| binding["type"] == "blobTrigger") {
            trigger["source"] = "EventGrid".into();
        }
        fs::write(&path, serde_json::to_string_pretty(&json)?)?;
    }
    Ok(())
}

/// The folders that hold a function.json.
fn functions(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut functions = Vec::new();
    for entry in read_dir(folder)? {
        let path = entry?.path();
        if path.join("function.json").is_file() {
            functions.push(path);
        }
    }
    ensure!(
        !functions.is_empty(),
        "{} has no folder with a function.json",
        folder.display()
    );
    Ok(functions)
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir(to)?;
    for entry in read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &to)?;
        } else {
            copy(&entry.path(), &to)?;
        }
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::copy(from, to).with_context(|| from.display().to_string())?;
    Ok(())
}

fn read_dir(folder: &Path) -> Result<fs::ReadDir> {
    fs::read_dir(folder).with_context(|| folder.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A repository with one function, and the result of laying out an app from it.
    fn laid_out(extra: &[&str]) -> (tempfile::TempDir, Result<()>) {
        laid_out_with("", extra)
    }

    /// The same with these presets.
    fn laid_out_with(presets: &str, extra: &[&str]) -> (tempfile::TempDir, Result<()>) {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        let files = ["host.json", "presets.toml", "built/darkroom"];
        for file in files.iter().chain(extra) {
            let path = root.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, file).unwrap();
        }
        fs::write(root.join(PRESETS), presets).unwrap();
        let result = lay_out_from(root, &root.join("built/darkroom"), &root.join("app"));
        (directory, result)
    }

    #[test]
    fn functions_are_laid_flat_and_settings_stay_behind() {
        let (directory, result) = laid_out(&[
            "local.settings.json",
            "functions/ProcessUpload/function.json",
            "functions/ProcessUpload/samples/a.json",
            "functions/notes/README.md",
        ]);
        result.unwrap();
        let app = directory.path().join("app");
        let mut names: Vec<_> = fs::read_dir(&app)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(
            names,
            ["ProcessUpload", "darkroom", "host.json", "presets.toml"]
        );
        assert!(app.join("ProcessUpload/samples/a.json").is_file());
    }

    #[test]
    fn the_pictures_of_watermarks_come_along() {
        let presets = |file: &str| format!("[presets.a.watermark]\nfile = \"{file}\"");
        let files = ["functions/A/function.json", "marks/logo.png"];
        let (directory, result) = laid_out_with(&presets("marks/logo.png"), &files);
        result.unwrap();
        assert!(directory.path().join("app/marks/logo.png").is_file());
        for elsewhere in ["../logo.png", "/marks/logo.png", "marks/missing.png"] {
            let (_directory, result) = laid_out_with(&presets(elsewhere), &files);
            assert!(result.is_err(), "{elsewhere}");
        }
    }

    #[test]
    fn what_an_earlier_package_left_is_gone() {
        let (directory, result) = laid_out(&["functions/A/function.json", "app/Old/function.json"]);
        result.unwrap();
        assert!(!directory.path().join("app/Old").exists());
    }

    #[test]
    fn a_function_cannot_hide_the_handler() {
        let (_directory, result) = laid_out(&["functions/darkroom/function.json"]);
        assert!(
            result
                .unwrap_err()
                .to_string()
                .contains("the function darkroom")
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_container_needs_a_program_that_runs_it_and_no_rust() {
        let programs = tempfile::tempdir().unwrap();
        for program in ["sh", "dirname"] {
            let here = ["/bin", "/usr/bin"].map(|folder| Path::new(folder).join(program));
            let found = here.iter().find(|path| path.exists()).unwrap();
            std::os::unix::fs::symlink(found, programs.path().join(program)).unwrap();
        }
        let output = std::process::Command::new("/bin/sh")
            .arg(workspace::root().join("dev"))
            .args(["package", "--blob-source", "eventgrid", "--container"])
            .env("PATH", programs.path())
            .output()
            .unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(
            said.contains("neither docker nor podman is installed"),
            "{said}"
        );
        assert!(!output.status.success());
    }

    #[test]
    fn no_functions_is_an_error() {
        assert!(laid_out(&["functions/A/readme.md"]).1.is_err());
    }

    #[test]
    fn event_grid_is_for_blob_triggers_alone() {
        let folder = tempfile::tempdir().unwrap();
        let repository = workspace::root();
        lay_out_from(repository, &repository.join("dev"), folder.path()).unwrap();
        use_event_grid(folder.path()).unwrap();
        let mut sources = 0;
        for function in functions(folder.path()).unwrap() {
            let json: Value =
                serde_json::from_slice(&fs::read(function.join("function.json")).unwrap()).unwrap();
            for binding in json["bindings"].as_array().unwrap() {
                let is_blob = binding["type"] == "blobTrigger";
                assert_eq!(binding["source"] == "EventGrid", is_blob, "{binding}");
                sources += usize::from(is_blob);
            }
        }
        assert_eq!(sources, 1);
    }
}
