//! The name of a new image: `{uuid}/{file name}`.
//!
//! The UUID keeps names distinct, sorts them by time and cannot be guessed. The file name is for people who look into
//! the container.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use contract::BlobName;
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use tokio::time::Instant;
use uuid::{Builder, Uuid, Version};

use crate::{auth::User, error::Error};

/// The most characters of the file name within the image's name.
const MAX_SLUG: usize = 80;
/// The most characters of a file name in a record.
const MAX_FILE_NAME: usize = 255;
/// How long an image may be on its way before it counts as missing.
const ON_ITS_WAY: Duration = Duration::from_mins(15);
/// How much the clocks of two instances may differ.
const CLOCKS_DIFFER: Duration = Duration::from_secs(2);
/// The most names without a time that are remembered. Older ones are forgotten.
const MOST_REMEMBERED: usize = 10_000;
/// The name of a file without a usable name.
const NAMELESS: &str = "image";

/// A new name.
///
/// With an idempotency key, the name is derived from user, key and file, so that sending the same again leads to the
/// same image.
///
/// # Errors
///
/// [`Error::Invalid`] for a key that is empty or longer than 255 characters.
pub fn image_name(user: &User, file_name: &str, key: Option<&str>) -> Result<BlobName, Error> {
    let uuid = match key {
        None => Uuid::now_v7(),
        Some(key) if key.is_empty() || key.len() > 255 => {
            let message = "The Idempotency-Key must have 1 to 255 characters.";
            return Err(Error::Invalid(message.to_owned()));
        }
        Some(key) => derived(&[&user.id, key, file_name]),
    };
    in_folder(uuid, &slug(file_name))
}

/// The name of an image whose file comes in the blocks of a session. It is derived from the user and everything that
/// the session's id states, so that nobody can make up an id that leads to another name. The file's name must come from
/// [`slug`].
///
/// # Errors
///
/// [`Error::Internal`], for a name that no blob can have.
pub(super) fn session_name(user: &User, stated: &str, slug: &str) -> Result<BlobName, Error> {
    in_folder(derived(&["session", &user.id, stated, slug]), slug)
}

/// A UUID derived from some texts without zero bytes in them.
fn derived(texts: &[&str]) -> Uuid {
    let digest = Sha256::digest(texts.join("\0"));
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    Builder::from_custom_bytes(bytes).into_uuid()
}

fn in_folder(uuid: Uuid, slug: &str) -> Result<BlobName, Error> {
    BlobName::parse(format!("{uuid}/{slug}")).map_err(|error| Error::internal(&error))
}

/// The names that may belong to images on their way.
///
/// Such an image has no record yet, and a message cannot be looked up, so only its name says anything. It counts as on
/// its way until 15 minutes after the time in its UUID. A name derived from an idempotency key contains no time; it
/// counts until 15 minutes after it was first asked for here.
#[derive(Debug, Default)]
pub struct Names {
    /// Names without a time, ordered by when they were first asked for.
    asked: Mutex<VecDeque<(Uuid, Instant)>>,
}

impl Names {
    /// Whether the image with this name may have been sent and not yet been processed.
    #[must_use]
    pub fn may_be_on_its_way(&self, name: &BlobName) -> bool {
        let uuid = name.as_str().split('/').next().map(Uuid::parse_str);
        let Some(Ok(uuid)) = uuid else {
            return false;
        };
        match uuid.get_version() {
            Some(Version::Custom) => self.was_first_asked_for_lately(uuid),
            Some(Version::SortRand) => is_recent(uuid),
            _ => false,
        }
    }

    fn was_first_asked_for_lately(&self, uuid: Uuid) -> bool {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let known = asked.iter().find(|(known, _)| *known == uuid);
        if let Some((_, first)) = known {
            return first.elapsed() < ON_ITS_WAY;
        }
        if asked.len() == MOST_REMEMBERED {
            asked.pop_front();
        }
        asked.push_back((uuid, Instant::now()));
        true
    }
}

/// Whether the time in the UUID is less than [`ON_ITS_WAY`] ago. A time in the future was made up, unless the clocks of
/// two instances explain it.
fn is_recent(uuid: Uuid) -> bool {
    let Some(made) = uuid.get_timestamp() else {
        return false;
    };
    let (seconds, nanoseconds) = made.to_unix();
    let made = Duration::new(seconds, nanoseconds);
    let now = Timestamp::now().as_duration().unsigned_abs();
    made < now + CLOCKS_DIFFER && now < made + ON_ITS_WAY
}

