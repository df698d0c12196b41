//! `./dev publish`: sends files to the Kafka topic, waits for their records and prints them.

use std::{path::PathBuf, process::ExitCode, time::Duration};

use anyhow::{Context, Result};
use azure_core::http::Body;
use azure_storage_blob::{BlobContainerClient, stream::tokio::FileStream};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use contract::{
    Record,
    names::{self, header as names_of},
};
use serde_json::{Map, Value};
use tokio::{
    fs::{self, File},
    sync::Semaphore,
};

use crate::{
    kafka::{Cluster, Message, Producer, header},
    ports::Ports,
    upload::{
        account::{self, Account},
        arrival::{self, Waiting},
        files::{self, UploadFile},
        follow,
    },
};

/// The largest message of Confluent Cloud's Basic and Standard clusters is 8 MiB; this leaves room
/// for headers and framing.
const INLINE_KIB: u64 = 8 * 1024 - 64;

/// How many KiB may be in flight at once. The embedded broker keeps 5 MiB of a partition, read or
/// not.
const UNDER_WAY_KIB: usize = 64 * 1024;
const UNDER_WAY_EMBEDDED_KIB: usize = 4 * 1024;

#[derive(clap::Args)]
#[command(
    after_help = "The exit status is 0 if every file got its record, processed or rejected, and 1 if one did not.
Brokers are those of the setting KAFKA_BROKERS (with KAFKA_USERNAME and KAFKA_PASSWORD), or else the one that `./dev run` has started."
)]
pub(crate) struct Options {
    /// Files to send. A folder means all files in it, which are named by their path in the folder
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// A user field for the record, for example --field title=Sunrise
    #[arg(long = "field", value_name = "NAME=VALUE", value_parser = field)]
    fields: Vec<(String, String)>,
    /// Send files that are larger than this by reference: the bytes go to the container `incoming`
    #[arg(long, value_name = "KIB", default_value_t = INLINE_KIB)]
    inline_kib: u64,
    /// Give up if no record has arrived for this number of seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    timeout: u64,
    /// The port of Blob Storage, if `./dev run` was started with another one
    #[arg(long, value_name = "PORT")]
    blob_port: Option<u16>,
    /// The port of Cosmos DB, if `./dev run` was started with another one
    #[arg(long, value_name = "PORT")]
    cosmos_port: Option<u16>,
    /// The port of the Functions host, if `./dev run` was started with another one
    #[arg(long, value_name = "PORT", default_value_t = Ports::default().host_port)]
    host_port: u16,
}

fn field(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("give a name, = and a value")?;
    Ok((name.to_owned(), value.to_owned()))
}

/// The data that every message needs.
struct Publisher {
    topic: String,
    producer: Producer,
    incoming: BlobContainerClient,
    fields: Map<String, Value>,
    inline_bytes: u64,
    under_way: Semaphore,
    under_way_kib: usize,
}

/// Sends the files and prints each result as soon as it is known.
pub(crate) async fn publish(options: &Options) -> Result<ExitCode> {
    let uploads = files::find(&options.files)?;
    let cluster = Cluster::find(options.host_port).await?;
    let account = Account::connect(options.blob_port, options.cosmos_port).await?;
    let waiting = Waiting::new(Duration::from_secs(options.timeout));
    let under_way_kib = if cluster.embedded {
        UNDER_WAY_EMBEDDED_KIB
    } else {
        UNDER_WAY_KIB
    };
    let fields = options.fields.iter().cloned();
    let publisher = Publisher {
        producer: cluster.producer()?,
        topic: cluster.topic,
        incoming: account::container(&account.blobs, names::INCOMING).await?,
        fields: fields
            .map(|(name, value)| (name, Value::String(value)))
            .collect(),
        inline_bytes: options.inline_kib * 1024,
        under_way: Semaphore::new(under_way_kib),
        under_way_kib,
    };
    let send = async |upload: &UploadFile| {
        let _room = publisher.room(upload).await;
        let send = publisher.send(upload);
        arrival::of(&upload.name, &account, &waiting, send).await
    };
    Ok(follow(&uploads, send).await)
}

impl Publisher {
    /// Waits until there is room for the file among those in flight.
    async fn room(&self, upload: &UploadFile) -> Option<tokio::sync::SemaphorePermit<'_>> {
        let bytes = fs::metadata(&upload.path)
            .await
            .map_or(0, |file| file.len());
        let kib = usize::try_from(bytes.div_ceil(1024)).unwrap_or(usize::MAX);
        let kib = u32::try_from(kib.min(self.under_way_kib)).ok()?;
        self.under_way.acquire_many(kib).await.ok()
    }

    /// Sends a file. Returns a function that recognises the record of this message.
    async fn send(&self, upload: &UploadFile) -> Result<impl Fn(&Record) -> bool + use<>> {
        let name = upload.path.display();
        let length = fs::metadata(&upload.path).await?.len();
        let mut headers = vec![
            header(names_of::CONTENT_TYPE, files::content_type(&upload.path)),
            header(names_of::FILENAME, upload.file_name()),
        ];
        if !self.fields.is_empty() {
            let json = serde_json::to_string(&self.fields)?;
            headers.push(header(names_of::METADATA, &json));
        }
        let value = if length > self.inline_bytes {
            self.put_aside(upload).await?;
            headers.push(header(names_of::BLOB, &upload.name));
            String::new()
        } else {
            let bytes = fs::read(&upload.path).await;
            STANDARD.encode(bytes.with_context(|| name.to_string())?)
        };
        let message = Message {
            topic: self.topic.clone(),
            key: Some(upload.name.clone()),
            headers,
            value,
        };
        let place = self.producer.send(&message).await?;
        Ok(move |record: &Record| {
            let source = &record.source;
            source.topic.as_ref() == Some(&place.topic)
                && source.partition == Some(place.partition)
                && source.offset == Some(place.offset)
        })
    }

    /// Stores the bytes where the message can refer to them.
    async fn put_aside(&self, upload: &UploadFile) -> Result<()> {
        let file = File::open(&upload.path).await?;
        let content = Body::from(FileStream::builder(file).build().await?);
        let blob = self.incoming.blob_client(&upload.name);
        blob.upload(content.into(), None).await?;
        Ok(())
    }
}
