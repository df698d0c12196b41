//! What can be wrong with a connection's settings.

/// A connection that cannot be used, and what to change.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectionError {
    /// None of the settings that describe the connection is there.
    #[error(
        "the connection {connection} is not set: give {connection} a connection string, or set {alternatives}"
    )]
    Missing {
        /// The connection's name.
        connection: String,
        /// The identity-based settings that would do instead.
        alternatives: String,
    },
    /// A setting is there and cannot be understood. The value itself is never shown: it may hold a key.
    #[error("the connection {connection} cannot be used: {reason}")]
    Invalid {
        /// The connection's name.
        connection: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The SDK refused to make a client of it.
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
