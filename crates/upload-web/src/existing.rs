//! Images that a user has uploaded before, found by the SHA-256 of their bytes.
//!
//! A program or the page may ask before it sends a file, and every answer to an upload says it, too. Only the user's own
//! images are looked at, those of an administrator included: what other people have is nobody's business. A look-up is
//! a courtesy. If it fails or takes long, the upload goes on without it, and none is made for a while.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use contract::RecordId;
use serde::Serialize;
use tokio::{
    sync::Semaphore,
    time::{Instant, timeout},
};
use utoipa::ToSchema;

use crate::{
    app::App,
    auth::User,
    error::{Dependency, Error},
    images::page_url,
    records::OwnCopy,
};

/// The most files of one look-up.
pub const MOST: usize = 100;

/// How many look-ups are made at once. Each asks every partition of the database.
const AT_ONCE: usize = 4;
/// How long an upload may wait for its look-up.
const DURING_UPLOAD: Duration = Duration::from_secs(1);
/// How long somebody who asks may wait.
const ON_REQUEST: Duration = Duration::from_secs(5);
/// How long no look-up is made after one has failed. A database that has too much to do needs the time for other work.
const REST: Duration = Duration::from_secs(5);

/// An image that the user has uploaded before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExistingImage {
    /// The image's id.
    pub id: String,
    /// Where a person sees it.
    pub page_url: String,
}

/// The look-ups of all users.
pub struct LookUps {
    places: Semaphore,
    rests_until: Mutex<Option<Instant>>,
}

/// What a look-up found: the oldest images first.
#[derive(Debug, Default)]
pub struct Found(Vec<OwnCopy>);

impl Default for LookUps {
    fn default() -> Self {
        Self {
            places: Semaphore::new(AT_ONCE),
            rests_until: Mutex::default(),
        }
    }
}

impl From<&RecordId> for ExistingImage {
    fn from(id: &RecordId) -> Self {
        Self {
            id: id.to_string(),
            page_url: page_url(id),
        }
    }
}

impl Found {
    /// The oldest image with these bytes.
    #[must_use]
    pub fn image(&self, sha256: &str) -> Option<ExistingImage> {
        self.other_than("", sha256)
    }

    /// The same, but not the image with this id. It may have been processed before the look-up.
    #[must_use]
    pub fn other_than(&self, id: &str, sha256: &str) -> Option<ExistingImage> {
        let copies = self.0.iter();
        let mut others = copies.filter(|copy| copy.sha256 == sha256 && copy.id.as_str() != id);
        others.next().map(|copy| ExistingImage::from(&copy.id))
    }
}

/// A SHA-256 in the form that records have.
///
/// # Errors
///
/// [`Error::Invalid`] if it is not 64 hexadecimal digits.
pub fn digest(text: &str) -> Result<String, Error> {
    if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        let message = "A SHA-256 is written with 64 hexadecimal digits.";
        return Err(Error::Invalid(message.to_owned()));
    }
    Ok(text.to_ascii_lowercase())
}

impl App {
    /// The user's own images with these SHA-256, at most [`MOST`], in one query.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] if the database does not answer in time, or has just failed to.
    pub async fn existing(&self, user: &User, sha256: &[&str]) -> Result<Found, Error> {
        self.look_up(user, sha256, ON_REQUEST).await
    }

    /// The same for files that are being taken. Nothing is found if that cannot be found out at once.
    pub async fn existing_for_upload(&self, user: &User, sha256: &[&str]) -> Found {
        let found = self.look_up(user, sha256, DURING_UPLOAD).await;
        found.unwrap_or_default()
    }

    async fn look_up(
        &self,
        user: &User,
        sha256: &[&str],
        patience: Duration,
    ) -> Result<Found, Error> {
        if sha256.is_empty() {
            return Ok(Found::default());
        }
        if self.look_ups.rest() {
            return Err(Error::Unavailable(Dependency::Database));
        }
        let asked = async {
            let _place = self.look_ups.places.acquire().await;
            self.records.own_copies(user, sha256).await
        };
        let answer = timeout(patience, asked).await;
        answer
            .unwrap_or(Err(Error::Unavailable(Dependency::Database)))
            .map(Found)
            .inspect_err(|_| self.look_ups.begin_rest())
    }
}

impl LookUps {
    fn rest(&self) -> bool {
        let until = *self.lock();
        until.is_some_and(|until| Instant::now() < until)
    }

    fn begin_rest(&self) {
        *self.lock() = Some(Instant::now() + REST);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Instant>> {
        self.rests_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn copy(id: &str, sha256: &str) -> OwnCopy {
        OwnCopy {
            id: RecordId::from_name(id),
            sha256: sha256.to_owned(),
            created_at: String::new(),
        }
    }

    #[test]
    fn an_image_is_not_its_own_copy() {
        let found = Found(vec![copy("a", "1"), copy("b", "2"), copy("c", "1")]);
        let id = |image: Option<ExistingImage>| image.map(|image| image.id);
        assert_eq!(id(found.image("1")).as_deref(), Some("a"));
        assert_eq!(id(found.other_than("a", "1")).as_deref(), Some("c"));
        assert_eq!(id(found.other_than("b", "2")), None);
        assert_eq!(id(found.image("3")), None);
    }

    #[test]
    fn a_digest_has_one_form() {
        let upper = "AB".repeat(32);
        assert_eq!(digest(&upper), Ok("ab".repeat(32)));
        for bad in ["", "ab", &"xy".repeat(32), &"é".repeat(32)] {
            assert!(digest(bad).is_err(), "{bad}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn after_a_failure_it_rests_for_a_while() {
        let look_ups = LookUps::default();
        assert!(!look_ups.rest());
        look_ups.begin_rest();
        assert!(look_ups.rest());
        tokio::time::advance(REST).await;
        assert!(!look_ups.rest());
    }
}
