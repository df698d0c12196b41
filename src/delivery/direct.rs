//! Straight to Blob Storage and Cosmos DB, and only what is still the newest.
//!
//! Several handlers may deliver versions of one original at the same time, each may be killed at any
//! line, and a request may reach its service seconds after whoever sent it has died. So every write is
//! conditional, in this order:
//!
//! 1. Take the state of what will be written: the entity tags of the record and of the renditions,
//!    or that there are none.
//! 2. *Then* ask whether the original is still this version.
//! 3. Write, each on the condition that its state is the one of step 1.
//!
//! A handler of a newer version asks (2) after that version has come, so it writes after step 2 of
//! every older one; if it writes before their step 3, their condition fails. So an older version is
//! never written over a newer one, whatever is late. Renditions go first and the record last:
//! whoever finds a record finds what it speaks of.
//!
//! A condition cannot keep a late write from making a rendition that was never there, after an
//! original was deleted or replaced by one that is rejected. Such a write can only be left behind by an
//! attempt that was cut off or got no answer. Where the event of that attempt comes again,
//! [`Direct::clear_up`] waits until such writes have arrived and removes what they made; where it does
//! not, the attempt's mark is still there, and [`recovery`](crate::recovery) does so.

use std::{sync::Arc, time::Duration};

use azure_functions_custom_handler::Outputs;
use contract::{Record, RecordId, Source, Status};
use futures::future::try_join_all;
use jiff::Timestamp;

use super::{Delivered, paths};
use crate::{
    error::{Error, Retry},
    patience::Patience,
    process::Processed,
    standing::{Standing, standing},
    stores::{
        attempts::{Attempt, Attempts},
        container::{Condition, Written},
        originals::{Originals, Presence},
        records::{Known, Records},
        renditions::{Outgoing, Renditions, Stored},
    },
};

/// How often a delivery begins anew because somebody else was writing. Each time somebody else has
/// got further, so this is never reached but by a defect.
const ROUNDS: u32 = 50;
/// The pause between two rounds.
const BETWEEN_ROUNDS: Duration = Duration::from_millis(100);

/// Everything that is written to.
pub struct Direct {
    /// The originals that come by blob trigger.
    pub uploads: Arc<Originals>,
    /// Where renditions go.
    pub renditions: Renditions,
    /// Where records go.
    pub records: Arc<Records>,
    /// Who is trying what.
    pub attempts: Arc<Attempts>,
    /// After which time a request whose sender has died has reached its service or never will.
    pub late_writes: Duration,
}

/// How far a round of a delivery got.
enum Round {
    Finished(Delivered),
    /// Somebody else has written in between.
    Interrupted,
}

impl Direct {
    /// Whether the version of the original that `source` describes is the one there is. Messages do
    /// not change; which of them is newer the record tells.
    pub async fn presence(&self, patience: &Patience, source: &Source) -> Result<Presence, Retry> {
        // A name that was refused may lead a URL library to another blob: it is not asked for.
        let Some(etag) = source.etag.as_deref().filter(|_| !source.kind.is_message()) else {
            return Ok(Presence::Current);
        };
        self.uploads.presence(patience, &source.name, etag).await
    }

    /// Writes the renditions, then the record.
    ///
    /// # Errors
    ///
    /// Rejected where storage or database refuse it for good, retry where they are in trouble.
    pub async fn deliver(
        &self,
        processed: Processed,
        known: Option<Known>,
        attempt: &Attempt,
        patience: &Patience,
    ) -> Result<Delivered, Error> {
        let Processed { record, renditions } = processed;
        let name = &record.source.name;
        let renditions: Vec<_> = renditions
            .into_iter()
            .map(|rendition| Outgoing::new(name, rendition))
            .collect();
        // A new image has no renditions yet; that costs a listing to know, and nothing to assume.
        let mut stored = if known.is_some() || renditions.is_empty() {
            self.renditions.of(patience, name).await?
        } else {
            Vec::new()
        };
        let mut known = known;
        for _ in 0..ROUNDS {
            let round = self
                .round(
                    &record,
                    &renditions,
                    &stored,
                    known.as_ref(),
                    attempt,
                    patience,
                )
                .await?;
            if let Round::Finished(delivered) = round {
                return Ok(delivered);
            }
            patience.pause(BETWEEN_ROUNDS).await;
            stored = self.renditions.of(patience, name).await?;
            known = self.records.find(patience, &record.id).await?;
            let there = known.as_ref().and_then(|known| known.record.as_ref());
            match standing(there, &record.source) {
                Standing::New => {}
                Standing::Done if is_renewed(&record, there) => {}
                // Somebody else delivered the same, or an earlier try of ours had no answer.
                Standing::Done => {
                    let there = there.unwrap_or(&record);
                    return self.finish(patience, there, &stored, attempt).await;
                }
                newer => {
                    self.withdraw_version(patience, &record, attempt).await?;
                    return Ok(Delivered::Unchanged(newer));
                }
            }
        }
        let doing = format!("delivering {name}");
        Err(Retry::new(doing, "others write the same image all the time").into())
    }

