//! The changes of one range.

use std::sync::Arc;

use azure_data_cosmos::{
    FeedScope,
    feed::{ChangeFeedPageIterator, ContinuationToken, FeedRange},
    models::ChangeFeedItem,
    options::ChangeFeedOptions,
};
use futures::StreamExt as _;
use serde_json::Value;

use super::CosmosTrigger;
use crate::{cosmos_container::ContainerError, json_net::rewrite_dates, triggers::Runtime};

type Pages = ChangeFeedPageIterator<ChangeFeedItem<Value>>;

impl CosmosTrigger {
    /// Reads a range until it is dropped. After an error it continues at the position in its lease.
    pub(super) async fn read(self: Arc<Self>, runtime: Runtime, range: FeedRange) {
        let mut reachable = true;
        loop {
            let read = match self.pages(&range).await {
                Ok(mut pages) => {
                    self.follow(&runtime, &range, &mut pages, &mut reachable)
                        .await
                }
                Err(error) => Err(error),
            };
            let Err(error) = read else { continue };
            if reachable {
                tracing::error!(
                    "The changes of {} cannot be read: {error}",
                    self.container.path()
                );
            }
            reachable = false;
            self.container.forget().await;
            tokio::time::sleep(self.poll_delay).await;
        }
    }

    async fn pages(&self, range: &FeedRange) -> Result<Pages, ContainerError> {
        let mut options = ChangeFeedOptions::default().with_max_item_count(self.most_items);
        if let Some(token) = self.leases.read(range).await? {
            options = options.with_continuation_token(ContinuationToken::from_string(token));
        }
        let container = self.container.open().await?;
        let scope = FeedScope::range(range.clone());
        Ok(container
            .query_change_feed(scope, self.start.clone(), Some(options))
            .await?)
    }

    /// Calls the function for each page of changes, and waits if there are none, as long as the
    /// feed lasts.
    async fn follow(
        &self,
        runtime: &Runtime,
        range: &FeedRange,
        pages: &mut Pages,
        reachable: &mut bool,
    ) -> Result<(), ContainerError> {
        // The first page of a range that has never been read states where the range begins.
        let mut is_new = true;
        loop {
            let Some(page) = pages.next().await.transpose()? else {
                return Ok(());
            };
            if !*reachable {
                tracing::info!("The changes of {} can be read again", self.container.path());
                *reachable = true;
            }
            let documents: Vec<Value> = page.items().iter().filter_map(document).collect();
            let is_empty = documents.is_empty();
            if !is_empty {
                self.hand_over(runtime, documents).await;
            }
            if is_new || !is_empty {
                let token = pages.to_continuation_token()?;
                self.leases.write(range, token.as_str()).await?;
                is_new = false;
            }
            if is_empty {
                self.next_look().await;
            }
        }
    }
}

impl CosmosTrigger {
    async fn hand_over(&self, runtime: &Runtime, documents: Vec<Value>) {
        match self.call(runtime, &Value::Array(documents), None).await {
            Ok(()) => {}
            // The host is about to stop, and the changes have to come again.
            Err(error) if error.is_handler_given_up() => std::future::pending().await,
            Err(_) => tracing::warn!(
                "The changes for 'Functions.{}' are lost: neither this host nor Azure sends them \
                 again, except with a retry policy in function.json",
                self.function.name
            ),
        }
    }
}

/// The changed document, with its dates as the host writes them.
fn document(change: &ChangeFeedItem<Value>) -> Option<Value> {
    let mut document = change.current()?.clone();
    rewrite_dates(&mut document);
    Some(document)
}
