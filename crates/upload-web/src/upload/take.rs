//! Taking one file: the steps from a request to a sender, for programs and pages alike.

use std::sync::Arc;

use bytes::Bytes;
use contract::{BlobName, RecordId};
use futures::Stream;

use super::{Accepted, Details, Receive, name, sniff};
use crate::{
    app::App, auth::User, error::Error, metrics, quota::Claim, sender::Staged, trace::Trace,
};

/// The context of an upload.
#[derive(Clone, Copy)]
pub struct UploadRequest<'a> {
    /// State that all requests share.
    pub app: &'a Arc<App>,
    /// The uploader.
    pub user: &'a User,
    /// The trace of the request.
    pub trace: &'a Trace,
    /// The value of `Idempotency-Key`.
    pub key: Option<&'a str>,
}

impl UploadRequest<'_> {
    /// Takes a file of which everything but its bytes is known.
    ///
    /// Its place among the uploads is held until the handler can see it, so the number of places
    /// bounds the memory of all uploads.
    ///
    /// # Errors
    ///
    /// Whatever is wrong with the request, the file or the flow. Then nothing of the file is kept.
    pub async fn take(
        &self,
        details: &Details,
        chunks: impl Stream<Item = Result<Bytes, Error>> + Send,
        stated_length: Option<u64>,
    ) -> Result<Accepted, Error> {
        let details = details.checked()?;
        // Details that cannot be stored are refused before the file is received.
        details.metadata(self.user, self.trace)?;
        let sender = self.app.senders.get(details.flow.as_deref())?;
        let name = self.admit(&details.filename)?;
        let claim = self.claim(&name, stated_length.unwrap_or_default()).await?;
        let _slot = self.app.limits.slot(self.user).await?;
        let limit = self.app.settings.max_upload_bytes();
        let mut receive = Receive::begin(chunks, stated_length, limit).await?;
        sniff::check_heic(receive.content_type(), self.app.settings.heic)?;
        let staged = sender.stage(&mut receive, name).await?;
        claim.resize(receive.received())?;
        let sha256 = receive.sha256();
        let accepted = self
            .hand_over_with_copies(staged, Some(&sha256), &details)
            .await?;
        claim.keep();
        Ok(accepted)
    }

    /// Counts the file against the user's limit, and gives it a name.
    ///
    /// # Errors
    ///
    /// [`Error::RateLimited`], or [`Error::Invalid`] for an unusable key.
    pub fn admit(&self, filename: &str) -> Result<BlobName, Error> {
        self.app.limits.check_upload(self.user)?;
        name::image_name(self.user, filename, self.key)
    }

    /// Claims room in the user's quota for an image of so many bytes.
    ///
    /// # Errors
    ///
    /// [`Error::QuotaExceeded`] if there is none.
    pub async fn claim(&self, name: &BlobName, bytes: u64) -> Result<Claim, Error> {
        let id = RecordId::from_name(name.as_str());
        self.app.claim(self.user, &id, bytes).await
    }

    /// Hands a staged file over, and looks up meanwhile whether the user has uploaded the same bytes before.
    ///
    /// # Errors
    ///
    /// Those of [`hand_over`](Self::hand_over).
    pub async fn hand_over_with_copies(
        &self,
        staged: Staged,
        sha256: Option<&str>,
        details: &Details,
    ) -> Result<Accepted, Error> {
        let hashes: Vec<_> = sha256.into_iter().collect();
        let (accepted, found) = tokio::join!(
            self.hand_over(staged, details),
            self.app.existing_for_upload(self.user, &hashes),
        );
        accepted.map(|accepted| accepted.beside(&found, sha256))
    }

    /// Hands a staged file over to be processed.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] if storage or Kafka cannot be reached.
    pub async fn hand_over(&self, staged: Staged, details: &Details) -> Result<Accepted, Error> {
        let sender = self.app.senders.get(details.flow.as_deref())?;
        let accepted = sender
            .commit(staged, details, self.user, self.trace)
            .await?;
        tracing::info!(id = accepted.id, bytes = accepted.bytes, "took an upload");
        metrics::taken(sender.flow().as_str(), accepted.bytes);
        Ok(accepted)
    }
}
