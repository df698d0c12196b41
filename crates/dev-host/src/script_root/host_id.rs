//! The name under which the host keeps its things in the storage account.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use super::ScriptRoot;

impl ScriptRoot {
    /// The same for every start of the same script root, and another one for every other, as under
    /// the Core Tools. `AzureFunctionsWebHost__hostid` overrides it, there as here.
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
