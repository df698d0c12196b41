//! `./dev run --events`: a receiver of image events on this machine, which prints a line for each.

use std::{fs, net::Ipv4Addr, path::Path};

use anyhow::{Context, Result};
use axum::{Router, body::Bytes, http::StatusCode, routing::post};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use contract::ImageEvent;
use serde_json::Value;
use tokio::net::TcpListener;

/// The function that sends events.
const FUNCTION: &str = "PublishEvents";
/// A signature between processes of one machine protects nothing. docs/events.md says how a receiver checks it.
const SECRET: &[u8; 24] = b"a secret of no secrecy..";

/// Starts the receiver, and returns the settings that send events to it.
pub(super) async fn receive() -> Result<Vec<(String, String)>> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
    let listener = listener.context("the receiver of events has no port")?;
    let url = format!("http://{}/", listener.local_addr()?);
    let router = Router::new().route("/", post(print));
    tokio::spawn(async { axum::serve(listener, router).await });
    let settings = [
        (
            format!("AzureWebJobs.{FUNCTION}.Disabled"),
            "false".to_owned(),
        ),
        ("DARKROOM_EVENTS".to_owned(), "webhook".to_owned()),
        ("DARKROOM_EVENTS_URL".to_owned(), url),
        ("DARKROOM_EVENTS_SECRET".to_owned(), STANDARD.encode(SECRET)),
    ];
    Ok(settings.into())
}

/// Lets the local host create the container of leases, which on Azure the deployment creates. `folder` must be a copy.
pub(super) fn make_leases(folder: &Path) -> Result<()> {
    let file = folder.join(FUNCTION).join("function.json");
    let mut function: Value =
        serde_json::from_slice(&fs::read(&file)?).with_context(|| file.display().to_string())?;
    function["bindings"][0]["createLeaseContainerIfNotExists"] = true.into();
    fs::write(file, serde_json::to_string_pretty(&function)?)?;
    Ok(())
}

async fn print(body: Bytes) -> StatusCode {
    match line(&body) {
        Ok(line) => {
            println!("{line}");
            StatusCode::NO_CONTENT
        }
        Err(error) => {
            eprintln!("the request is not an event: {error}");
            StatusCode::BAD_REQUEST
        }
    }
}

fn line(body: &[u8]) -> serde_json::Result<String> {
    let event: ImageEvent = serde_json::from_slice(body)?;
    let reason = event.data.error.map(|error| format!(" ({})", error.code));
    Ok(format!(
        "event {}: {} {}{}",
        event.id,
        event.kind.as_str(),
        event.subject,
        reason.unwrap_or_default()
    ))
}

#[cfg(test)]
mod tests {
    use contract::Record;

    use super::*;

    #[test]
    fn an_event_is_a_line() {
        let record = Record::blank("a.jpg", "2024-05-01T08:15:30Z".parse().unwrap());
        let event = ImageEvent::of(&record).unwrap();
        let line = line(&serde_json::to_vec(&event).unwrap()).unwrap();
        assert_eq!(
            line,
            format!("event {}: darkroom.image.processed a.jpg", event.id)
        );
    }

    #[test]
    fn the_functions_as_shipped_make_no_container() {
        let folder = tempfile::tempdir().unwrap();
        let shipped = crate::workspace::root()
            .join("functions")
            .join(FUNCTION)
            .join("function.json");
        let copy = folder.path().join(FUNCTION).join("function.json");
        fs::create_dir(copy.parent().unwrap()).unwrap();
        fs::copy(shipped, &copy).unwrap();
        let creates = || {
            let function: Value = serde_json::from_slice(&fs::read(&copy).unwrap()).unwrap();
            function["bindings"][0]["createLeaseContainerIfNotExists"] == true
        };
        assert!(!creates());
        make_leases(folder.path()).unwrap();
        assert!(creates());
    }
}
