//! Sends every file of a folder through the handler and prints the results.
//!
//! `cargo run --example survey -- DIR [FACTS.tsv]` prints a line for each file, and the time of each stage. It exits
//! with 1 if a record does not satisfy the schema, the handler fails, or a record disagrees with the facts: a table
//! with the columns `file`, `width` and `height` (as displayed), `orientation`, `alpha` (`-` for none) and `decode`
//! (`ok`, or why another decoder refuses it).

#![expect(
    clippy::print_stdout,
    reason = "it is a program whose output is its purpose"
)]

mod facts;

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
    time::Instant,
};

use anyhow::Context as _;
use darkroom::{
    app::App, original::Original, presets_file, process::develop_here, settings::Settings,
    wiring::Wiring,
};
use serde_json::Value;

use self::facts::Facts;

fn main() -> anyhow::Result<ExitCode> {
    let mut arguments = env::args_os().skip(1).map(PathBuf::from);
    let folder = arguments.next().context("Give a folder of images.")?;
    let facts = arguments
        .next()
        .map_or_else(|| Ok(Facts::default()), |path| Facts::read(&path))?;
    let schema = jsonschema::options()
        .should_validate_formats(true)
        .build(&contract::schema::record())?;
    let app = app()?;
    let (mut processed, mut rejected, mut complaints) = (0, 0, 0);
    let mut stages = BTreeMap::<String, f64>::new();
    for path in files(&folder)? {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let started = Instant::now();
        let record = record_of(&app, &name, &fs::read(&path)?)?;
        let took = started.elapsed().as_millis();
        println!("{name}: {} in {took} ms", summary(&record));
        match record["status"].as_str() {
            Some("processed") => processed += 1,
            _ => rejected += 1,
        }
        for (stage, spent) in record["processing"]["milliseconds"]
            .as_object()
            .into_iter()
            .flatten()
        {
            *stages.entry(stage.clone()).or_default() += spent.as_f64().unwrap_or_default();
        }
        let invalid = schema
            .iter_errors(&record)
            .map(|error| format!("{}: {error}", error.instance_path()));
        for complaint in invalid.chain(facts.disagreements(&name, &record)) {
            complaints += 1;
            println!("  ✗ {complaint}");
        }
    }
    let stages: Vec<_> = stages
        .iter()
        .map(|(stage, spent)| format!("{stage} {spent:.0} ms"))
        .collect();
    println!("all together: {}", stages.join(", "));
    println!("{processed} processed, {rejected} rejected, {complaints} complaints");
    Ok(ExitCode::from(u8::from(complaints > 0)))
}

/// The handler on this repository's presets and functions. It is not asked to read or deliver
/// anything, so the storage and the database that the settings name are never called.
fn app() -> anyhow::Result<Arc<App>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let lookup = |key: &str| match key {
        "ImageStorage" => Some("UseDevelopmentStorage=true".to_owned()),
        "CosmosDb" => Some("AccountEndpoint=http://localhost:8081/;AccountKey=a2V5".to_owned()),
        _ => env::var(key).ok(),
    };
    let settings = Settings::from_lookup(lookup)?;
    let presets = presets_file::read(&root.join(&settings.presets))?;
    let wiring = Wiring::check(&root.join("functions"), &presets, &settings, lookup)?;
    App::new(&settings, presets, &wiring, lookup)
}

/// The files of a folder, in the order of their names.
fn files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    let mut files = entries
        .map(|entry| Ok(entry?.path()))
        .collect::<anyhow::Result<Vec<_>>>()?;
    files.retain(|path| path.is_file());
    files.sort();
    Ok(files)
}

/// What the handler makes of an upload.
fn record_of(app: &App, name: &str, bytes: &[u8]) -> anyhow::Result<Value> {
    let original = Original::unannounced(name, bytes.len() as u64);
    let mut record = develop_here(app, &original, bytes, |_| ()).record;
    record.fit(app.max_record_bytes);
    Ok(serde_json::to_value(record)?)
}

fn summary(record: &Value) -> String {
    let image = &record["image"];
    let header = match image["format"].as_str() {
        Some(format) => format!(", {}×{} {format}", image["width"], image["height"]),
        None => String::new(),
    };
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let error = &record["error"];
    if error.is_object() {
        let (code, message) = (text(&error["code"]), text(&error["message"]));
        return format!("rejected{header}: {code}: {message}");
    }
    let warnings = record["processing"]["warnings"].as_array();
    let warnings = warnings.map_or(0, Vec::len);
    let range: String = [("hdr", " hdr"), ("gainMap", " gain map")]
        .into_iter()
        .filter_map(|(field, name)| Some(format!(", {}{name}", image[field].as_str()?)))
        .collect();
    format!(
        "{}{header}{range}, {warnings} warnings",
        text(&record["status"])
    )
}
