//! Looks up the results of images, once for all users who follow them.
//!
//! The record is read again and again, with growing pauses. A point read costs one request unit, and it needs no state
//! that instances would have to share. Each followed image has one task that reads its record, however many streams
//! wait for it. All tasks together read a few records at a time.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use contract::RecordId;
use tokio::{
    sync::{Semaphore, watch},
    time::sleep,
};

use crate::{
    app::App,
    auth::User,
    images::{CurrentImage, ImageState},
};

const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(3);
/// How many images are looked up at once.
const LOOK_UPS_AT_ONCE: usize = 8;
/// How many images are compared with others at once, to report that the same file exists already.
const COMPARISONS_AT_ONCE: usize = 2;

/// The known state of an image; nothing before the first look-up.
type Sender = watch::Sender<Option<Seen>>;

/// The images that somebody follows.
pub struct Followed {
    /// Each sender belongs to its task. When the task has ended, nothing follows the image any more.
    images: Mutex<HashMap<RecordId, Weak<Sender>>>,
    look_ups: Semaphore,
    comparisons: Semaphore,
}

/// The state of an image, and who may know it.
#[derive(Clone, Debug)]
struct Seen {
    image: Option<(ImageState, Owner)>,
}

#[derive(Clone, Debug)]
enum Owner {
    /// Nothing about it can be seen yet.
    Nobody,
    /// Its uploader, if known.
    Uploader(Option<String>),
}

impl Default for Followed {
    fn default() -> Self {
        Self {
            images: Mutex::default(),
            look_ups: Semaphore::new(LOOK_UPS_AT_ONCE),
            comparisons: Semaphore::new(COMPARISONS_AT_ONCE),
        }
    }
}

/// Waits until nothing more will happen to an image, or to what the user may see of it.
pub async fn outcome(app: Arc<App>, user: User, id: RecordId) -> ImageState {
    loop {
        let mut seen = follow(&app, &id);
        let state_of = |seen: &Option<Seen>| {
            let state = seen.as_ref()?.state_for(&user, &id);
            state.is_final().then_some(state)
        };
        let seen = seen.wait_for(|seen| state_of(seen).is_some()).await;
        let state = seen.ok().and_then(|seen| state_of(&seen));
        if let Some(state) = state {
            // A user who follows hundreds of images over a bad connection must not wait for hundreds of queries.
            return match app.followed.comparisons.try_acquire() {
                Ok(_place) => app.with_same(&user, &id, state).await,
                Err(_) => state,
            };
        }
        // The task has ended without an answer, which happens only if it panics.
        sleep(LONGEST_PAUSE).await;
    }
}

/// A receiver of the states of an image from now on.
fn follow(app: &Arc<App>, id: &RecordId) -> watch::Receiver<Option<Seen>> {
    let mut images = app.followed.lock();
    if let Some(sender) = images.get(id).and_then(Weak::upgrade) {
        return sender.subscribe();
    }
    let (sender, receiver) = watch::channel(None);
    let sender = Arc::new(sender);
    images.insert(id.clone(), Arc::downgrade(&sender));
    tokio::spawn(look(Arc::clone(app), id.clone(), sender));
    receiver
}

/// Looks at an image until nothing more will happen to it, or nobody follows it.
async fn look(app: Arc<App>, id: RecordId, sender: Arc<Sender>) {
    let mut pause = FIRST_PAUSE;
    loop {
        if let Some(seen) = app.followed.look_up(&app, &id).await {
            let done = seen.is_final();
            sender.send_replace(Some(seen));
            if done {
                app.followed.lock().remove(&id);
                return;
            }
        }
        tokio::select! {
            () = sleep(pause) => {}
            () = sender.closed() => {
                let mut images = app.followed.lock();
                // A follower may have come just now. While this is locked, none can.
                if sender.receiver_count() == 0 {
                    images.remove(&id);
                    return;
                }
            }
        }
        pause = (pause * 5 / 4).min(LONGEST_PAUSE);
    }
}

impl Followed {
    fn lock(&self) -> MutexGuard<'_, HashMap<RecordId, Weak<Sender>>> {
        self.images.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many images are followed.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lock().len()
    }

    /// Whether no image is followed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    /// Looks an image up. `None` if its state is unavailable now; then it is asked again later.
    async fn look_up(&self, app: &App, id: &RecordId) -> Option<Seen> {
        let _turn = self.look_ups.acquire().await.ok()?;
        let image = app.find(id).await.ok()?;
        Some(Seen {
            image: image.map(|image| (ImageState::from(&image), Owner::of(image))),
        })
    }
}

impl Owner {
    fn of(image: CurrentImage) -> Self {
        match image {
            CurrentImage::Recorded(record) => Self::Uploader(record.source.uploader),
            CurrentImage::Pending(pending) if pending.found => {
                Self::Uploader(pending.source.uploader)
            }
            CurrentImage::Pending(_) => Self::Nobody,
        }
    }
}

impl Seen {
    fn is_final(&self) -> bool {
        self.image
            .as_ref()
            .is_none_or(|(state, _)| state.is_final())
    }

    fn state_for(&self, user: &User, id: &RecordId) -> ImageState {
        match &self.image {
            Some((state, Owner::Nobody)) => state.clone(),
            Some((state, Owner::Uploader(uploader))) if user.may_see(uploader.as_deref()) => {
                state.clone()
            }
            _ => ImageState::missing(id),
        }
    }
}
