//! An upload in blocks, each in a request of its own.
//!
//! Its id contains everything about it, so that every instance can continue it and no restart ends
//! it. The image's name is derived from the id and the user together: whoever makes up an id, or
//! uses another user's id, gets a name that nobody else has. So the id needs no signature.

use std::time::Duration;

use contract::BlobName;
use jiff::Timestamp;
use uuid::Uuid;

use super::name;
use crate::{auth::User, error::Error, settings::Flow};

/// Bytes of a block; the last one has the rest. A block that breaks off has to be sent again, and
/// is held in memory while it arrives.
pub const BLOCK: u64 = 1 << 20;
/// How long blocks may be added. Storage drops them a week after the last one.
const LIFETIME: Duration = Duration::from_hours(6 * 24);
/// How much the clocks of two instances may differ.
const CLOCKS_DIFFER: Duration = Duration::from_mins(1);

/// An upload in blocks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Its id in addresses.
    pub id: String,
    /// The image's name.
    pub name: BlobName,
    /// Its flow to the handler.
    pub flow: Flow,
    /// The size of the file in bytes.
    pub size: u64,
    /// When it began, in seconds since 1970.
    began: i64,
}

impl Session {
    /// A new session.
    ///
    /// # Errors
    ///
    /// [`Error::UnsupportedType`] for a file without bytes.
    pub fn begin(user: &User, file_name: &str, flow: Flow, size: u64) -> Result<Self, Error> {
        if size == 0 {
            return Err(Error::UnsupportedType("The file is empty.".to_owned()));
        }
        let stated = Stated {
            flow,
            began: Timestamp::now().as_second(),
            size,
            nonce: Uuid::new_v4(),
        };
        stated.session(user, &name::slug(file_name))
    }

    /// The session with this id, if it belongs to this user.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] for an invalid id or another user's; [`Error::Expired`].
    pub fn find(user: &User, id: &str) -> Result<Self, Error> {
        let stated = Stated::read(id).ok_or(Error::NotFound)?;
        let slug = id.splitn(3, '.').nth(2).unwrap_or_default();
        if name::slug(slug) != slug {
            return Err(Error::NotFound);
        }
        let session = stated.session(user, slug)?;
        let age = Timestamp::now().as_second().saturating_sub(session.began);
        match age {
            _ if session.id != id || session.size == 0 => Err(Error::NotFound),
            age if age < -seconds(CLOCKS_DIFFER) => Err(Error::NotFound),
            age if age > seconds(LIFETIME) => Err(Error::Expired),
            _ => Ok(session),
        }
    }

    /// How many blocks the file has.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.size.div_ceil(BLOCK)
    }

    /// The bytes of a block, counted from 0; `None` if the file has no such block.
    #[must_use]
    pub fn length(&self, index: u32) -> Option<u64> {
        let before = u64::from(index) * BLOCK;
        let left = self.size.checked_sub(before)?;
        (left > 0).then_some(left.min(BLOCK))
    }

    /// When the session ends: until then blocks may be added.
    #[must_use]
    pub fn expires(&self) -> Timestamp {
        Timestamp::from_second(self.began.saturating_add(seconds(LIFETIME))).unwrap_or_default()
    }
}

/// What an id states in clear text, before the file's name.
struct Stated {
    flow: Flow,
    began: i64,
    size: u64,
    nonce: Uuid,
}

impl Stated {
    fn read(id: &str) -> Option<Self> {
        let mut parts = id.split('.').next()?.split('-');
        Some(Self {
            flow: parts.next()?.parse().ok()?,
            began: parts.next()?.parse().ok()?,
            size: parts.next()?.parse().ok()?,
            nonce: parts.next()?.parse().ok()?,
        })
    }

