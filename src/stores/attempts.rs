//! Marks of attempts in storage, which reveal an original that ends the process.
//!
//! Before an original is processed, a small blob marks the attempt. When the attempt has ended,
//! however it ended, the blob is deleted. A mark of an earlier process therefore means that the
//! attempt was cut off: by a fault in a library, by too little memory, or because the instance was
//! shut down. So the next attempt is made alone, with nothing else running that could be blamed or
//! harmed, and is counted. When that one is cut off as well, the original is rejected without being
//! inspected, because the third crash within half an hour would make the Functions host end for
//! good.
//!
//! An original counts as the cause only while it is being processed. Its delivery may have to wait
//! for a service for minutes, and an instance that is shut down meanwhile says nothing about the
//! image.

mod in_hand;

use std::{
    collections::HashMap,
    process,
    sync::LazyLock,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use azure_core::http::Etag;
use bytes::Bytes;
use contract::{RecordId, Source, metadata_value};
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use self::in_hand::{Hold, InHand};
use super::{
    container::{Condition, Container, Headers, Listed, Written},
    hex,
};
use crate::{
    error::{Error, Retry},
    patience::Patience,
};

/// How many attempts may be cut off before an original is given up.
const ATTEMPTS: u32 = 2;
/// Attempts that were cut off longer ago do not count, because the host forgets a crash after half
/// an hour.
const MEMORY: Duration = Duration::from_mins(30);

const COUNT: &str = "count";
const STARTED: &str = "started";
const PROCESS: &str = "process";
/// The metadata with the image of the attempt.
const IMAGE: &str = "image";
/// The metadata that says that the image's original is a message.
const IS_MESSAGE: &str = "ismessage";
/// The metadata that says that a run makes the image again. Then its record exists already, and the
/// message comes again.
const IN_RUN: &str = "inrun";

/// Distinguishes this process from earlier ones.
static THIS_PROCESS: LazyLock<String> = LazyLock::new(|| {
    let started = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |now| now.as_nanos());
    format!("{}-{started}", process::id())
});

/// The container of marks.
pub struct Attempts {
    container: Container,
    in_hand: InHand,
}

/// An attempt that has begun.
#[derive(Debug)]
pub struct Attempt {
    path: String,
    /// How many attempts were cut off before this one.
    pub cut_off: u32,
    mark: Option<Etag>,
    image: String,
    is_message: bool,
    in_run: bool,
    _hold: Hold,
}

/// A mark whose attempt does not run any more.
#[derive(Debug)]
pub struct Abandoned {
    /// The image.
    pub image: String,
    /// Whether the image's original is a message.
    pub is_message: bool,
    /// Whether the attempt began so long ago that the host has forgotten how it ended.
    pub is_forgotten: bool,
    /// The mark's own name.
    pub path: String,
}

impl Abandoned {
    /// Whether the attempt was at this version of an original.
    #[must_use]
    pub fn is_at(&self, source: &Source) -> bool {
        let version = source.version().unwrap_or_default();
        self.path == path(&RecordId::from_name(&source.name), &version)
    }
}

impl Attempt {
    /// Whether so many attempts were cut off that no other is made.
    #[must_use]
    pub fn is_given_up(&self) -> bool {
        self.cut_off >= ATTEMPTS
    }

    /// The attempt as an abandoned one.
    #[must_use]
    pub fn abandon(self) -> Abandoned {
        Abandoned {
            image: self.image,
            is_message: self.is_message,
            is_forgotten: false,
            path: self.path,
        }
    }

    /// Whether an earlier attempt was cut off, so that this one is made alone.
    #[must_use]
    pub fn is_repeated(&self) -> bool {
        self.cut_off > 0
    }
}

impl Attempts {
    /// The marks in a container.
    #[must_use]
    pub fn new(container: Container) -> Self {
        Self {
            container,
            in_hand: InHand::default(),
        }
    }

