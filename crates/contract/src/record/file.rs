use serde::{Deserialize, Serialize};

/// The original as a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct File {
    /// The file's name on the uploader's machine, without folders.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Length in bytes.
    pub bytes: u64,
    /// Media type found in the bytes, for example `image/jpeg`. Absent if the type is unknown.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// Media type that the uploader declared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub declared_type: Option<String>,
    /// SHA-256 of the bytes: 64 lowercase hexadecimal digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(regex(pattern = r"^[0-9a-f]{64}$")))]
    pub sha256: Option<String>,
    /// MD5 of the bytes: 32 lowercase hexadecimal digits. Blob Storage calls it `Content-MD5`
    /// (there in base64). It identifies the bytes, but does not protect them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(regex(pattern = r"^[0-9a-f]{32}$")))]
    pub md5: Option<String>,
}
