//! The container of renditions.

use std::collections::HashMap;

use azure_core::http::Url;
use bytes::Bytes;
use contract::{metadata_value, names::rendition_metadata, rendition_path};
use imaging::{Presets, Rendition};

use super::container::{Condition, Container, Headers, Listed, Written};
use crate::{
    error::{Error, Retry},
    patience::Patience,
};

/// The container of renditions.
pub struct Renditions {
    container: Container,
    address: Url,
    /// By preset.
    cache_control: HashMap<String, String>,
}

/// A rendition on its way to storage.
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
    /// The version of the original that it was made of, where whoever wrote it said so.
    pub version: Option<String>,
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
    /// The container with its address, which gives access to nothing.
    #[must_use]
    pub fn new(container: Container, address: Url, presets: &Presets) -> Self {
        Self {
            container,
            address,
            cache_control: presets
                .iter()
                .map(|preset| (preset.name.clone(), preset.cache_control.clone()))
                .collect(),
        }
    }

    /// The address of a rendition's blob.
    #[must_use]
    pub fn url(&self, path: &str) -> Url {
        super::originals::blob_url(&self.address, path)
    }

    /// Every rendition of the image called `name`, those of presets that are gone as well.
    ///
    /// The folder `{name}/` may hold folders of other images, which are called `{name}/something`:
    /// only what lies directly in it is this image's.
    pub async fn of(&self, patience: &Patience, name: &str) -> Result<Vec<Stored>, Retry> {
        let folder = format!("{name}/");
        let blobs = self.container.list(patience, &folder).await?;
        let own = blobs
            .into_iter()
            .filter(|blob| !blob.name[folder.len()..].contains('/'));
        Ok(own
            .map(|blob| Stored {
                version: blob
                    .metadata
                    .iter()
                    .find(|(key, _)| key.eq_ignore_ascii_case(rendition_metadata::VERSION))
                    .map(|(_, value)| metadata_value::decode(value).into_owned()),
                blob,
            })
            .collect())
    }

    /// Writes a rendition of a version of the original, where the condition holds.
    pub async fn put(
        &self,
        patience: &Patience,
        name: &str,
        version: &str,
        rendition: &Outgoing,
        condition: &Condition,
    ) -> Result<Written, Error> {
        let text = |text: &str| metadata_value::encode(text).into_owned();
        let headers = Headers {
            content_type: rendition.content_type.to_owned(),
            cache_control: self.cache_control.get(&rendition.preset).cloned(),
            metadata: HashMap::from([
                (rendition_metadata::ORIGINAL.to_owned(), text(name)),
                (
                    rendition_metadata::PRESET.to_owned(),
                    rendition.preset.clone(),
                ),
                (rendition_metadata::VERSION.to_owned(), text(version)),
            ]),
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

    /// Deletes renditions, each only if nobody has written it since it was listed.
    pub async fn delete(&self, patience: &Patience, stored: &[Stored]) -> Result<(), Retry> {
        for rendition in stored {
            let Listed { name, etag, .. } = &rendition.blob;
            self.container.delete(patience, name, etag).await?;
        }
        Ok(())
    }
}
