//! Compares an arriving original with the record of its image.
//!
//! Events come twice, late and in any order. Which version of an original is the newest is never
//! guessed: for a blob it is the one that storage has now, for a message the one with the highest
//! offset.

use std::time::Duration;

use contract::{Record, Source, SourceKind, Status};

/// How much later than its record a message with a lower offset must have been produced to count as
/// a message of a recreated topic, whose offsets begin at 0 again.
const NEW_TOPIC: Duration = Duration::from_mins(10);

/// The code of a record whose image waits for trouble to pass.
pub use contract::image_event::DELAYED;

/// The relation of an original to the record under its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// There is work to do.
    New,
    /// Exactly this version has been handled.
    Done,
    /// A newer version has been handled.
    Superseded,
    /// The image was deleted after this version had come.
    Deleted,
    /// The name belongs to an image of another source.
    Taken,
}

/// Compares an arriving original with the record under its name, if there is one.
///
/// `arriving` is a blob that storage has at this moment, or a message.
#[must_use]
pub fn standing(record: Option<&Record>, arriving: &Source) -> Standing {
    let Some(record) = record else {
        return Standing::New;
    };
    if arriving.kind.is_message() {
        of_message(record, arriving)
    } else {
        of_blob(record, arriving)
    }
}

fn of_blob(record: &Record, arriving: &Source) -> Standing {
    match record.status {
        // The blob exists, so it came after the deletion.
        Status::Deleted => Standing::New,
        _ if record.source.kind.is_message() => Standing::Taken,
        _ if record.source.etag == arriving.etag && !is_delayed(record) => Standing::Done,
        _ => Standing::New,
    }
}

fn of_message(record: &Record, arriving: &Source) -> Standing {
    let produced = arriving.uploaded_at;
    if record.status == Status::Deleted {
        let is_later = produced.is_some_and(|produced| produced > record.created_at);
        return if is_later {
            Standing::New
        } else {
            Standing::Deleted
        };
    }
    if record.source.kind == SourceKind::Blob {
        return Standing::Taken;
    }
    let same_partition =
        record.source.topic == arriving.topic && record.source.partition == arriving.partition;
    if !same_partition {
        // Partitions were added, or the topic is another one, so only the time can tell.
        let is_earlier = produced
            .zip(record.source.uploaded_at)
            .is_some_and(|(produced, known)| produced < known);
        return if is_earlier {
            Standing::Superseded
        } else {
            Standing::New
        };
    }
    let is_new_topic = produced.is_some_and(|produced| produced > record.created_at + NEW_TOPIC);
    match arriving.offset.cmp(&record.source.offset) {
        std::cmp::Ordering::Equal if is_delayed(record) || is_new_topic => Standing::New,
        std::cmp::Ordering::Equal => Standing::Done,
        std::cmp::Ordering::Less if !is_new_topic => Standing::Superseded,
        _ => Standing::New,
    }
}

fn is_delayed(record: &Record) -> bool {
    record
        .error
        .as_ref()
        .is_some_and(|error| error.code == DELAYED)
}

#[cfg(test)]
mod tests {
    use contract::Rejection;
    use jiff::Timestamp;

    use super::*;

    fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn blob(etag: &str) -> Source {
        Source {
            name: "a".to_owned(),
            etag: Some(etag.to_owned()),
            ..Source::default()
        }
    }

    fn message(partition: i32, offset: i64, produced: &str) -> Source {
        Source {
            kind: SourceKind::Kafka,
            name: "a".to_owned(),
            topic: Some("images".to_owned()),
            partition: Some(partition),
            offset: Some(offset),
            uploaded_at: Some(time(&format!("2026-01-01T{produced}Z"))),
            ..Source::default()
        }
    }

    fn record(source: Source) -> Record {
        Record {
            source,
            ..Record::blank("a", time("2026-01-01T12:00:00Z"))
        }
    }

    #[test]
    fn a_blob_is_done_when_exactly_its_version_is_recorded() {
        let known = record(blob("1"));
        assert_eq!(standing(None, &blob("1")), Standing::New);
        assert_eq!(standing(Some(&known), &blob("1")), Standing::Done);
        assert_eq!(standing(Some(&known), &blob("2")), Standing::New);
    }

    #[test]
    fn what_is_delayed_is_not_done() {
        let mut known = record(blob("1"));
        known.error = Some(Rejection {
            code: DELAYED.to_owned(),
            message: String::new(),
        });
        assert_eq!(standing(Some(&known), &blob("1")), Standing::New);
    }

    #[test]
    fn of_messages_the_highest_offset_counts() {
        let known = record(message(0, 7, "11:00:00"));
        for (offset, expected) in [
            (6, Standing::Superseded),
            (7, Standing::Done),
            (8, Standing::New),
        ] {
            let arriving = message(0, offset, "11:00:00");
            assert_eq!(standing(Some(&known), &arriving), expected, "{offset}");
        }
    }

    #[test]
    fn a_topic_that_was_made_anew_begins_at_offset_0_again() {
        let known = record(message(0, 7, "11:00:00"));
        for offset in [0, 7] {
            let arriving = message(0, offset, "12:30:00");
            assert_eq!(standing(Some(&known), &arriving), Standing::New);
        }
    }

    #[test]
    fn across_partitions_the_later_message_counts() {
        let known = record(message(0, 7, "11:00:00"));
        for (produced, expected) in [
            ("10:59:59", Standing::Superseded),
            ("11:00:01", Standing::New),
        ] {
            let arriving = message(1, 0, produced);
            assert_eq!(standing(Some(&known), &arriving), expected);
        }
    }

    #[test]
    fn sources_do_not_share_names() {
        let (upload, message) = (blob("1"), message(0, 1, "11:00:00"));
        assert_eq!(
            standing(Some(&record(upload.clone())), &message),
            Standing::Taken
        );
        assert_eq!(standing(Some(&record(message)), &upload), Standing::Taken);
    }

    #[test]
    fn a_tombstone_holds_against_messages_from_before_it() {
        let deleted = message(0, 7, "11:00:00");
        let tombstone = Record::tombstone(deleted, time("2026-01-01T12:00:00Z"));
        for offset in [7, 8] {
            let (before, after) = (
                message(0, offset, "11:59:59"),
                message(0, offset, "12:00:01"),
            );
            assert_eq!(standing(Some(&tombstone), &before), Standing::Deleted);
            assert_eq!(standing(Some(&tombstone), &after), Standing::New);
        }
        let timeless = Source {
            uploaded_at: None,
            ..message(0, 8, "11:00:00")
        };
        assert_eq!(standing(Some(&tombstone), &timeless), Standing::Deleted);
        // The blob exists, so it was uploaded again.
        assert_eq!(standing(Some(&tombstone), &blob("2")), Standing::New);
    }
}
