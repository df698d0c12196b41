//! Looks for new versions of blobs again and again.

use std::sync::Arc;

use azure_core::http::StatusCode;
use azure_storage_blob::models::{BlobContainerClientListBlobsOptions, ListBlobsIncludeItem};
use futures::TryStreamExt as _;
use tokio::task::JoinSet;

use super::{BlobTrigger, found::Found, progress::Listed};
use crate::{log::storage_trouble, triggers::Runtime};

impl BlobTrigger {
    /// Scans until it is dropped, which also ends the attempts in flight.
    pub(in crate::triggers) async fn run(self, runtime: Runtime) {
        let trigger = Arc::new(self);
        let mut tasks = JoinSet::new();
        let mut reachable = true;
        loop {
            let result = trigger.scan(&runtime, &mut tasks).await;
            // The next scan comes soon, and one line about lasting trouble is enough.
            if result.is_ok() != reachable {
                reachable = result.is_ok();
                trigger.log_reachability(&result);
            }
            tokio::time::sleep(trigger.pace.scan_interval).await;
        }
    }

    fn log_reachability(&self, result: &azure_core::Result<()>) {
        let container = self.container_name();
        match result {
            Ok(()) => tracing::info!("The container '{container}' can be scanned again"),
            Err(error) => tracing::error!(
                "The container '{container}' cannot be scanned: {}",
                storage_trouble(error)
            ),
        }
    }

    async fn scan(
        self: &Arc<Self>,
        runtime: &Runtime,
        tasks: &mut JoinSet<()>,
    ) -> azure_core::Result<()> {
        self.receipts.load().await?;
        let options = BlobContainerClientListBlobsOptions {
            // Only the list keeps the case of metadata names; headers lose it.
            include: Some(vec![ListBlobsIncludeItem::Metadata]),
            ..Default::default()
        };
        let mut listed = Listed::default();
        let mut blobs = self.container.list_blobs(Some(options))?;
        loop {
            let item = match blobs.try_next().await {
                Ok(Some(item)) => item,
                Ok(None) => break,
                // A container that does not exist yet counts as empty.
                Err(error) if error.http_status() == Some(StatusCode::NotFound) => break,
                Err(error) => return Err(error),
            };
            let Some(found) = Found::new(item) else {
                continue;
            };
            listed.add(&found.name);
            let Some(placeholders) = self.function.pattern.matches(&found.name) else {
                continue;
            };
            if self.receipts.has(&found) {
                self.progress.settle(&found);
            }
            if !self.progress.begin(&found) {
                continue;
            }
            // Waiting here, and not in the task, limits the number of tasks to that of the permits.
            let Ok(permit) = Arc::clone(&runtime.blob_permits).acquire_owned().await else {
                return Ok(());
            };
            let (trigger, runtime) = (Arc::clone(self), runtime.clone());
            tasks.spawn(async move {
                trigger.process(&runtime, &found, &placeholders).await;
                drop(permit);
            });
        }
        self.progress.finish_scan(&listed);
        self.receipts.forget();
        while tasks.try_join_next().is_some() {}
        Ok(())
    }
}