    /// Marks that an attempt begins. A repeated one is marked by [`Attempts::count`] when its turn
    /// has come.
    pub async fn begin(
        &self,
        patience: &Patience,
        source: &Source,
        in_run: bool,
    ) -> Result<Attempt, Error> {
        let version = source.version().unwrap_or_default();
        let path = path(&RecordId::from_name(&source.name), &version);
        let first = Attempt {
            cut_off: 0,
            mark: None,
            image: source.name.clone(),
            is_message: source.kind.is_message(),
            in_run,
            _hold: self.in_hand.hold(&path),
            path,
        };
        let written = self.write(patience, &first, 0, &Condition::Absent).await?;
        if written == Written::Done {
            return Ok(first);
        }
        let Some(mark) = self.container.find(patience, &first.path).await? else {
            // The attempt that left the mark has just ended.
            return Ok(first);
        };
        Ok(Attempt {
            cut_off: cut_off(&mark),
            mark: Some(mark.etag),
            ..first
        })
    }

    /// Counts a repeated attempt, just before it is made.
    pub async fn count(&self, patience: &Patience, attempt: &Attempt) -> Result<(), Error> {
        if let Some(etag) = &attempt.mark {
            let condition = Condition::Unchanged(etag.clone());
            // A conflict means that somebody else has counted an attempt of their own.
            self.write(patience, attempt, attempt.cut_off, &condition)
                .await?;
        }
        Ok(())
    }

    /// Takes a repeated attempt out of the count again, once the original has been processed. If
    /// the count cannot be corrected, the original is only more likely to be given up.
    pub async fn discount(&self, patience: &Patience, attempt: &Attempt) {
        if !attempt.is_repeated() {
            return;
        }
        let condition = Condition::Unchanged(Etag::from("*"));
        let survived = attempt.cut_off - 1;
        if let Err(error) = self.write(patience, attempt, survived, &condition).await {
            tracing::warn!(
                %error, mark = attempt.path,
                "the count of attempts could not be lowered"
            );
        }
    }

    /// Marks that an attempt has ended, well or not. A mark that stays behind only causes the next
    /// attempt to run alone.
    pub async fn end(&self, patience: &Patience, attempt: &Attempt) {
        if let Err(error) = self.remove(patience, &attempt.path).await {
            tracing::warn!(
                %error, mark = attempt.path,
                "the mark of an attempt could not be removed"
            );
        }
    }

    /// The marks of attempts at any version of an image that were cut off.
    pub async fn cut_off(&self, patience: &Patience, id: &RecordId) -> Result<Vec<String>, Retry> {
        let marks = self.container.list(patience, &format!("{id}/")).await?;
        let cut_off = marks.into_iter().filter(|mark| !self.in_hand.has(mark));
        Ok(cut_off.map(|mark| mark.name).collect())
    }

    /// The marks of attempts that do not run in this process, if they are older than `age`. Marks
    /// of another instance that is running now are among them.
    pub async fn abandoned(
        &self,
        patience: &Patience,
        age: Duration,
    ) -> Result<Vec<Abandoned>, Retry> {
        let marks = self.container.list(patience, "").await?;
        let abandoned = marks.into_iter().filter(|mark| {
            // A mark of a run counts only when its message comes again, which may take minutes.
            let age = if mark.metadata.contains_key(IN_RUN) {
                MEMORY
            } else {
                age
            };
            !self.in_hand.has(mark) && started(mark).is_none_or(|started| is_older(started, age))
        });
        Ok(abandoned
            .filter_map(|mark| {
                let image = mark.metadata.get(IMAGE)?;
                Some(Abandoned {
                    image: metadata_value::decode(image).into_owned(),
                    is_message: mark.metadata.contains_key(IS_MESSAGE),
                    is_forgotten: started(&mark).is_none_or(|started| is_older(started, MEMORY)),
                    path: mark.name,
                })
            })
            .collect())
    }

