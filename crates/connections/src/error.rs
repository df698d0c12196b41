//! Errors in a connection's settings.

/// A connection that cannot be used, and what to change.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectionError {
    /// No setting describes the connection.
    #[error(
        "the connection {connection} is not set: give {connection} a connection string, or set {alternatives}"
    )]
    Missing {
        /// The connection's name.
        connection: String,
        /// The identity-based settings that could be set instead.
        alternatives: String,
    },
    /// A setting is invalid. Its value is never shown, because it may hold a key.
    #[error("the connection {connection} cannot be used: {reason}")]
    Invalid {
        /// The connection's name.
        connection: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The SDK could not create a client from the settings.
    #[error("no client for the connection {connection}: {source}")]
    Client {
        /// The connection's name.
        connection: String,
        /// The SDK's own error.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl ConnectionError {
    pub(crate) fn invalid(connection: &str, reason: impl Into<String>) -> Self {
        Self::Invalid {
            connection: connection.to_owned(),
            reason: reason.into(),
        }
    }

    pub(crate) fn client(
        connection: &str,
        source: impl std::error::Error + Send + Sync + 'static,
    ) -> Self {
        Self::Client {
            connection: connection.to_owned(),
            source: Box::new(source),
        }
    }
}
