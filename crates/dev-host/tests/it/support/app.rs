//! A script root with one function, and its host.

mod builder;
mod storage;

use std::time::Duration;

use functions_dev_host::{EventGridOptions, Host, HostError, Options};
use rustix::process::Pid;
use serde_json::Value;
use tempfile::TempDir;
use tokio::net::TcpListener;

use super::{Handler, eventually};

pub(crate) use builder::AppBuilder;
use builder::host_id;
pub(crate) use storage::{blob_service, queue, send, storage, texts};

/// A running app.
pub(crate) struct App {
    pub(crate) root: TempDir,
    pub(crate) handler: Handler,
    /// The watched container, which only this test uses.
    pub(crate) container: String,
    environment: Vec<(String, String)>,
    function_timeout: Option<Duration>,
    require_keys: bool,
    pub(crate) restart_after_exit_0: bool,
    message_lease: Option<Duration>,
    event_grid: Option<EventGridOptions>,
    /// `http://127.0.0.1:{port}` of the running host.
    pub(crate) url: String,
    host: Option<Host>,
}

impl App {
    /// Starts or restarts the host.
    pub(crate) async fn start(&mut self) {
        let (url, host) = self.host_at_new_port().await;
        self.url = url;
        self.host = Some(host.unwrap());
    }

    /// Starts a host that may fail to start.
    pub(crate) async fn try_start(&self) -> Result<Host, HostError> {
        self.host_at_new_port().await.1
    }

    async fn host_at_new_port(&self) -> (String, Result<Host, HostError>) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let mut options = Options::new(self.root.path());
        options.require_keys = self.require_keys;
        options.restart_after_exit_0 = self.restart_after_exit_0;
        options.event_grid.clone_from(&self.event_grid);
        if let Some(lease) = self.message_lease {
            options.message_lease = lease;
        }
        options.environment.clone_from(&self.environment);
        options.scan_interval = Duration::from_millis(50);
        options.retry_delay = Duration::from_millis(10);
        options.function_timeout = self.function_timeout;
        (url, Host::start(options, listener).await)
    }

    pub(crate) fn with_function_timeout(mut self, limit: Duration) -> Self {
        self.function_timeout = Some(limit);
        self
    }

    /// Makes the host itself announce new blobs.
    pub(crate) fn with_event_grid(mut self, options: EventGridOptions) -> Self {
        self.event_grid = Some(options);
        self
    }

    /// Waits until the subscription of this app remembers its container.
    pub(crate) async fn subscribed(&self) {
        self.remembered(&self.subscription()).await;
    }

    fn subscription(&self) -> String {
        format!("{}/ProcessUpload", host_id(&self.container))
    }

    /// Waits until a subscription of this name remembers this app's container, and returns what it
    /// remembers.
    pub(crate) async fn remembered(&self, subscription: &str) -> Value {
        let name = format!("event-grid/{subscription}/{}.json", self.container);
        let hosts = blob_service().blob_container_client("azure-webjobs-hosts");
        eventually("event subscription", || async {
            let download = hosts.blob_client(&name).download(None).await.ok()?;
            let body = download.body.collect().await.ok()?;
            serde_json::from_slice(&body).ok()
        })
        .await
    }

    /// Waits until this blob is remembered as announced.
    pub(crate) async fn announced(&self, blob: &str) {
        eventually("announcement", || async {
            let remembered = self.remembered(&self.subscription()).await;
            remembered.get(blob).cloned()
        })
        .await;
    }

    /// Makes the messages of a killed host visible again after this time.
    pub(crate) fn with_message_lease(mut self, lease: Duration) -> Self {
        self.message_lease = Some(lease);
        self
    }

    pub(crate) fn with_required_keys(mut self) -> Self {
        self.require_keys = true;
        self
    }

    pub(crate) fn host(&mut self) -> &mut Host {
        self.host.as_mut().unwrap()
    }

    pub(crate) fn handler_pid(&self) -> Option<Pid> {
        let pid = self.host.as_ref()?.handler_pid()?;
        Pid::from_raw(pid.try_into().ok()?)
    }

    /// Ends the host in an orderly way.
    pub(crate) async fn stop_host(&mut self) {
        self.host.take().unwrap().stop().await;
    }

    /// Ends the host as abruptly as is possible inside the test's process.
    pub(crate) fn drop_host(&mut self) {
        self.host = None;
    }
}
