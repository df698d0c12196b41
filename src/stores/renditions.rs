//! The container of renditions.

use std::collections::HashMap;

use azure_core::http::Url;
use bytes::Bytes;
use contract::{metadata_value, names::rendition_metadata, rendition_path};
use imaging::{Presets, Rendition};

use super::container::{Condition, Container, Headers, Listed, Page, Written};
use crate::{
    error::{Error, Retry},
    patience::Patience,
};

/// The container of renditions.
pub struct Renditions {
    container: Container,
    address: Url,
    /// The properties of blobs, by preset.
    presets: HashMap<String, PresetHeaders>,
}

/// What a preset says about the blobs of its renditions.
struct PresetHeaders {
    cache_control: String,
    version: String,
}

/// A rendition that is to be written.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// Its blob's name.
    pub path: String,
    preset: String,
    content_type: &'static str,
    bytes: Bytes,
}

/// A rendition in storage.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Its blob.
    pub blob: Listed,
    /// The version of the original that it was made of, if its writer stated it.
    pub version: Option<String>,
    /// The version of the preset that it was made by, if its writer stated it.
    pub preset_version: Option<String>,
}

impl Outgoing {
    /// The rendition of the original called `name`.
    #[must_use]
    pub fn new(name: &str, rendition: Rendition) -> Self {
        Self {
            path: rendition_path(name, &rendition.preset, rendition.format.extension()),
            preset: rendition.preset,
            content_type: rendition.format.content_type(),
            bytes: rendition.bytes.into(),
        }
    }

    /// Its length in bytes.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.bytes.len() as u64
    }
}

impl Renditions {
    /// The container with its address, which contains no credentials.
    #[must_use]
    pub fn new(container: Container, address: Url, presets: &Presets) -> Self {
        Self {
            container,
            address,
            presets: presets
                .iter()
                .map(|preset| {
                    let said = PresetHeaders {
                        cache_control: preset.cache_control.clone(),
                        version: preset.version(),
                    };
                    (preset.name.clone(), said)
                })
                .collect(),
        }
    }

    /// The address of a rendition's blob.
    #[must_use]
    pub fn url(&self, path: &str) -> Url {
        super::originals::blob_url(&self.address, path)
    }

    /// Every rendition of the image called `name`, including those of presets that are gone.
    ///
    /// The folder `{name}/` may hold folders of other images, which are called `{name}/something`.
    /// Only blobs directly in it belong to this image.
    pub async fn of(&self, patience: &Patience, name: &str) -> Result<Vec<Stored>, Retry> {
        let folder = format!("{name}/");
        let blobs = self.container.list(patience, &folder).await?;
        let own = blobs
            .into_iter()
            .filter(|blob| !blob.name[folder.len()..].contains('/'));
        Ok(own
            .map(|blob| Stored {
                version: said(&blob, rendition_metadata::VERSION),
                preset_version: said(&blob, rendition_metadata::PRESET_VERSION),
                blob,
            })
            .collect())
    }

    /// Writes a rendition of a version of the original, if the condition holds.
    pub async fn put(
        &self,
        patience: &Patience,
        name: &str,
        version: &str,
        rendition: &Outgoing,
        condition: &Condition,
    ) -> Result<Written, Error> {
        let text = |text: &str| metadata_value::encode(text).into_owned();
        let said = self.presets.get(&rendition.preset);
        let mut metadata = HashMap::from([
            (rendition_metadata::ORIGINAL.to_owned(), text(name)),
            (
                rendition_metadata::PRESET.to_owned(),
                rendition.preset.clone(),
            ),
            (rendition_metadata::VERSION.to_owned(), text(version)),
        ]);
        metadata.extend(said.map(|said| {
            (
                rendition_metadata::PRESET_VERSION.to_owned(),
                said.version.clone(),
            )
        }));
        let headers = Headers {
            content_type: rendition.content_type.to_owned(),
            cache_control: said.map(|said| said.cache_control.clone()),
            metadata,
        };
        self.container
            .put(
                patience,
                &rendition.path,
                &rendition.bytes,
                &headers,
                condition,
            )
            .await
    }

    /// Whether this rendition, of this version of its original, is stored already as `there`.
    #[must_use]
    pub fn is_stored(&self, rendition: &Outgoing, version: &str, there: &Stored) -> bool {
        let said = self.presets.get(&rendition.preset);
        !version.is_empty()
            && there.version.as_deref() == Some(version)
            && there.preset_version.as_ref() == said.map(|said| &said.version)
            && there.blob.bytes == rendition.length()
    }

    /// One page of the renditions of all images: the first, or the one at `marker`.
    pub async fn page(
        &self,
        patience: &Patience,
        marker: Option<&str>,
        limit: u32,
    ) -> Result<Page, Retry> {
        self.container.page(patience, "", marker, limit).await
    }

    /// A rendition's bytes, or nothing if it is gone.
    pub async fn read(&self, patience: &Patience, path: &str) -> Result<Option<Bytes>, Retry> {
        let read = self.container.read(patience, path).await?;
        Ok(read.map(|(bytes, _)| bytes))
    }

    /// The SHA-256 of a rendition's bytes in lowercase hexadecimal, or nothing if it is gone.
    pub async fn sha256(&self, patience: &Patience, path: &str) -> Result<Option<String>, Retry> {
        let read = self.read(patience, path).await?;
        Ok(read.map(|bytes| metadata::digest::sha256(&bytes)))
    }

    /// Deletes listed renditions, each only if nobody has written it since.
    pub async fn delete_listed(&self, patience: &Patience, listed: &[Listed]) -> Result<(), Retry> {
        for Listed { name, etag, .. } in listed {
            self.container.delete(patience, name, etag).await?;
        }
        Ok(())
    }

    /// Deletes renditions, each only if nobody has written it since it was listed.
    pub async fn delete(&self, patience: &Patience, stored: &[Stored]) -> Result<(), Retry> {
        for rendition in stored {
            let Listed { name, etag, .. } = &rendition.blob;
            self.container.delete(patience, name, etag).await?;
        }
        Ok(())
    }
}

fn said(blob: &Listed, name: &str) -> Option<String> {
    let (_, value) = blob
        .metadata
        .iter()
        .find(|(key, _)| key.eq_ignore_ascii_case(name))?;
    Some(metadata_value::decode(value).into_owned())
}
