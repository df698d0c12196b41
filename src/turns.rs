//! Lets one event at a time work on each image, in the order of arrival.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use tokio::sync::OwnedMutexGuard;

type Line = tokio::sync::Mutex<()>;

/// The images that this process is working on.
#[derive(Debug, Default)]
pub struct Turns(Mutex<HashMap<String, Weak<Line>>>);

impl Turns {
    /// Waits until no other event works on the image `name`. The turn ends when the guard is
    /// dropped.
    pub async fn of(&self, name: &str) -> OwnedMutexGuard<()> {
        let line = self.line(name);
        line.lock_owned().await
    }

    fn line(&self, name: &str) -> Arc<Line> {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(line) = lines.get(name).and_then(Weak::upgrade) {
            return line;
        }
        // The map holds the images in work, and those that ended since the last one began.
        lines.retain(|_, line| line.strong_count() > 0);
        let line = Arc::new(Line::default());
        lines.insert(name.to_owned(), Arc::downgrade(&line));
        line
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn an_image_is_worked_on_once_at_a_time() {
        let turns = Turns::default();
        let turn = turns.of("a").await;
        let waiting = timeout(Duration::from_millis(20), turns.of("a"));
        assert!(waiting.await.is_err());
        let _other = turns.of("b").await;
        drop(turn);
        let _again = turns.of("a").await;
    }

    #[tokio::test]
    async fn what_has_ended_is_forgotten() {
        let turns = Turns::default();
        for number in 0..100 {
            drop(turns.of(&number.to_string()).await);
        }
        assert!(turns.0.lock().unwrap().len() <= 1);
    }
}
