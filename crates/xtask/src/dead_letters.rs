//! `./dev dead-letters`: lists messages that can never succeed as they are, with the reasons, and
//! sends them again.

use std::{fs, path::PathBuf, process::ExitCode};

use anyhow::{Context, Result, ensure};
use azure_core::http::StatusCode;
use azure_storage_blob::{BlobContainerClient, BlobServiceClient};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use contract::{DeadLetter, RefusedEvent, dead_letter_path, names};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde::de::DeserializeOwned;

use crate::{
    kafka::{Cluster, Message, Place},
    ports::Ports,
    text,
    upload::account,
};

/// How many are read at once.
const AT_ONCE: usize = 8;

#[derive(clap::Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    command: Command,
    /// The port of Blob Storage, if `./dev run` was started with another one
    #[arg(long, value_name = "PORT", global = true)]
    blob_port: Option<u16>,
}

#[derive(clap::Subcommand)]
enum Command {
    /// List all dead letters: place, reason, size and key
    List,
    /// Show the reason and the headers of a dead letter
    Show {
        /// The place of the dead letter as the list shows it: TOPIC/PARTITION/OFFSET
        name: String,
        /// Write the message's value to this file
        #[arg(long, value_name = "FILE")]
        value: Option<PathBuf>,
    },
    /// Send messages again and remove their dead letters. A message that is refused again becomes a
    /// new dead letter
    Replay {
        /// The places of the dead letters
        #[arg(
            required_unless_present = "all",
            conflicts_with = "all",
            value_name = "NAME"
        )]
        names: Vec<String>,
        /// Send all of them
        #[arg(long)]
        all: bool,
        /// Send them with this key instead of their own
        #[arg(long, conflicts_with = "all")]
        key: Option<String>,
        /// The port of the Functions host, if `./dev run` was started with another one
        #[arg(long, value_name = "PORT", default_value_t = Ports::default().host_port)]
        host_port: u16,
    },
}

