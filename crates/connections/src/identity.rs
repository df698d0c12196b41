//! Chooses the Entra ID credential of an identity-based connection.

use std::sync::Arc;

use azure_core::{credentials::TokenCredential, http::Transport};
use azure_identity::{
    DeveloperToolsCredential, ManagedIdentityCredential, ManagedIdentityCredentialOptions,
    UserAssignedId,
};

use crate::{ConnectionError, first_use, setting};

/// A managed identity if the settings or the platform name one, otherwise the identity that the
/// developer is signed in with (Azure CLI, Azure Developer CLI).
pub(crate) fn credential(
    connection: &str,
    lookup: &impl Fn(&str) -> Option<String>,
    transport: &Transport,
) -> Result<Arc<dyn TokenCredential>, ConnectionError> {
    let client_id = setting(connection, Some("clientId"), lookup);
    let wanted = setting(connection, Some("credential"), lookup);
    match wanted.as_deref() {
        Some(kind) if !kind.eq_ignore_ascii_case("managedidentity") => {
            Err(ConnectionError::invalid(
                connection,
                format!("{connection}__credential can only be managedidentity"),
            ))
        }
        Some(_) => managed_identity(connection, client_id, transport),
        // Every Azure compute service that offers a managed identity sets this variable.
        None if lookup("IDENTITY_ENDPOINT").is_some() => {
            managed_identity(connection, client_id, transport)
        }
        None => DeveloperToolsCredential::new(None)
            .map(|credential| credential as Arc<dyn TokenCredential>)
            .map_err(|error| ConnectionError::client(connection, error)),
    }
}

fn managed_identity(
    connection: &str,
    client_id: Option<String>,
    transport: &Transport,
) -> Result<Arc<dyn TokenCredential>, ConnectionError> {
    let options = ManagedIdentityCredentialOptions {
        user_assigned_id: client_id.map(UserAssignedId::ClientId),
        client_options: first_use::options(transport),
    };
    ManagedIdentityCredential::new(Some(options))
        .map(|credential| credential as Arc<dyn TokenCredential>)
        .map_err(|error| ConnectionError::client(connection, error))
}
