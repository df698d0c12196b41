//! `invoke`: sends one event to a function of a running host.

mod admin;
mod http;
mod kafka;

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use reqwest::{Client, RequestBuilder, Response, Url};
use serde_json::{Map, Value};

use crate::{error::CommandError, project};

#[derive(clap::Args)]
#[command(after_help = "\
A function with an HTTP trigger gets a request at its route, and the answer is printed. A function with
a Kafka trigger gets a message through its topic, and the place of the message is printed. All other
functions are started as POST /admin/functions/NAME does on Azure. The text that it needs depends on the
trigger:
  queue           the message
  blob            CONTAINER/NAME of an existing blob
  Event Grid      the event, as JSON
  Cosmos DB       the documents, as a JSON array
  timer           nothing

Examples:
  functions-dev-host invoke greet --data hello
  functions-dev-host invoke greet --method GET --path 'greet?name=you'
  functions-dev-host invoke resize --data uploads/cat.jpg

The exit status is 0 if the host or the broker has accepted the event. For an HTTP function, it is 0 if
the function has answered with a status below 400.")]
pub(crate) struct Options {
    /// The function's name.
    function: String,
    /// A file that holds the event; - is standard input.
    #[arg(long, value_name = "FILE", conflicts_with = "data")]
    event: Option<PathBuf>,
    /// The event itself.
    #[arg(long, value_name = "TEXT")]
    data: Option<String>,
    /// Where the host runs.
    #[arg(long, env = "DEV_HOST_URL", default_value = "http://127.0.0.1:7071")]
    url: Url,
    /// The folder that holds host.json and the function folders.
    #[arg(long, env = "DEV_HOST_SCRIPT_ROOT", default_value = ".")]
    script_root: PathBuf,
    /// The method of an HTTP request [default: the only one that the function accepts, or POST if
    /// there is an event, or GET].
    #[arg(long)]
    method: Option<reqwest::Method>,
    /// The path and query of an HTTP request, after the prefix of all routes [default: the
    /// function's route].
    #[arg(long)]
    path: Option<String>,
    /// A key, if the host requires keys: the function's own key for an HTTP function, otherwise the
    /// master key.
    #[arg(long, env = "DEV_HOST_KEY", hide_env_values = true)]
    key: Option<String>,
}

impl Options {
    pub(crate) async fn run(&self) -> Result<(), CommandError> {
        let trigger = self.trigger()?;
        let kind = trigger
            .get("type")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let event = self.event()?;
        if kind.eq_ignore_ascii_case("httpTrigger") {
            http::call(self, &trigger, event).await
        } else if kind.eq_ignore_ascii_case("kafkaTrigger") {
            kafka::send(self, &trigger, event).await
        } else if event.is_none() && !kind.eq_ignore_ascii_case("timerTrigger") {
            // The host accepts it nevertheless, and fails the invocation.
            Err(CommandError::Configuration(format!(
                "a function with a {kind} needs an event: give it with --data or --event (--help \
                 lists the forms)"
            )))
        } else {
            admin::start(self, event).await
        }
    }

    fn trigger(&self) -> Result<Map<String, Value>, CommandError> {
        let root = &self.script_root;
        let names = project::functions(root).map_err(|error| {
            CommandError::Configuration(format!(
                "{}: {error}. Name the folder that holds host.json with --script-root",
                root.display()
            ))
        })?;
        if !names.contains(&self.function) {
            return Err(CommandError::Configuration(format!(
                "there is no function {} in {}: {}",
                self.function,
                root.display(),
                advice(&names)
            )));
        }
        Ok(project::trigger(root, &self.function)?)
    }

    /// The text of the event, if one was given.
    fn event(&self) -> Result<Option<Vec<u8>>, CommandError> {
        let Some(file) = &self.event else {
            return Ok(self.data.clone().map(String::into_bytes));
        };
        let read = if file == Path::new("-") {
            let mut bytes = Vec::new();
            io::Read::read_to_end(&mut io::stdin(), &mut bytes).map(|_| bytes)
        } else {
            fs::read(file)
        };
        read.map(Some).map_err(|error| {
            CommandError::Configuration(format!(
                "{}: {error}. Name a file that can be read with --event",
                file.display()
            ))
        })
    }

    fn request(&self, method: reqwest::Method, path: &str) -> Result<RequestBuilder, CommandError> {
        let url = self.url.join(path).map_err(|error| {
            CommandError::Configuration(format!(
                "{path} cannot be added to {}: {error}. Correct --url or --path",
                self.url
            ))
        })?;
        let client = Client::builder().no_proxy().build().map_err(|error| {
            CommandError::Failed(format!("no request can be sent: {error}. Try again"))
        })?;
        let request = client.request(method, url);
        Ok(match &self.key {
            Some(key) => request.header("x-functions-key", key),
            None => request,
        })
    }

    async fn send(&self, request: RequestBuilder) -> Result<Response, CommandError> {
        request.send().await.map_err(|error| {
            let reason = if error.is_connect() {
                "nothing answers there"
            } else {
                "the connection was lost before there was an answer"
            };
            CommandError::Failed(format!(
                "{}: {reason}. Run functions-dev-host start, or give the address of the host with \
                 --url",
                self.url
            ))
        })
    }
}

fn advice(names: &[String]) -> String {
    if names.is_empty() {
        return "it has no folder with a function.json: name the folder that holds host.json with \
                --script-root"
            .into();
    }
    format!(
        "choose one of {}, or name another folder with --script-root",
        names.join(", ")
    )
}

/// What to do about a status that asks for a key.
const KEY_ADVICE: &str = "give with --key the key that the host printed when it started";