/// Lists, shows or replays.
pub(crate) async fn dead_letters(options: &Options) -> Result<ExitCode> {
    let blobs = account::blobs(options.blob_port).await?;
    let letters = DeadLetters::of(&blobs);
    match &options.command {
        Command::List => letters.list().await?,
        Command::Show { name, value } => {
            let letter = letters.read(name).await?;
            print!("{}", describe(&letter)?);
            if let Some(file) = value {
                fs::write(file, STANDARD.decode(&letter.value)?)
                    .with_context(|| file.display().to_string())?;
            }
        }
        Command::Replay {
            names,
            all,
            key,
            host_port,
        } => {
            let cluster = Cluster::find(*host_port).await?;
            let names = if *all {
                let names = letters.names().await?.into_iter();
                names.filter(|name| !is_event(name)).collect()
            } else {
                names.clone()
            };
            letters.replay(&names, key.as_deref(), &cluster).await?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The container of dead letters.
struct DeadLetters(BlobContainerClient);

impl DeadLetters {
    fn of(blobs: &BlobServiceClient) -> Self {
        Self(blobs.blob_container_client(names::DEAD_LETTER))
    }

    /// The names of all dead letters. The container does not exist before something is written to
    /// it.
    async fn names(&self) -> Result<Vec<String>> {
        let blobs = self.0.list_blobs(None)?;
        match blobs.try_collect::<Vec<_>>().await {
            Ok(blobs) => Ok(blobs.into_iter().filter_map(|blob| blob.name).collect()),
            Err(error) if error.http_status() == Some(StatusCode::NotFound) => Ok(Vec::new()),
            Err(error) => Err(error.into()),
        }
    }

    /// The line about one dead letter in the list.
    async fn line(&self, name: &str) -> Result<String> {
        if !is_event(name) {
            return Ok(line(name, &self.read(name).await?));
        }
        let event: RefusedEvent = self.read_as(name).await?;
        let blob = event.name.as_deref().map_or_else(String::new, harmless);
        Ok(format!(
            "{name:<20} {:<20} {:>7}  {blob}",
            event.error.code, ""
        ))
    }

    async fn read(&self, name: &str) -> Result<DeadLetter> {
        ensure!(
            !is_event(name),
            "{name} is an event, not a message, and cannot be sent again: correct the problem, and \
             a new event follows"
        );
        self.read_as(name).await
    }

    async fn read_as<T: DeserializeOwned>(&self, name: &str) -> Result<T> {
        let blob = self.0.blob_client(name);
        let content = match blob.download(None).await {
            Ok(response) => response.body.collect().await?,
            Err(error) => {
                ensure!(
                    error.http_status() != Some(StatusCode::NotFound),
                    "there is no dead letter {name}: `./dev dead-letters list` lists them"
                );
                return Err(error.into());
            }
        };
        serde_json::from_slice(&content).with_context(|| format!("{name} is not a dead letter"))
    }

    async fn list(&self) -> Result<()> {
        let names = self.names().await?;
        let count = names.len();
        let mut lines = stream::iter(&names)
            .map(|name| self.line(name))
            .buffered(AT_ONCE);
        while let Some(line) = lines.try_next().await? {
            println!("{line}");
        }
        println!("{}", text::count(count, "dead letter"));
        Ok(())
    }

    /// Sends each again and removes its dead letter once the broker has the message. If the process
    /// is killed in between, a message is sent twice, which changes nothing.
    async fn replay(&self, names: &[String], key: Option<&str>, cluster: &Cluster) -> Result<()> {
        let producer = cluster.producer()?;
        for name in names {
            let letter = self.read(name).await?;
            let place = producer.send(&message(letter, key)).await?;
            self.0.blob_client(name).delete(None).await?;
            let Place {
                topic,
                partition,
                offset,
            } = place;
            println!("{name}: sent again, as {topic}/{partition}/{offset}");
        }
        Ok(())
    }
}

fn message(letter: DeadLetter, key: Option<&str>) -> Message {
    Message {
        topic: letter.topic,
        key: key.map(str::to_owned).or(letter.key),
        headers: letter.headers,
        value: letter.value,
    }
}

/// Whether this is an event that could not become a record, and not a message.
fn is_event(name: &str) -> bool {
    // A topic may have this name as well, but then a partition follows, and not a function.
    name.strip_prefix("events/")
        .is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_alphabetic()))
}

fn line(place: &str, letter: &DeadLetter) -> String {
    let size = text::bytes(decoded_length(&letter.value));
    let key = letter
        .key
        .as_deref()
        .map_or("without a key".to_owned(), harmless);
    format!("{place:<20} {:<20} {size:>7}  {key}", letter.error.code)
}

/// The length of the decoded bytes. It is exact for padded base64.
fn decoded_length(base64: &str) -> u64 {
    let padding = base64
        .bytes()
        .rev()
        .take_while(|&byte| byte == b'=')
        .count();
    (base64.len() / 4 * 3).saturating_sub(padding) as u64
}

/// Removes control characters, because the sender of a message may have meant them for the
/// terminal.
fn harmless(text: &str) -> String {
    text.chars()
        .flat_map(|c| {
            let escaped = c.is_control().then(|| c.escape_unicode());
            let kept = escaped.is_none().then_some(c);
            escaped.into_iter().flatten().chain(kept)
        })
        .collect()
}

fn describe(letter: &DeadLetter) -> Result<String> {
    let place = dead_letter_path(&letter.topic, letter.partition, letter.offset);
    let mut lines = vec![
        format!("{place}: {}", letter.error),
        format!(
            "  {:<14} {}",
            "value",
            text::bytes(decoded_length(&letter.value))
        ),
    ];
    let facts = [
        ("key", &letter.key),
        ("produced", &letter.timestamp),
        ("invocation", &letter.invocation_id),
    ];
    for (name, value) in facts {
        if let Some(value) = value {
            lines.push(format!("  {name:<14} {}", harmless(value)));
        }
    }
    for header in &letter.headers {
        let value = match &header.value {
            Some(value) => harmless(&String::from_utf8_lossy(&STANDARD.decode(value)?)),
            None => "(null)".to_owned(),
        };
        lines.push(format!("  {:<14} {value}", harmless(&header.key)));
    }
    lines.push(String::new());
    Ok(lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use contract::Rejection;

    use super::*;
    use crate::kafka::header;

    fn letter(value: &[u8]) -> DeadLetter {
        DeadLetter {
            error: Rejection {
                code: "not-an-image".to_owned(),
                message: "It is no image.".to_owned(),
            },
            topic: "images".to_owned(),
            partition: 2,
            offset: 12,
            timestamp: None,
            key: Some("a\u{1b}[2Jb.jpg".to_owned()),
            headers: vec![header("filename", "b.jpg")],
            value: STANDARD.encode(value),
            invocation_id: None,
        }
    }

    #[test]
    fn a_line_says_where_why_how_much_and_what() {
        assert_eq!(
            line("images/2/12", &letter(b"12345")),
            "images/2/12          not-an-image             5 B  a\\u{1b}[2Jb.jpg"
        );
    }

    #[test]
    fn the_page_shows_headers_as_text() {
        let page = describe(&letter(b"")).unwrap();
        assert!(page.contains("filename       b.jpg\n"), "{page}");
        assert!(page.contains("value          0 B\n"), "{page}");
    }

    #[test]
    fn the_length_is_that_of_the_bytes() {
        for bytes in [&b""[..], b"1", b"12", b"123", b"1234"] {
            assert_eq!(decoded_length(&STANDARD.encode(bytes)), bytes.len() as u64);
        }
    }

    #[test]
    fn a_message_is_sent_as_it_was_or_with_another_key() {
        assert_eq!(
            message(letter(b"x"), None).key.as_deref(),
            Some("a\u{1b}[2Jb.jpg")
        );
        let message = message(letter(b"x"), Some("k"));
        assert_eq!(
            (message.key.as_deref(), message.value.as_str()),
            (Some("k"), "eA==")
        );
        assert_eq!(message.headers.len(), 1);
    }
}
