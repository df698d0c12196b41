//! The binding data of the blob trigger.

use azure_core::{http::Url, time::OffsetDateTime};
use azure_storage_blob::models::LeaseStatus;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};

use super::found::Found;
use crate::{
    expressions::BindingData,
    triggers::{date_time_offset, system},
};

/// The binding data of a blob: the values for expressions, and the `Metadata`.
pub(in crate::triggers) fn of(
    found: &Found,
    path: &str,
    container_url: &Url,
    function: &str,
) -> BindingData {
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

/// The value of a deferred trigger. It states the size of a locator, but not the locator.
pub(in crate::triggers) fn deferred(connection: &str, container: &str, blob: &str) -> Value {
    // It is written out because the order of the fields is the host's and not alphabetical. Only
    // the length of this text is sent.
    let locator = format!(
        r#"{{"Connection":{},"ContainerName":{},"BlobName":{}}}"#,
        quoted(connection),
        quoted(container),
        quoted(blob)
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

/// A JSON string as .NET's `System.Text.Json` writes it: ASCII only, and without characters that
/// mean something in HTML.
fn quoted(text: &str) -> String {
    let mut json = String::from('"');
    for unit in text.encode_utf16() {
        let plain = u8::try_from(unit)
            .ok()
            .filter(|byte| (b' '..=b'~').contains(byte) && !br#""&'+<>`\"#.contains(byte));
        match plain {
            Some(byte) => json.push(char::from(byte)),
            None => json.push_str(&escape(unit)),
        }
    }
    json.push('"');
    json
}

fn escape(unit: u16) -> String {
    match unit {
        8 => r"\b".into(),
        9 => r"\t".into(),
        10 => r"\n".into(),
        12 => r"\f".into(),
        13 => r"\r".into(),
        0x5c => r"\\".into(),
        other => format!(r"\u{other:04X}"),
    }
}

/// The .NET client's `BlobProperties`, as Newtonsoft.Json writes them: most absent values are null,
/// enumerations are numbers, and the entity tag, which has no public properties, is an empty object.
fn properties(found: &Found) -> Value {
    let properties = &found.properties;
    let blob_type = match found.blob_type().as_str() {
        "PageBlob" => 1,
        "AppendBlob" => 2,
        _ => 0,
    };
    let leased = properties.lease_status.as_ref() == Some(&LeaseStatus::Locked);
    json!({
        "LastModified": date(properties.last_modified),
        "CreatedOn": date(properties.creation_time),
        "Metadata": found.metadata,
        "ObjectReplicationDestinationPolicyId": null,
        "ObjectReplicationSourceProperties": null,
        "BlobType": blob_type,
        "CopyCompletedOn": date(properties.copy_completion_time),
        "CopyStatusDescription": properties.copy_status_description,
        "CopyId": properties.copy_id,
        "CopyProgress": properties.copy_progress,
        "CopySource": properties.copy_source,
        "CopyStatus": 0,
        "BlobCopyStatus": null,
        "IsIncrementalCopy": properties.incremental_copy.unwrap_or_default(),
        "DestinationSnapshot": properties.destination_snapshot,
        "LeaseDuration": 0,
        "LeaseState": i32::from(leased),
        "LeaseStatus": i32::from(!leased),
        "ContentLength": found.length,
        "ContentType": properties.content_type,
        "ETag": {},
        "ContentHash": properties.content_md5.as_ref().map(|md5| STANDARD.encode(md5)),
        "ContentEncoding": text(properties.content_encoding.as_ref()),
        "ContentDisposition": text(properties.content_disposition.as_ref()),
        "ContentLanguage": text(properties.content_language.as_ref()),
        "CacheControl": text(properties.cache_control.as_ref()),
        "BlobSequenceNumber": properties.blob_sequence_number.unwrap_or_default(),
        "AcceptRanges": "bytes",
        "BlobCommittedBlockCount": 0,
        "IsServerEncrypted": properties.server_encrypted.unwrap_or_default(),
        "EncryptionKeySha256": properties.encryption_key_sha256,
        "EncryptionScope": properties.encryption_scope,
        "AccessTier": properties.access_tier.as_ref().map(ToString::to_string),
        "AccessTierInferred": properties.access_tier_inferred.unwrap_or_default(),
        "ArchiveStatus": properties.archive_status.as_ref().map(ToString::to_string),
        "AccessTierChangedOn": date(properties.access_tier_change_time),
        "VersionId": null,
        "IsLatestVersion": false,
        "TagCount": properties.tag_count.unwrap_or_default(),
        "ExpiresOn": date(properties.expires_on),
        "IsSealed": properties.is_sealed.unwrap_or_default(),
        "RehydratePriority": properties.rehydrate_priority.as_ref().map(ToString::to_string),
        "LastAccessed": date(properties.last_accessed_on),
        "ImmutabilityPolicy": {"ExpiresOn": null, "PolicyMode": null},
        "HasLegalHold": properties.legal_hold.unwrap_or_default(),
    })
}

/// Lists write an empty text where the properties of a single blob have none.
fn text(text: Option<&String>) -> Option<&String> {
    text.filter(|text| !text.is_empty())
}

/// A `DateTimeOffset` as .NET writes it. It has no null, so an unset one is its minimum value.
fn date(time: Option<OffsetDateTime>) -> String {
    time.and_then(date_time_offset)
        .unwrap_or_else(|| "0001-01-01T00:00:00+00:00".to_owned())
}

/// A URL with a name appended, escaped as by the .NET clients: only slashes and RFC 3986's
/// unreserved characters stay unchanged.
pub(crate) fn append(url: &Url, name: &str) -> Url {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_locator_is_plain_ascii() {
        assert_eq!(
            quoted("a b/é+\"\\\n😀"),
            r#""a b/\u00E9\u002B\u0022\\\n\uD83D\uDE00""#
        );
    }
}