    fn session(self, user: &User, slug: &str) -> Result<Session, Error> {
        let (flow, nonce) = (self.flow.as_str(), self.nonce.simple());
        let stated = format!("{flow}-{}-{}-{nonce}", self.began, self.size);
        let name = name::session_name(user, &stated, slug)?;
        // This part of the name leads to no other user's images. It distinguishes the user's own
        // ids from those of others.
        let check = &name.as_str()[..8];
        Ok(Session {
            id: format!("{stated}.{check}.{slug}"),
            name,
            flow: self.flow,
            size: self.size,
            began: self.began,
        })
    }
}

fn seconds(duration: Duration) -> i64 {
    duration.as_secs().try_into().unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(id: &str) -> User {
        User {
            id: id.to_owned(),
            ..User::local()
        }
    }

    fn begun(seconds_ago: i64) -> Session {
        let stated = Stated {
            flow: Flow::Blob,
            began: Timestamp::now().as_second() - seconds_ago,
            size: 5,
            nonce: Uuid::nil(),
        };
        stated.session(&user("a"), "a.jpg").unwrap()
    }

    #[test]
    fn the_id_leads_to_the_same_session_on_every_instance() {
        let session = Session::begin(&user("a"), "IMG 1 (é).jpg", Flow::Kafka, 12_345).unwrap();
        assert_eq!(Session::find(&user("a"), &session.id), Ok(session.clone()));
        assert!(session.name.as_str().ends_with("/IMG-1.jpg"), "{session:?}");
        let again = Session::begin(&user("a"), "IMG 1 (é).jpg", Flow::Kafka, 12_345).unwrap();
        assert_ne!(again.name, session.name);
    }

    #[test]
    fn an_id_that_is_made_up_changed_or_somebody_elses_is_not_found() {
        let session = Session::begin(&user("a"), "a.jpg", Flow::Blob, 12_345).unwrap();
        assert_eq!(Session::find(&user("b"), &session.id), Err(Error::NotFound));
        for (part, other) in [
            ("blob-", "kafka-"),
            ("blob-", "pigeon-"),
            ("blob-", "blob-+"),
            ("-12345-", "-12346-"),
            ("-12345-", "-0-"),
            ("-12345-", "-99999999999999999999-"),
            ("a.jpg", "b.jpg"),
            ("a.jpg", "..%2F..%2Fa.jpg"),
            ("a.jpg", "../a.jpg"),
            (".", ""),
        ] {
            let changed = session.id.replace(part, other);
            assert_ne!(changed, session.id);
            let found = Session::find(&user("a"), &changed);
            assert_eq!(found, Err(Error::NotFound), "{changed}");
        }
        assert_eq!(Session::find(&user("a"), ""), Err(Error::NotFound));
    }

    #[test]
    fn a_session_ends_before_storage_forgets_its_blocks() {
        const DAY: i64 = 24 * 60 * 60;
        let find = |seconds_ago| Session::find(&user("a"), &begun(seconds_ago).id);
        assert!(find(6 * DAY - 60).is_ok());
        assert_eq!(find(6 * DAY + 60), Err(Error::Expired));
        assert!(find(-30).is_ok());
        assert_eq!(find(-120), Err(Error::NotFound), "nobody begins tomorrow");
    }

    #[test]
    fn every_block_has_one_length() {
        let of = |size| Session { size, ..begun(0) };
        assert_eq!(of(1).count(), 1);
        assert_eq!(of(1).length(0), Some(1));
        assert_eq!(of(1).length(1), None);
        assert_eq!(of(2 * BLOCK).count(), 2);
        assert_eq!(of(2 * BLOCK).length(1), Some(BLOCK));
        assert_eq!(of(2 * BLOCK).length(2), None);
        assert_eq!(of(2 * BLOCK + 7).length(2), Some(7));
        assert_eq!(of(2 * BLOCK + 7).length(u32::MAX), None);
    }

    #[test]
    fn a_file_without_bytes_needs_no_session() {
        let empty = Session::begin(&user("a"), "a.jpg", Flow::Blob, 0);
        assert!(matches!(empty, Err(Error::UnsupportedType(_))));
    }
}
