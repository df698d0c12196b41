//! Sends every file of a folder through the handler and says what became of it.
//!
//! `cargo run --example survey -- DIR [FACTS.tsv]` prints a line for each file, and the time of each stage. It exits
//! with 1 when a record does not satisfy the schema, when the handler fails, or when a record
//! disagrees with the facts: a table with the columns `file`, `width` and `height` (as displayed),
//! `orientation`, `alpha` (`-` for none) and `decode` (`ok`, or why another decoder refuses it).

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
    time::Instant,
};

use anyhow::{Context as _, ensure};
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, StatusCode},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use darkroom::{app::App, presets_file, router::router, settings::Settings, wiring::Wiring};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use self::facts::Facts;

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let mut arguments = env::args_os().skip(1).map(PathBuf::from);
    let folder = arguments.next().context("Name a folder of images.")?;
    let facts = arguments
        .next()
        .map_or_else(|| Ok(Facts::default()), |path| Facts::read(&path))?;
    let schema = jsonschema::options()
        .should_validate_formats(true)
        .build(&contract::schema::record())?;
    let handler = handler()?;
    let (mut processed, mut rejected, mut complaints) = (0, 0, 0);
    let mut stages = BTreeMap::<String, f64>::new();
    for path in files(&folder)? {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let started = Instant::now();
        let record = record_of(&handler, &name, &fs::read(&path)?).await?;
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

/// The handler on this repository's presets and functions. Its answers go through the output
/// bindings, so it never calls the storage that the settings name.
fn handler() -> anyhow::Result<Router> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let lookup = |key: &str| match key {
        "AzureWebJobsStorage" => Some("UseDevelopmentStorage=true".to_owned()),
        "CosmosDb" => Some("AccountEndpoint=http://localhost:8081/;AccountKey=a2V5".to_owned()),
        _ => env::var(key).ok(),
    };
    let settings = Settings::from_lookup(lookup)?;
    let presets = presets_file::read(&root.join(&settings.presets))?;
    let functions = root.join("functions");
    let wiring = Wiring::check(&functions, &presets, &settings.incoming, lookup)?;
    let app = App::new(&settings, presets, &wiring, lookup)?;
    Ok(router(app, &settings))
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

/// Invokes the handler as the host does for a blob trigger that hands over the bytes.
async fn record_of(handler: &Router, name: &str, bytes: &[u8]) -> anyhow::Result<Value> {
    let body = json!({
        "Data": {"original": STANDARD.encode(bytes)},
        "Metadata": {
            "name": json!(name).to_string(),
            "Properties": {"ContentLength": bytes.len()},
            "Metadata": {},
            "sys": {"MethodName": "ProcessUpload"},
        },
    });
    let request = Request::post("/ProcessUpload")
        .header("Content-Type", "application/json")
        .body(Body::from(body.to_string()))?;
    let response = handler.clone().oneshot(request).await?;
    let status = response.status();
    let body = to_bytes(response.into_body(), usize::MAX).await?;
    ensure!(
        status == StatusCode::OK,
        "{name}: {status}: {}",
        String::from_utf8_lossy(&body)
    );
    let mut answer: Value = serde_json::from_slice(&body)?;
    Ok(answer["Outputs"]["record"].take())
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
    format!("{}{header}, {warnings} warnings", text(&record["status"]))
}