    /// Removes a mark.
    pub async fn remove(&self, patience: &Patience, path: &str) -> Result<(), Retry> {
        self.container
            .delete(patience, path, &Etag::from("*"))
            .await
    }

    async fn write(
        &self,
        patience: &Patience,
        attempt: &Attempt,
        cut_off: u32,
        condition: &Condition,
    ) -> Result<Written, Error> {
        let image = metadata_value::encode(&attempt.image).into_owned();
        let mut metadata = HashMap::from([
            (IMAGE.to_owned(), image),
            (COUNT.to_owned(), (cut_off + 1).to_string()),
            (STARTED.to_owned(), Timestamp::now().to_string()),
            (PROCESS.to_owned(), THIS_PROCESS.clone()),
        ]);
        if attempt.in_run {
            metadata.insert(IN_RUN.to_owned(), "true".to_owned());
        }
        if attempt.is_message {
            metadata.insert(IS_MESSAGE.to_owned(), "true".to_owned());
        }
        let headers = Headers {
            content_type: "text/plain".to_owned(),
            cache_control: None,
            metadata,
        };
        self.container
            .put(patience, &attempt.path, &Bytes::new(), &headers, condition)
            .await
    }
}

/// The path of a mark: a folder for each image, and a mark in it for each version of its original.
fn path(id: &RecordId, version: &str) -> String {
    let digest: [u8; 32] = Sha256::digest(version).into();
    let digest = hex(&digest[..8]);
    // A long id with its digest would be too long for a blob's name.
    let id: String = id.as_str().chars().take(900).collect();
    format!("{id}/{digest}")
}

fn is_ours(mark: &Listed) -> bool {
    mark.metadata.get(PROCESS) == Some(&*THIS_PROCESS)
}

fn started(mark: &Listed) -> Option<Timestamp> {
    mark.metadata.get(STARTED)?.parse().ok()
}

fn is_older(started: Timestamp, age: Duration) -> bool {
    Timestamp::now().duration_since(started).unsigned_abs() >= age
}

/// How many attempts a mark says were cut off: the one that wrote it, and those before it.
fn cut_off(mark: &Listed) -> u32 {
    if is_ours(mark) {
        // This process is alive, so it failed to remove its own mark.
        return 0;
    }
    let field = |name: &str| mark.metadata.get(name);
    let is_recent = started(mark).is_some_and(|started| !is_older(started, MEMORY));
    let counted = field(COUNT).and_then(|count| count.parse().ok());
    // A crash that the host has forgotten still makes the next attempt run alone.
    if is_recent { counted.unwrap_or(1) } else { 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn mark(count: &str, age: Duration, process: &str) -> Listed {
        let started = Timestamp::now().checked_sub(age).unwrap();
        Listed {
            name: String::new(),
            etag: Etag::from("\"1\""),
            bytes: 0,
            last_modified: None,
            metadata: HashMap::from([
                (COUNT.to_owned(), count.to_owned()),
                (STARTED.to_owned(), started.to_string()),
                (PROCESS.to_owned(), process.to_owned()),
            ]),
        }
    }

    #[test]
    fn counts_what_the_host_counts() {
        let minute = Duration::from_mins(1);
        assert_eq!(cut_off(&mark("1", minute, "1-1")), 1);
        assert_eq!(cut_off(&mark("2", minute, "1-1")), 2);
        assert_eq!(cut_off(&mark("2", minute * 31, "1-1")), 1);
        assert_eq!(cut_off(&mark("2", minute, &THIS_PROCESS)), 0);
        assert_eq!(cut_off(&mark("x", minute, "1-1")), 1);
    }

    #[test]
    fn marks_fit_into_a_blobs_name() {
        let id = RecordId::from_name(&"é".repeat(1_000));
        assert!(path(&id, "\"0x1\"").len() < 1_024);
        assert_ne!(path(&id, "1"), path(&id, "2"));
    }
}
