//! The blob input: the content of one blob.

use azure_core::http::StatusCode;
use azure_storage_blob::BlobServiceClient;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::BytesMut;
use connections::StorageConnection;
use futures::TryStreamExt as _;
use serde_json::Value;

use super::ReadError;
use crate::{
    expressions::{BindingData, Template},
    payload::encode,
    script_root::{Binding, Settings},
};

/// A blob input binding.
pub(crate) struct BlobInput {
    path: Template,
    is_binary: bool,
    account: StorageConnection,
    blobs: BlobServiceClient,
}

impl BlobInput {
    pub(super) fn new(binding: &Binding, settings: &Settings) -> Result<Self, String> {
        let path = binding
            .text("path")
            .filter(|path| path.contains('/'))
            .ok_or("path must be container/blob, for example originals/{name}")?;
        let connection = binding.connection("AzureWebJobsStorage");
        let account = StorageConnection::from_settings(connection, settings.lookup())
            .map_err(|error| error.to_string())?;
        Ok(Self {
            path: Template::parse(path).map_err(|error| error.to_string())?,
            is_binary: binding
                .text("dataType")
                .is_some_and(|kind| kind.eq_ignore_ascii_case("binary")),
            blobs: account.blobs().map_err(|error| error.to_string())?,
            account,
        })
    }

    /// The value. A missing blob gives null.
    pub(super) async fn read(&self, data: &BindingData) -> Result<Value, ReadError> {
        let path = self.path.resolve(data)?;
        let (container, blob) = path
            .split_once('/')
            .filter(|(container, blob)| !container.is_empty() && !blob.is_empty())
            .ok_or_else(|| ReadError::Value(format!("{path} is not container/blob")))?;
        let container = self.blobs.blob_container_client(container);
        let blob = self.account.blob(&container, blob)?;
        match blob.download(None).await {
            Err(error) if error.http_status() == Some(StatusCode::NotFound) => {
                Ok(encode(&Value::Null))
            }
            Err(error) => Err(error.into()),
            Ok(download) => {
                let bytes: BytesMut = download.body.try_collect().await?;
                Ok(self.value(&bytes))
            }
        }
    }

    /// The value. Without a data type the host treats the blob as text, and damages other content.
    fn value(&self, bytes: &[u8]) -> Value {
        if self.is_binary {
            return STANDARD.encode(bytes).into();
        }
        let text = String::from_utf8_lossy(bytes);
        encode(&text.strip_prefix('\u{feff}').unwrap_or(&text).into())
    }
}