    async fn round(
        &self,
        record: &Record,
        renditions: &[Outgoing],
        stored: &[Stored],
        known: Option<&Known>,
        attempt: &Attempt,
        patience: &Patience,
    ) -> Result<Round, Error> {
        match self.presence(patience, &record.source).await? {
            Presence::Current => {}
            Presence::Changed => {
                self.withdraw_version(patience, record, attempt).await?;
                let superseded = Delivered::Unchanged(Standing::Superseded);
                return Ok(Round::Finished(superseded));
            }
            Presence::Gone => {
                return Ok(Round::Finished(
                    self.withdraw(patience, record, attempt).await?,
                ));
            }
        }
        if stored.iter().any(|one| is_newer(one, &record.source)) {
            self.withdraw_version(patience, record, attempt).await?;
            let superseded = Delivered::Unchanged(Standing::Superseded);
            return Ok(Round::Finished(superseded));
        }
        let version = version_of(record);
        let version = version.as_str();
        let writes = renditions
            .iter()
            .filter_map(|rendition| Some((rendition, self.condition(rendition, stored, version)?)));
        let written = try_join_all(writes.map(|(rendition, condition)| async move {
            let name = &record.source.name;
            self.renditions
                .put(patience, name, version, rendition, &condition)
                .await
        }))
        .await?;
        if written.contains(&Written::Conflict)
            || self.records.put(patience, record, known).await? == Written::Conflict
        {
            return Ok(Round::Interrupted);
        }
        self.delete_left(patience, record, stored).await?;
        // Whoever deleted the original after it was last looked at found no record to delete.
        if self.presence(patience, &record.source).await? == Presence::Gone {
            return Ok(Round::Finished(
                self.withdraw(patience, record, attempt).await?,
            ));
        }
        Ok(Round::Finished(Delivered::Written(Outputs::new())))
    }

    /// On what condition a rendition is written, or nothing where it is there already.
    fn condition(
        &self,
        rendition: &Outgoing,
        stored: &[Stored],
        version: &str,
    ) -> Option<Condition> {
        let Some(there) = stored.iter().find(|one| one.blob.name == rendition.path) else {
            return Some(Condition::Absent);
        };
        let is_there = self.renditions.is_stored(rendition, version, there);
        (!is_there).then(|| Condition::Unchanged(there.blob.etag.clone()))
    }

    /// What remains to be done after the record of this version was written, by whomever. `stored` was
    /// listed before, so that nothing of a newer version is in it if there is none now.
    async fn finish(
        &self,
        patience: &Patience,
        record: &Record,
        stored: &[Stored],
        attempt: &Attempt,
    ) -> Result<Delivered, Error> {
        match self.presence(patience, &record.source).await? {
            Presence::Current => self.delete_left(patience, record, stored).await?,
            // Whoever changed it sent an event of its own.
            Presence::Changed => {}
            Presence::Gone => return self.withdraw(patience, record, attempt).await,
        }
        Ok(Delivered::Unchanged(Standing::Done))
    }

    /// Deletes the renditions that the record does not speak of, but for those of a later message.
    async fn delete_left(
        &self,
        patience: &Patience,
        record: &Record,
        stored: &[Stored],
    ) -> Result<(), Retry> {
        let left: Vec<Stored> = stored
            .iter()
            .filter(|one| !paths(record).any(|path| path == one.blob.name))
            .filter(|one| !is_newer(one, &record.source))
            .cloned()
            .collect();
        self.renditions.delete(patience, &left).await
    }

    /// Takes back what was made of an original that is gone: its renditions, and its record, in whose
    /// place a tombstone remains.
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

    /// Removes everything that was made of a message's original, whatever there is of the message.
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

    /// Removes everything that was made of the blob `name`, which is gone, late writes of attempts
    /// that were cut off included.
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

    /// Takes back the renditions of one version that is not the newest any more. Those that the newer
    /// one has written over are not among them.
    async fn withdraw_version(
        &self,
        patience: &Patience,
        record: &Record,
        attempt: &Attempt,
    ) -> Result<(), Retry> {
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

    /// Removes what attempts that were cut off may have left behind, or may still leave, where the
    /// image has no renditions of its own that would have been written over it.
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

/// Whether the record takes the place of one about the same version of the original, because a run made
/// it anew.
fn is_renewed(record: &Record, there: Option<&Record>) -> bool {
    let run = record.processing.run.as_ref();
    run.is_some() && there.is_none_or(|there| there.processing.run.as_ref() != run)
}

fn version_of(record: &Record) -> String {
    record.source.version().unwrap_or_default()
}

/// Whether a rendition was made of a later message on the same partition, whose record is still to come.
fn is_newer(stored: &Stored, source: &Source) -> bool {
    let place = |version: &str| {
        let (partition, offset) = version.rsplit_once('/')?;
        Some((partition.to_owned(), offset.parse::<i64>().ok()?))
    };
    let own = source.version().as_deref().and_then(place);
    let other = stored.version.as_deref().and_then(place);
    source.kind.is_message()
        && own
            .zip(other)
            .is_some_and(|((own, offset), (other, later))| own == other && later > offset)
}
