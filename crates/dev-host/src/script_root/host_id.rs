//! The id under which the host keeps its data in the storage account.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use super::ScriptRoot;

impl ScriptRoot {
    /// The id of this script root. It is the same at every start and differs from other script
    /// roots, as under the Core Tools. `AzureFunctionsWebHost__hostid` overrides it, as there.
    pub(crate) fn host_id(&self) -> String {
        self.settings
            .get("AzureFunctionsWebHost__hostid")
            .map_or_else(
                || {
                    let digest = Sha256::digest(self.path.as_os_str().as_encoded_bytes());
                    format!("local-{}", hex(&digest[..8]))
                },
                str::to_owned,
            )
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
