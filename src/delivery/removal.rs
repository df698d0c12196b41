//! Removes renditions and records: of an original that is gone, of a version that is not the newest, and what cut-off
//! attempts have left.

use contract::{Record, RecordId, Status};
use jiff::Timestamp;

use super::{
    Delivered,
    direct::{BETWEEN_ROUNDS, Direct, ROUNDS},
};
use crate::{
    error::{Error, Retry},
    patience::Patience,
    stores::{attempts::Attempt, container::Written, originals::Presence, renditions::Stored},
};

impl Direct {
    /// Removes the renditions of an original that is gone, and replaces its record with a tombstone.
    pub async fn withdraw(
        &self,
        patience: &Patience,
        record: &Record,
        attempt: &Attempt,
    ) -> Result<Delivered, Error> {
        if attempt.is_repeated() || patience.was_left_unanswered() {
            patience.pause(self.late_writes).await;
        }
        self.remove(patience, &record.source.name).await?;
        Ok(Delivered::Gone)
    }

    /// Removes everything that was made of the blob `name`, if the blob is gone.
    pub async fn remove(&self, patience: &Patience, name: &str) -> Result<(), Error> {
        let id = RecordId::from_name(name);
        for _ in 0..ROUNDS {
            let known = self.records.find(patience, &id).await?;
            let stored = self.renditions.of(patience, name).await?;
            if self.uploads.find(patience, name).await?.is_some() {
                return Ok(());
            }
            let record = known.as_ref().and_then(|known| known.record.as_ref());
            let is_ours = record.is_none_or(|record| !record.source.kind.is_message());
            if !is_ours {
                return Ok(());
            }
            self.renditions.delete(patience, &stored).await?;
            let Some(record) = record.filter(|record| record.status != Status::Deleted) else {
                return Ok(());
            };
            let tombstone = Record::tombstone(record.source.clone(), Timestamp::now());
            if self
                .records
                .put(patience, &tombstone, known.as_ref())
                .await?
                == Written::Done
            {
                return Ok(());
            }
            patience.pause(BETWEEN_ROUNDS).await;
        }
        Err(Retry::new(format!("removing {name}"), "others write it all the time").into())
    }

    /// Removes everything that was made of a message's original, whatever state the message is in.
    pub async fn bury(&self, patience: &Patience, record: &Record) -> Result<(), Error> {
        let name = &record.source.name;
        for _ in 0..ROUNDS {
            let known = self.records.find(patience, &record.id).await?;
            let stored = self.renditions.of(patience, name).await?;
            self.renditions.delete(patience, &stored).await?;
            let Some(there) = known.as_ref().and_then(|known| known.record.as_ref()) else {
                return Ok(());
            };
            let tombstone = Record::tombstone(there.source.clone(), Timestamp::now());
            let written = self
                .records
                .put(patience, &tombstone, known.as_ref())
                .await?;
            if written == Written::Done {
                return Ok(());
            }
            patience.pause(BETWEEN_ROUNDS).await;
        }
        Err(Retry::new(format!("removing {name}"), "others write it all the time").into())
    }

    /// Removes everything that was made of the blob `name`, which is gone. That includes the late writes of attempts
    /// that were cut off.
    pub async fn remove_with_late_writes(
        &self,
        patience: &Patience,
        name: &str,
    ) -> Result<(), Error> {
        let marks = self
            .attempts
            .cut_off(patience, &RecordId::from_name(name))
            .await?;
        if !marks.is_empty() {
            patience.pause(self.late_writes).await;
        }
        self.remove(patience, name).await?;
        for mark in marks {
            self.attempts.remove(patience, &mark).await?;
        }
        Ok(())
    }

    /// Removes the renditions of a version that is no longer the newest. Renditions that the newer version has
    /// overwritten are not among them.
    pub(super) async fn withdraw_version(
        &self,
        patience: &Patience,
        record: &Record,
        attempt: &Attempt,
    ) -> Result<(), Retry> {
        // A run made a version that readers see. It stays until the newer one is there.
        if record.processing.run.is_some() {
            return Ok(());
        }
        if attempt.is_repeated() || patience.was_left_unanswered() {
            patience.pause(self.late_writes).await;
        }
        let stored = self.renditions.of(patience, &record.source.name).await?;
        let version = record.source.version();
        let own: Vec<Stored> = stored
            .into_iter()
            .filter(|one| one.version.is_some() && one.version == version)
            .collect();
        self.renditions.delete(patience, &own).await
    }

    /// Removes what attempts that were cut off have left behind, or may still write. This is needed only if the image
    /// has no renditions of its own that would overwrite it.
    pub async fn clear_up(
        &self,
        patience: &Patience,
        id: &RecordId,
        record: Option<&Record>,
    ) -> Result<(), Retry> {
        let Some(record) = record.filter(|record| record.status != Status::Processed) else {
            return Ok(());
        };
        let marks = self.attempts.cut_off(patience, id).await?;
        if marks.is_empty() {
            return Ok(());
        }
        patience.pause(self.late_writes).await;
        let stored = self.renditions.of(patience, &record.source.name).await?;
        let known = self.records.find(patience, id).await?;
        let there = known.and_then(|known| known.record);
        let Some(there) = there.filter(|there| there.status != Status::Processed) else {
            return Ok(());
        };
        // A newer version writes its renditions before its record.
        if self.presence(patience, &there.source).await? == Presence::Changed {
            return Ok(());
        }
        self.delete_left(patience, &there, &stored).await?;
        for mark in marks {
            self.attempts.remove(patience, &mark).await?;
        }
        Ok(())
    }
}