/// A file name without folders and control characters, safe for a record and a page.
#[must_use]
pub fn file_name(stated: &str) -> String {
    let last = stated.rsplit(['/', '\\']).next().unwrap_or_default();
    let clean: String = last
        .chars()
        .filter(|c| !c.is_control() && !is_direction_mark(*c))
        .take(MAX_FILE_NAME)
        .collect();
    match clean.trim() {
        "" | "." | ".." => NAMELESS.to_owned(),
        name => name.to_owned(),
    }
}

/// Whether this is a mark that makes a name look as if it ended in another extension.
fn is_direction_mark(c: char) -> bool {
    matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// Keeps only letters, digits, dots and hyphens of ASCII, so that the name is the same in a URL, an id and a shell. The
/// end is kept, because it holds the extension.
pub(super) fn slug(file_name: &str) -> String {
    let mut slug = String::with_capacity(file_name.len());
    for c in file_name.chars() {
        if c.is_ascii_alphanumeric() || c == '_' {
            slug.push(c);
        } else if c == '.' {
            slug = slug.trim_end_matches(['-', '.']).to_owned();
            slug.push('.');
        } else if !slug.is_empty() && !slug.ends_with(['-', '.']) {
            slug.push('-');
        }
    }
    let start = slug.len().saturating_sub(MAX_SLUG);
    match slug[start..].trim_matches(['-', '.']) {
        "" => NAMELESS.to_owned(),
        slug => slug.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_lose_what_is_not_theirs() {
        for (stated, expected) in [
            ("../../etc/passwd.png", "passwd.png"),
            (r"..\..\x.jpg", "x.jpg"),
            ("a\0b\n.jpg", "ab.jpg"),
            ("photo\u{202E}gpj.exe", "photogpj.exe"),
            ("", "image"),
            ("..", "image"),
            ("été 📷.jpg", "été 📷.jpg"),
        ] {
            assert_eq!(file_name(stated), expected, "{stated:?}");
        }
    }

    #[test]
    fn slugs_are_plain_and_short() {
        for (name, expected) in [
            ("IMG 0001 (2).JPG", "IMG-0001-2.JPG"),
            ("été.jpg", "t.jpg"),
            ("📷.png", "png"),
            ("a..b...jpg", "a.b.jpg"),
            (".hidden", "hidden"),
            ("日本", "image"),
        ] {
            assert_eq!(slug(name), expected, "{name:?}");
            assert_eq!(slug(expected), expected, "it stays what it is");
        }
        let long = slug(&format!("{}.jpeg", "x".repeat(300)));
        assert!(long.len() == MAX_SLUG && long.ends_with("x.jpeg"), "{long}");
    }

    #[test]
    fn a_key_leads_to_the_same_image_for_the_same_user() {
        let (ana, ben) = (
            User::local(),
            User {
                id: "b".into(),
                ..User::local()
            },
        );
        let name = |user, key| image_name(user, "a.jpg", key).unwrap();
        assert_eq!(name(&ana, Some("k")), name(&ana, Some("k")));
        assert_ne!(name(&ana, Some("k")), name(&ben, Some("k")));
        assert_ne!(name(&ana, None), name(&ana, None));
        assert!(image_name(&ana, "a.jpg", Some("")).is_err());
    }

    #[test]
    fn a_name_counts_for_a_quarter_of_an_hour_after_the_time_in_it() {
        let names = Names::default();
        let made = |seconds_ago: i64| {
            let now = Timestamp::now().as_second() - seconds_ago;
            let time = uuid::Timestamp::from_unix_time(now.unsigned_abs(), 0, 0, 0);
            BlobName::parse(format!("{}/a.jpg", Uuid::new_v7(time))).unwrap()
        };
        let user = User::local();
        assert!(names.may_be_on_its_way(&image_name(&user, "a.jpg", None).unwrap()));
        for (seconds_ago, expected) in [(0, true), (890, true), (910, false), (-60, false)] {
            let name = made(seconds_ago);
            assert_eq!(names.may_be_on_its_way(&name), expected, "{name}");
        }
        for name in ["f47ac10b-58cc-4372-a567-0e02b2c3d479/a.jpg", "a.jpg"] {
            assert!(!names.may_be_on_its_way(&BlobName::parse(name).unwrap()));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_name_without_a_time_counts_from_when_it_was_first_asked_for() {
        let names = Names::default();
        let keyed = image_name(&User::local(), "a.jpg", Some("k")).unwrap();
        assert!(names.may_be_on_its_way(&keyed));
        tokio::time::advance(Duration::from_secs(800)).await;
        assert!(names.may_be_on_its_way(&keyed));
        tokio::time::advance(Duration::from_secs(101)).await;
        assert!(!names.may_be_on_its_way(&keyed));
    }
}
