//! Makes sure that a record always fits into the database.

use std::cmp::Reverse;

use super::Record;
use crate::{UserFields, Warning};

/// The most warnings that are kept if a record is too large.
const WARNINGS: usize = 8;

/// A group that a record can do without: its name, and a function that removes it.
type Group = (&'static str, fn(&mut Record));

impl Record {
    /// Leaves out the largest optional groups, with a warning for each, until the record's JSON has
    /// at most `max` bytes or no optional group is left.
    ///
    /// Cosmos DB refuses documents of more than 2 MB, and a record that is refused once is refused
    /// every time. These parts are never left out: the identity, the status with its reason, the
    /// source, the file, the image and the renditions. Each of them has a limit of its own.
    pub fn fit(&mut self, max: usize) {
        for (name, leave_out) in self.optional_groups() {
            if json_length(self) <= max {
                return;
            }
            leave_out(self);
            self.processing.warnings.push(Warning::new(
                "record-too-large",
                format!("The record was too large, so `{name}` was left out."),
            ));
        }
    }

    /// The optional groups that exist, the largest first.
    fn optional_groups(&self) -> Vec<Group> {
        let user = Some(&self.user).filter(|user| !user.is_empty());
        let more_warnings = self.processing.warnings.get(WARNINGS..);
        let mut groups: [(usize, Group); 7] = [
            (
                length_of(self.descriptive.as_ref()),
                ("descriptive", |record| record.descriptive = None),
            ),
            (
                length_of(self.exif.as_ref()),
                ("exif", |record| record.exif = None),
            ),
            (
                length_of(self.gps.as_ref()),
                ("gps", |record| record.gps = None),
            ),
            (
                length_of(self.provenance.as_ref()),
                ("provenance", |record| record.provenance = None),
            ),
            (
                length_of(self.derived.as_ref()),
                ("derived", |record| record.derived = None),
            ),
            (
                length_of(user),
                ("user", |record| record.user = UserFields::default()),
            ),
            (
                length_of(more_warnings),
                ("warnings", |record| {
                    record.processing.warnings.truncate(WARNINGS);
                }),
            ),
        ];
        groups.sort_by_key(|(length, _)| Reverse(*length));
        let present = groups.into_iter().filter(|(length, _)| *length > 0);
        present.map(|(_, group)| group).collect()
    }
}

fn length_of<T: serde::Serialize + ?Sized>(group: Option<&T>) -> usize {
    group.map_or(0, json_length)
}

/// The length in bytes of a value's JSON. A value without JSON has length 0; a record always has
/// JSON.
fn json_length<T: serde::Serialize + ?Sized>(value: &T) -> usize {
    serde_json::to_vec(value).map_or(0, |json| json.len())
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::Descriptive;

    fn record() -> Record {
        let mut record = Record::blank("a.jpg", Timestamp::UNIX_EPOCH);
        record.descriptive = Some(Descriptive {
            title: Some("t".repeat(5_000)),
            ..Descriptive::default()
        });
        record.user = UserFields::validated([("note", "n".repeat(1_000))]).0;
        record.processing.warnings = vec![Warning::new("image", "x".repeat(100)); 20];
        record
    }

    #[test]
    fn what_fits_stays_as_it_is() {
        let mut fitted = record();
        fitted.fit(64 * 1024);
        assert_eq!(fitted, record());
    }

    #[test]
    fn the_largest_group_goes_first_and_says_so() {
        let mut fitted = record();
        fitted.fit(6_000);
        assert_eq!(fitted.descriptive, None);
        assert_eq!(fitted.user, record().user);
        let last = fitted.processing.warnings.last().unwrap();
        assert_eq!(last.code, "record-too-large");
        assert!(last.message.contains("`descriptive`"));
    }

    #[test]
    fn it_ends_even_where_nothing_is_left_to_leave_out() {
        let mut fitted = record();
        fitted.fit(10);
        assert!(json_length(&fitted) < 3_000);
        assert!(fitted.user.is_empty());
    }
}
