//! State that all requests share.

use std::sync::Arc;

use anyhow::Context as _;
use axum::http::HeaderValue;
use azure_core::http::StatusCode;
use azure_storage_blob::{
    BlobContainerClient, BlobServiceClient,
    models::{BlobServiceProperties, CorsRule},
};
use connections::{CosmosConnection, StorageConnection};
use contract::names;
use tokio::sync::watch;

use crate::{
    existing::LookUps,
    follow::Followed,
    forms::FormTokens,
    limits::Limits,
    quota::Quotas,
    records::{Records, insights::days::Days},
    renditions::verify::Renditions,
    runs::Runs,
    security,
    sender::{Direct, Senders},
    settings::Settings,
    upload::name::Names,
};

/// Settings and clients, created once at start-up.
pub struct App {
    /// The settings.
    pub settings: Settings,
    /// The records.
    pub records: Records,
    /// The totals of each day's records.
    pub days: Days,
    /// The originals.
    pub uploads: Arc<BlobContainerClient>,
    /// The originals that messages refer to.
    pub incoming: Arc<BlobContainerClient>,
    /// The renditions.
    pub renditions: Renditions,
    /// The runs of reprocessing.
    pub runs: Runs,
    /// The flows by which uploads reach the handler.
    pub senders: Senders,
    /// Where browsers write blocks themselves, if they may.
    pub direct: Option<Direct>,
    /// The content security policy of every answer.
    pub policy: HeaderValue,
    /// The images that somebody follows.
    pub followed: Followed,
    /// The look-ups of files that were uploaded before.
    pub look_ups: LookUps,
    /// The names that may belong to images on their way.
    pub names: Names,
    /// The tokens that prove that a form came from a page of this application.
    pub tokens: FormTokens,
    /// How much one user may ask for.
    pub limits: Limits,
    /// How much one uploader may have.
    pub quotas: Quotas,
    /// Becomes true when the process is asked to stop. Answers that never end by themselves listen
    /// to it.
    pub stopping: watch::Sender<bool>,
    storage: Storage,
}

struct Storage {
    service: BlobServiceClient,
    local: bool,
}

impl App {
    /// Builds everything from the settings. No service is contacted yet.
    pub fn new(
        settings: Settings,
        lookup: impl Fn(&str) -> Option<String>,
    ) -> anyhow::Result<Arc<Self>> {
        let storage = StorageConnection::from_settings(&settings.storage_connection, &lookup)?;
        let cosmos = CosmosConnection::from_settings(&settings.cosmos_connection, &lookup)?;
        let service = storage.blobs()?;
        let endpoint = storage.blob_endpoint();
        let local = endpoint
            .as_ref()
            .is_some_and(|url| matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]")));
        let direct = settings.direct_upload.then(|| {
            let container = Arc::new(service.blob_container_client(names::STAGING));
            Direct::new(&storage, container)
        });
        let written_to = endpoint.as_ref().filter(|_| settings.direct_upload);
        let policy = security::policy(written_to.map(|url| url.origin().ascii_serialization()))?;
        let uploads = Arc::new(service.blob_container_client(&settings.uploads_container));
        let incoming = Arc::new(service.blob_container_client(&settings.incoming_container));
        Ok(Arc::new(Self {
            records: Records::new(cosmos, &settings),
            days: Days::new(settings.insights_records),
            renditions: Renditions::new(
                service.blob_container_client(&settings.renditions_container),
            ),
            runs: Runs::new(&storage)?,
            senders: Senders::new(&settings, &uploads, &incoming)?,
            direct: direct.transpose()?,
            policy,
            uploads,
            incoming,
            followed: Followed::default(),
            look_ups: LookUps::default(),
            names: Names::default(),
            tokens: FormTokens::new(settings.secret.as_ref()),
            limits: Limits::new(&settings),
            quotas: Quotas::new(&settings),
            stopping: watch::Sender::new(false),
            storage: Storage { service, local },
            settings,
        }))
    }

    /// On a developer's machine, creates the containers of originals. On Azure they are part of the
    /// deployment, and this process may not create any.
    pub async fn prepare_local_storage(&self) -> anyhow::Result<()> {
        if !self.storage.local {
            return Ok(());
        }
        let settings = &self.settings;
        let mut containers = vec![
            settings.uploads_container.as_str(),
            &settings.incoming_container,
            names::RUNS,
        ];
        if settings.direct_upload {
            containers.push(names::STAGING);
            self.allow_own_page().await?;
        }
        for name in containers {
            let container = self.storage.service.blob_container_client(name);
            match container.create(None).await {
                Err(error) if error.http_status() != Some(StatusCode::Conflict) => {
                    return Err(error)
                        .with_context(|| format!("the container {name} cannot be made"));
                }
                _ => {}
            }
        }
        self.runs
            .prepare()
            .await
            .context("the queue of runs cannot be made")
    }

    /// Lets the pages of this machine write into the storage emulator. On Azure the templates set the rule.
    async fn allow_own_page(&self) -> anyhow::Result<()> {
        let port = self.settings.port;
        let rule = CorsRule {
            allowed_origins: Some(format!("http://localhost:{port},http://127.0.0.1:{port}")),
            allowed_methods: Some("PUT".to_owned()),
            allowed_headers: Some("content-type".to_owned()),
            exposed_headers: Some(String::new()),
            max_age_in_seconds: Some(3600),
        };
        let properties = BlobServiceProperties {
            cors: Some(vec![rule]),
            ..BlobServiceProperties::default()
        };
        let service = &self.storage.service;
        let set = service.set_properties(properties.try_into()?, None).await;
        set.context("the pages cannot be allowed to write into storage")?;
        Ok(())
    }
}
