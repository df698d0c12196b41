//! The blob output: one block blob, whole and overwriting.

use std::collections::HashMap;

use azure_core::http::StatusCode;
use azure_storage_blob::{
    BlobServiceClient,
    models::{BlockBlobClientUploadOptions, StorageErrorCode},
};
use base64::{
    Engine as _,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use bytes::Bytes;
use connections::StorageConnection;
use serde_json::value::RawValue;

use super::{Context, WriteError};
use crate::{
    answer::as_text,
    expressions::Template,
    script_root::{Binding, Settings},
};

/// .NET's `Convert.FromBase64String` wants its padding and does not look at the bits behind the end.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::RequireCanonical)
        .with_decode_allow_trailing_bits(true),
);

/// A blob output binding.
pub(crate) struct BlobOutput {
    path: Template,
    has_data_type: bool,
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
            has_data_type: binding.property("dataType").is_some(),
            blobs: account.blobs().map_err(|error| error.to_string())?,
            account,
        })
    }

    pub(super) async fn write(
        &self,
        value: &RawValue,
        context: &Context<'_>,
    ) -> Result<(), WriteError> {
        let path = self.path.resolve(context.data)?;
        let (container, blob) = path
            .split_once('/')
            .filter(|(container, blob)| !container.is_empty() && !blob.is_empty())
            .ok_or_else(|| WriteError::Value(format!("{path} is not container/blob")))?;
        let bytes = Bytes::from(to_bytes(value, self.has_data_type));
        let container = self.blobs.blob_container_client(container);
        let client = self.account.blob(&container, blob)?.block_blob_client();
        let upload = || {
            let options = BlockBlobClientUploadOptions {
                metadata: Some(HashMap::from([(
                    "AzureWebJobsParentId".to_owned(),
                    context.id.to_string(),
                )])),
                ..Default::default()
            };
            client.upload(bytes.clone().into(), Some(options))
        };
        match upload().await {
            Err(error) if is_missing_container(&error) => {
                create_container(&container).await?;
                upload().await?;
            }
            other => {
                other?;
            }
        }
        Ok(())
    }
}

/// Whether a call failed because the container is not there.
fn is_missing_container(error: &azure_core::Error) -> bool {
    matches!(
        error.kind(),
        azure_core::error::ErrorKind::HttpResponse { error_code: Some(code), .. }
            if code == StorageErrorCode::ContainerNotFound.as_ref()
    )
}

/// Creates a container; one that is there already is as good.
pub(crate) async fn create_container(
    container: &azure_storage_blob::BlobContainerClient,
) -> azure_core::Result<()> {
    match container.create(None).await {
        Err(error) if error.http_status() == Some(StatusCode::Conflict) => Ok(()),
        other => other.map(drop),
    }
}

/// The bytes of a blob.
///
/// A string is decoded from base64 when it can be, but only if the binding states no data type:
/// with `"dataType": "binary"` the host writes the base64 text itself. Everything else is written
/// as the JSON text it arrived as.
fn to_bytes(value: &RawValue, has_data_type: bool) -> Vec<u8> {
    let Some(text) = as_text(value) else {
        return value.get().into();
    };
    if has_data_type {
        return text.into_owned().into();
    }
    // .NET skips blanks inside base64.
    let decoded = BASE64
        .decode(text.as_bytes())
        .or_else(|_| BASE64.decode(text.replace([' ', '\t', '\r', '\n'], "")));
    decoded.unwrap_or_else(|_| text.into_owned().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_content(json: &str, has_data_type: bool, expected: &[u8]) {
        let raw = RawValue::from_string(json.to_owned()).unwrap();
        assert_eq!(to_bytes(&raw, has_data_type), expected, "{json}");
    }

    #[test]
    fn a_string_is_decoded_when_it_can_be() {
        assert_content(r#""RGFya3Jvb20=""#, false, b"Darkroom");
        assert_content(r#""RGFya3\nJvb20=""#, false, b"Darkroom");
        assert_content(r#""""#, false, b"");
    }

    #[test]
    fn a_word_of_four_letters_is_silently_taken_for_base64() {
        assert_content(r#""abcd""#, false, &[0x69, 0xb7, 0x1d]);
    }

    #[test]
    fn a_string_that_is_no_base64_is_its_text() {
        assert_content(r#""abc""#, false, b"abc");
        assert_content(r#""caf\u00e9!""#, false, "café!".as_bytes());
        assert_content(r#""RGFya3Jvb20""#, false, b"RGFya3Jvb20");
    }

    #[test]
    fn a_data_type_turns_decoding_off() {
        assert_content(r#""RGFya3Jvb20=""#, true, b"RGFya3Jvb20=");
    }

    #[test]
    fn other_values_are_their_json_text() {
        for has_data_type in [false, true] {
            assert_content(r#"{"b": 1,"a":2}"#, has_data_type, br#"{"b": 1,"a":2}"#);
            assert_content("[1,2]", has_data_type, b"[1,2]");
            assert_content("1.50", has_data_type, b"1.50");
            assert_content("true", has_data_type, b"true");
        }
    }
}
