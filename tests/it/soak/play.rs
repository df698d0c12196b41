//! Carries out the schedule.

use std::{
    sync::{
        Arc, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures::StreamExt as _;
use tokio::time::sleep;

use super::{
    schedule::{Act, Picture, Story},
    world::World,
};

/// How many images are being changed at the same time.
const AT_ONCE: usize = 64;
/// No new story begins while this many events wait.
const MOST_WAITING: i64 = 200;

/// The pause between two counts of them.
const BETWEEN_LOOKS: Duration = Duration::from_millis(200);

/// The final state of an image.
#[derive(Clone, Debug)]
pub(super) struct Ending {
    pub(super) name: String,
    /// The newest version, unless the original was deleted.
    pub(super) there: Option<(String, Picture)>,
    /// Whether only its original was deleted, and no event was sent.
    pub(super) untold: bool,
}

/// Plays until all stories are finished or `is_over`, and returns how each started story ended.
pub(super) async fn play(
    world: &Arc<World>,
    stories: Vec<Story>,
    played: &AtomicUsize,
    is_over: &AtomicBool,
) -> Vec<Ending> {
    let is_full = AtomicBool::new(false);
    // One look serves all of them, because so many looks would keep the store from its work.
    let watch = async {
        loop {
            let events = world.events().await;
            is_full.store(events > MOST_WAITING, Ordering::Relaxed);
            sleep(BETWEEN_LOOKS).await;
        }
    };
    let told = futures::stream::iter(stories)
        .map(|story| async {
            while is_full.load(Ordering::Relaxed) {
                sleep(BETWEEN_LOOKS).await;
            }
            if is_over.load(Ordering::Relaxed) {
                return None;
            }
            Some(tell(world, story, played).await)
        })
        .buffer_unordered(AT_ONCE)
        .filter_map(std::future::ready)
        .collect();
    tokio::select! {
        endings = told => endings,
        () = watch => unreachable!("watching continues until it is stopped"),
    }
}

async fn tell(world: &Arc<World>, story: Story, played: &AtomicUsize) -> Ending {
    let mut ending = Ending {
        name: story.name,
        there: None,
        untold: false,
    };
    let name = ending.name.as_str();
    for step in story.steps {
        sleep(step.pause).await;
        match step.act {
            Act::Upload(picture) => {
                let etag = world.upload(name, picture.bytes()).await;
                ending.there = Some((etag, picture));
                ending.untold = false;
            }
            Act::Delete => {
                if let Some((etag, _)) = ending.there.take() {
                    world.delete(name, &etag).await;
                }
            }
            Act::DeleteOriginal => {
                world.delete_original(name).await;
                ending.there = None;
                ending.untold = true;
            }
            Act::Redeliver => {
                world.redeliver(name).await;
            }
        }
        played.fetch_add(1, Ordering::Relaxed);
        look(world, name).await;
    }
    ending
}

/// Notes when the current record was made, and reports one that was made again.
async fn look(world: &World, name: &str) {
    let Ok(Some(record)) = world.record(name).await else {
        return;
    };
    if let Some(fault) = world.note(name, &record) {
        world
            .remade
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(fault);
    }
}
