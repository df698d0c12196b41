//! The blob output: one block blob, overwritten, which is first empty and then complete.

use std::collections::HashMap;

use azure_core::http::StatusCode;
use azure_storage_blob::{
    BlobServiceClient, BlockBlobClient,
    models::{BlockBlobClientUploadOptions, StorageErrorCode},
};
use bytes::Bytes;
use connections::StorageConnection;
use uuid::Uuid;

use super::{Context, WriteError, text};
use crate::{
    expressions::Template,
    json_net::Json,
    script_root::{Binding, Settings},
};

/// A blob output binding.
pub(crate) struct BlobOutput {
    path: Template,
    /// With `"dataType": "binary"` the host writes the base64 text itself.
    is_binary: bool,
    account: StorageConnection,
    blobs: BlobServiceClient,
}

impl BlobOutput {
    pub(super) fn new(binding: &Binding, settings: &Settings) -> Result<Self, String> {
        let path = binding
            .text("path")
            .filter(|path| path.contains('/'))
            .ok_or("path must be container/blob, for example renditions/{name}")?;
        let connection = binding.connection("AzureWebJobsStorage");
        let account = StorageConnection::from_settings(connection, settings.lookup())
            .map_err(|error| error.to_string())?;
        Ok(Self {
            path: Template::parse(path).map_err(|error| error.to_string())?,
            is_binary: text::is_binary(binding),
            blobs: account.blobs().map_err(|error| error.to_string())?,
            account,
        })
    }

    /// Creates an empty blob, to be filled later. For a value without bytes nothing more happens.
    pub(super) async fn open(
        &self,
        value: &Json<'_>,
        context: &Context<'_>,
    ) -> Result<OpenBlob, WriteError> {
        let path = self.path.resolve(context.data)?;
        let (container, blob) = path
            .split_once('/')
            .filter(|(container, blob)| !container.is_empty() && !blob.is_empty())
            .ok_or_else(|| WriteError::Value(format!("{path} is not container/blob")))?;
        let container = self.blobs.blob_container_client(container);
        let client = self.account.blob(&container, blob)?.block_blob_client();
        let content = to_bytes(value, self.is_binary).map(Bytes::from);
        let blob = OpenBlob {
            client,
            invocation: context.id,
            content: content.clone().unwrap_or_default(),
        };
        match blob.upload(Bytes::new()).await {
            Err(error) if is_missing_container(&error) => {
                create_container(&container).await?;
                blob.upload(Bytes::new()).await?;
            }
            other => other?,
        }
        if content.is_none() {
            let problem = "the host cannot turn such a value into bytes, so it leaves the blob \
                           empty";
            return Err(WriteError::Value(problem.into()));
        }
        Ok(blob)
    }
}

/// A blob that is still empty.
pub(super) struct OpenBlob {
    client: BlockBlobClient,
    invocation: Uuid,
    content: Bytes,
}

impl OpenBlob {
    /// Writes the content, if there is any.
    pub(super) async fn fill(self) -> Result<(), WriteError> {
        if !self.content.is_empty() {
            self.upload(self.content.clone()).await?;
        }
        Ok(())
    }

    async fn upload(&self, content: Bytes) -> azure_core::Result<()> {
        let options = BlockBlobClientUploadOptions {
            metadata: Some(HashMap::from([(
                "AzureWebJobsParentId".to_owned(),
                self.invocation.to_string(),
            )])),
            ..Default::default()
        };
        let uploaded = self.client.upload(content.into(), Some(options)).await;
        uploaded.map(drop)
    }
}

/// Whether a call failed because the container does not exist.
fn is_missing_container(error: &azure_core::Error) -> bool {
    matches!(
        error.kind(),
        azure_core::error::ErrorKind::HttpResponse { error_code: Some(code), .. }
            if code == StorageErrorCode::ContainerNotFound.as_ref()
    )
}

/// Creates a container. Succeeds as well if it exists.
pub(crate) async fn create_container(
    container: &azure_storage_blob::BlobContainerClient,
) -> azure_core::Result<()> {
    match container.create(None).await {
        Err(error) if error.http_status() == Some(StatusCode::Conflict) => Ok(()),
        other => other.map(drop),
    }
}

/// The bytes of a blob, or `None` if the host has no bytes for the value.
fn to_bytes(value: &Json<'_>, is_binary: bool) -> Option<Vec<u8>> {
    Some(match value {
        Json::Text(text) => text::to_bytes(text, is_binary),
        // Four bytes, whatever the number is.
        Json::Integer(number) => number.to_le_bytes()[..4].into(),
        Json::Float(number) => number.to_le_bytes().into(),
        Json::Bool(flag) => vec![u8::from(*flag)],
        Json::Array(_) | Json::Object(_) => value.compact().into(),
        Json::Null | Json::BigInteger(_) | Json::Date(..) => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json_net::{DEFAULT_DEPTH, parse};

    #[track_caller]
    fn assert_content(json: &str, expected: Option<&[u8]>) {
        let value = parse(json, DEFAULT_DEPTH).unwrap().unwrap();
        assert_eq!(to_bytes(&value, false).as_deref(), expected, "{json}");
    }

    #[test]
    fn objects_and_arrays_are_json_on_one_line() {
        assert_content(r#"{"b": 1,"a":2.0}"#, Some(br#"{"b":1,"a":2.0}"#));
        assert_content("[1, 2]", Some(b"[1,2]"));
    }

    #[test]
    fn numbers_and_flags_are_their_bytes() {
        assert_content("12", Some(&[12, 0, 0, 0]));
        assert_content("4294967297", Some(&[1, 0, 0, 0]));
        assert_content("1.5", Some(&1.5_f64.to_le_bytes()));
        assert_content("true", Some(&[1]));
    }

    #[test]
    fn a_time_has_no_bytes() {
        assert_content(r#""2026-11-27T10:00:00.000Z""#, None);
        assert_content(r#""2026-11-27""#, Some(b"2026-11-27"));
    }
}
