//! What the blob trigger tells about its event.

use azure_core::{
    http::Url,
    time::{OffsetDateTime, to_rfc3339},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};

use super::found::Found;
use crate::{expressions::BindingData, triggers::system};

/// The binding data of a blob: what expressions can name, and what becomes the `Metadata`.
pub(super) fn of(found: &Found, path: &str, container_url: &Url, function: &str) -> BindingData {
    let metadata: Map<String, Value> = found
        .metadata
        .iter()
        .map(|(name, value)| (name.clone(), value.as_str().into()))
        .collect();
    [
        ("BlobTrigger", Value::from(path)),
        ("Uri", append(container_url, &found.name).as_str().into()),
        ("Properties", properties(found)),
        ("Metadata", metadata.into()),
        ("sys", system(function)),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into_iter()
    .collect()
}

/// The value of a deferred trigger. It tells the size of a locator, but not the locator.
pub(super) fn deferred(connection: &str, container: &str, blob: &str) -> Value {
    // Written out, because the order of the fields is the host's and not the alphabet's. Only the
    // length of this text goes over the wire.
    let locator = format!(
        r#"{{"Connection":{},"ContainerName":{},"BlobName":{}}}"#,
        Value::from(connection),
        Value::from(container),
        Value::from(blob)
    );
    json!({
        "Version": "1.0",
        "Source": "AzureStorageBlobs",
        "Content": {
            "IsEmpty": false,
            "Length": locator.len(),
            "MediaType": "application/json",
        },
        "ContentType": "application/json",
    })
}

/// The .NET client's `BlobProperties`, as Newtonsoft.Json writes them: absent values are null,
/// enumerations are numbers, and the entity tag, which has no public properties, is an empty object.
fn properties(found: &Found) -> Value {
    let properties = &found.properties;
    let blob_type = match found.blob_type().as_str() {
        "PageBlob" => 1,
        "AppendBlob" => 2,
        _ => 0,
    };
    json!({
        "LastModified": date(properties.last_modified),
        "CreatedOn": date(properties.creation_time),
        "Metadata": found.metadata,
        "BlobType": blob_type,
        "ContentLength": found.length,
        "ContentType": properties.content_type,
        "ETag": {},
        "ContentHash": properties.content_md5.as_ref().map(|md5| STANDARD.encode(md5)),
        "ContentEncoding": properties.content_encoding,
        "ContentDisposition": properties.content_disposition,
        "ContentLanguage": properties.content_language,
        "CacheControl": properties.cache_control,
        "IsServerEncrypted": properties.server_encrypted.unwrap_or_default(),
    })
}

/// A `DateTimeOffset` as .NET writes it. Storage knows whole seconds only.
fn date(time: Option<OffsetDateTime>) -> Value {
    time.map_or(Value::Null, |time| {
        to_rfc3339(&time).replace('Z', "+00:00").into()
    })
}

/// A URL with a name behind it, escaped as the .NET clients do it: only slashes and what RFC 3986
/// calls unreserved stay as they are.
pub(super) fn append(url: &Url, name: &str) -> Url {
    let mut path = url.path().trim_end_matches('/').to_owned();
    path.push('/');
    for byte in name.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'/' => {
                path.push(char::from(byte));
            }
            _ => {
                path.push('%');
                for digit in [byte >> 4, byte & 0xf] {
                    path.extend(
                        char::from_digit(digit.into(), 16).map(|digit| digit.to_ascii_uppercase()),
                    );
                }
            }
        }
    }
    let mut url = url.clone();
    url.set_path(&path);
    url
}
