//! `produce`: sends messages to Kafka.
//!
//! It is part of this program because librdkafka is. A tool that sends messages by starting this
//! program need not be built with librdkafka itself, which takes minutes.

use std::process::ExitCode;

use connections::KafkaAccess;
use functions_dev_host::ProduceError;
use tokio::io::BufReader;

use crate::{error::EXIT_CONFIGURATION, print_error};

#[derive(clap::Args)]
#[command(after_help = "\
A line is {\"topic\", \"key\", \"headers\": [{\"key\", \"value\"}], \"value\"}, with the values in base64. When \
the broker has a message, its place is printed in a line.")]
pub(crate) struct Options {
    /// The brokers' addresses.
    #[arg(long, env = "KAFKA_BROKERS", value_name = "HOST:PORT")]
    brokers: String,
    /// plaintext, ssl, saslPlaintext or saslSsl [default: saslSsl if there is a user name,
    /// otherwise plaintext].
    #[arg(long, env = "KAFKA_PROTOCOL")]
    protocol: Option<String>,
    /// plain, scramSha256 or scramSha512.
    #[arg(long, env = "KAFKA_AUTHENTICATION_MODE", default_value = "plain")]
    authentication_mode: String,
    /// The user name.
    #[arg(long, env = "KAFKA_USERNAME")]
    username: Option<String>,
    /// The user's password. Prefer the environment variable, which other users cannot see.
    #[arg(long, env = "KAFKA_PASSWORD", hide_env_values = true)]
    password: Option<String>,
}

impl Options {
    pub(crate) async fn run(self) -> ExitCode {
        let by_user = self.username.is_some().then_some("saslSsl");
        let access = KafkaAccess {
            brokers: &self.brokers,
            protocol: self.protocol.as_deref().or(by_user),
            authentication_mode: Some(&self.authentication_mode),
            username: self.username.as_deref(),
            password: self.password.as_deref(),
        };
        let input = BufReader::new(tokio::io::stdin());
        match functions_dev_host::produce(&access, input, tokio::io::stdout()).await {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                print_error(&error);
                match error {
                    ProduceError::Access(_) => ExitCode::from(EXIT_CONFIGURATION),
                    _ => ExitCode::FAILURE,
                }
            }
        }
    }
}
