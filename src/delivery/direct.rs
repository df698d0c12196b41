//! Delivery straight to Blob Storage and Cosmos DB, of the newest version only.
//!
//! Several handlers may deliver versions of one original at the same time, each may be killed at any line, and a
//! request may reach its service seconds after its sender has died. So every write is conditional, in this order:
//!
//! 1. Read the state of what will be written: the entity tags of the record and of the renditions, or that they do not
//!    exist.
//! 2. *Then* ask whether the original is still this version.
//! 3. Write, each on the condition that its state is still the one of step 1.
//!
//! A handler of a newer version does step 2 after that version has arrived, so it writes after step 2 of every older
//! one. If it writes before their step 3, their condition fails. So an older version never overwrites a newer one,
//! however late its requests are. Renditions are written first and the record last, so a reader who finds a record also
//! finds the renditions that it names.
//!
//! A condition cannot keep a late write from making a rendition that was never there, after an original was deleted or
//! replaced by one that is rejected. Only an attempt that was cut off or got no answer can leave such a write behind.
//! If the event of that attempt comes again, [`Direct::clear_up`] waits until such writes have arrived and removes what
//! they made. If it does not, the attempt's mark still exists, and [`recovery`](crate::recovery) does the same.

use std::{sync::Arc, time::Duration};

use azure_functions_custom_handler::Outputs;
use contract::{Record, Source};
use futures::future::try_join_all;

use super::{Delivered, paths};
use crate::{
    error::{Error, Retry},
    patience::Patience,
    process::Processed,
    runs::REPAIR,
    standing::{Standing, standing},
    stores::{
        attempts::{Attempt, Attempts},
        container::{Condition, Written},
        originals::{Originals, Presence},
        records::{Records, StoredRecord},
        renditions::{Outgoing, Renditions, Stored},
    },
};

/// How many times a delivery starts again because somebody else was writing. Each time somebody else has made progress,
/// so only a defect can reach this number.
pub(super) const ROUNDS: u32 = 50;
/// The pause between two rounds.
pub(super) const BETWEEN_ROUNDS: Duration = Duration::from_millis(100);

/// The stores that a delivery writes to.
pub struct Direct {
    /// The originals that come through the blob trigger.
    pub uploads: Arc<Originals>,
    /// The store of renditions.
    pub renditions: Renditions,
    /// The store of records.
    pub records: Arc<Records>,
    /// The marks of attempts.
    pub attempts: Arc<Attempts>,
    /// The time after which a request whose sender has died has reached its service or never will.
    pub late_writes: Duration,
}

/// The result of one round of a delivery.
enum Round {
    Finished(Delivered),
    /// Somebody else has written in between.
    Interrupted,
}

impl Direct {
    /// Whether the original still has the version that `source` describes. Messages do not change, so for them the
    /// record tells which is newer.
    pub async fn presence(&self, patience: &Patience, source: &Source) -> Result<Presence, Retry> {
        // A refused name may lead a URL library to another blob, so storage is not asked.
        let Some(etag) = source.etag.as_deref().filter(|_| !source.kind.is_message()) else {
            return Ok(Presence::Current);
        };
        self.uploads.presence(patience, &source.name, etag).await
    }

    /// Writes the renditions, then the record.
    ///
    /// # Errors
    ///
    /// Rejected if storage or database refuse it for good; retry if they are in trouble.
    pub async fn deliver(
        &self,
        processed: Processed,
        known: Option<StoredRecord>,
        attempt: &Attempt,
        patience: &Patience,
    ) -> Result<Delivered, Error> {
        let Processed { record, renditions } = processed;
        let name = &record.source.name;
        let renditions: Vec<_> = renditions
            .into_iter()
            .map(|rendition| Outgoing::new(name, rendition))
            .collect();
        // A new image has no renditions yet. Assuming so saves a listing; if it is wrong, the condition fails.
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
                // Somebody else delivered the same, or an earlier attempt of this process got no answer.
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
        known: Option<&StoredRecord>,
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
        let in_repair = record.processing.run.as_deref() == Some(REPAIR);
        let writes = renditions.iter().filter_map(|rendition| {
            Some((
                rendition,
                self.condition(rendition, stored, version, in_repair)?,
            ))
        });
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
        // If the original was deleted after the last look, its deletion found no record to delete.
        if self.presence(patience, &record.source).await? == Presence::Gone {
            return Ok(Round::Finished(
                self.withdraw(patience, record, attempt).await?,
            ));
        }
        Ok(Round::Finished(Delivered::Written(Outputs::new())))
    }

    /// The condition for writing a rendition, or nothing if it is stored already.
    fn condition(
        &self,
        rendition: &Outgoing,
        stored: &[Stored],
        version: &str,
        in_repair: bool,
    ) -> Option<Condition> {
        let Some(there) = stored.iter().find(|one| one.blob.name == rendition.path) else {
            return Some(Condition::Absent);
        };
        let is_there = !in_repair && self.renditions.is_stored(rendition, version, there);
        (!is_there).then(|| Condition::Unchanged(there.blob.etag.clone()))
    }

    /// Does what remains after the record of this version was written, by whichever handler. `stored` was listed before
    /// that, so it holds nothing of a newer version if there is no newer version now.
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

    /// Deletes the renditions that the record does not name, except those of a later message.
    pub(super) async fn delete_left(
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
}

/// Whether the record replaces one about the same version of the original, because a run made it again.
fn is_renewed(record: &Record, there: Option<&Record>) -> bool {
    let run = record.processing.run.as_ref();
    run.is_some()
        && there.is_none_or(|there| {
            (&there.processing.run, there.processing.reprocessed_at)
                != (&record.processing.run, record.processing.reprocessed_at)
        })
}

fn version_of(record: &Record) -> String {
    record.source.version().unwrap_or_default()
}

/// Whether a rendition was made of a later message on the same partition whose record is not written yet.
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
