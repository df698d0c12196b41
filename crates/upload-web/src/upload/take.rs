//! Taking one file: the sequence from a request to a sender, for programs and pages alike.

use bytes::Bytes;
use contract::BlobName;
use futures::Stream;

use super::{Accepted, Details, Receive, name, sniff};
use crate::{app::App, auth::User, error::Error, metrics, sender::Staged, trace::Trace};

/// Who sends files, and as part of what.
#[derive(Clone, Copy)]
pub struct Upload<'a> {
    /// What every request shares.
    pub app: &'a App,
    /// Who sends.
    pub user: &'a User,
    /// The trace that the request belongs to.
    pub trace: &'a Trace,
    /// The value of `Idempotency-Key`.
    pub key: Option<&'a str>,
}

impl Upload<'_> {
    /// Takes a file of which everything is known but its bytes.
    ///
    /// Its place among the uploads is held until the handler can see it, so what an upload keeps in
    /// memory is bounded by the number of places.
    ///
    /// # Errors
    ///
    /// Whatever is wrong with the request, the file or the way to the handler; nothing of the file
    /// is kept then.
    pub async fn take(
        &self,
        details: &Details,
        chunks: impl Stream<Item = Result<Bytes, Error>> + Send,
        stated_length: Option<u64>,
    ) -> Result<Accepted, Error> {
        let details = details.checked()?;
        // What cannot be kept is refused before the file is taken.
        details.metadata(self.user, self.trace)?;
        let sender = self.app.senders.get(details.flow.as_deref())?;
        let name = self.admit(&details.filename)?;
        let _slot = self.app.limits.slot(self.user).await?;
        let limit = self.app.settings.max_upload_bytes();
        let mut receive = Receive::begin(chunks, stated_length, limit).await?;
        sniff::check_heic(receive.content_type(), self.app.settings.heic)?;
        let staged = sender.stage(&mut receive, name).await?;
        self.hand_over(staged, &details).await
    }

    /// Counts the file against the user's limit, and names it.
    ///
    /// # Errors
    ///
    /// [`Error::RateLimited`], or [`Error::Invalid`] for an unusable key.
    pub fn admit(&self, filename: &str) -> Result<BlobName, Error> {
        self.app.limits.check_upload(self.user)?;
        name::image_name(self.user, filename, self.key)
    }

    /// Hands a staged file over to be processed.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] where storage or Kafka cannot be reached.
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
