//! The app settings that this process reads, typed, with one documented line for each setting.
//!
//! They are read through a look-up function, so that a test needs no environment.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    num::{NonZeroU32, NonZeroU64, NonZeroUsize},
    str::FromStr,
};

use connections::app_setting::{InvalidSetting, read, text};
use contract::names;
use telemetry::LogFormat;

/// Every setting, typed and checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// `PORT`, else `WEBSITES_PORT`: the port to listen on. App Service sets them. Default 8080.
    pub port: u16,
    /// `DARKROOM_AUTH`: how users are authenticated, `easyauth` (default) or `none`.
    pub auth: AuthMode,
    /// `DARKROOM_FLOWS`: the flows for uploads: `blob` (default), `kafka`, or both separated by a
    /// comma. The first is the default on the page.
    pub flows: Vec<Flow>,
    /// `DARKROOM_STORAGE_CONNECTION`: name of the storage connection. Default
    /// `ImageStorage`.
    pub storage_connection: String,
    /// `DARKROOM_COSMOS_CONNECTION`: name of the Cosmos DB connection. Default `CosmosDb`.
    pub cosmos_connection: String,
    /// `DARKROOM_UPLOADS_CONTAINER`: blob container of the originals. Default `uploads`.
    pub uploads_container: String,
    /// `DARKROOM_RENDITIONS_CONTAINER`: blob container of the renditions. Default `renditions`.
    pub renditions_container: String,
    /// `DARKROOM_COSMOS_DATABASE`: database of the records. Default `darkroom`.
    pub cosmos_database: String,
    /// `DARKROOM_COSMOS_CONTAINER`: container of the records. Default `images`.
    pub cosmos_container: String,
    /// `KAFKA_BROKERS`, `KAFKA_TOPIC`, `KAFKA_USERNAME`, `KAFKA_PASSWORD`: where flow `kafka` sends
    /// messages, as in the Functions app. Without a user name there is no TLS either.
    /// `KAFKA_CA_FILE`: a PEM file of certificate authorities, for brokers with certificates of a
    /// private authority. Default: the system's authorities.
    pub kafka: Kafka,
    /// `DARKROOM_INCOMING_CONTAINER`: blob container of the originals that messages refer to.
    /// Default `incoming`.
    pub incoming_container: String,
    /// `DARKROOM_KAFKA_INLINE_KIB`: the largest file in kibibytes that is sent in its message;
    /// larger ones are sent by reference. Default 960: every cluster accepts a message of 1 MiB,
    /// and an upload costs that much memory.
    pub kafka_inline_kib: NonZeroU32,
    /// `DARKROOM_MAX_UPLOAD_MIB`: the largest file in mebibytes. Default 64, as in presets.toml.
    pub max_upload_mib: NonZeroU32,
    /// `DARKROOM_HEIC`: accept HEIC photos, which the Functions app reads with the same setting.
    /// Default false.
    pub heic: bool,
    /// `DARKROOM_UPLOADS_AT_ONCE`: how many files are taken at once; more wait. Each needs about 3
    /// MiB of memory. Default 24.
    pub uploads_at_once: NonZeroUsize,
    /// `DARKROOM_UPLOADS_PER_USER`: how many files of one user are taken at once; more wait.
    /// Default 6, the number of connections that a browser opens.
    pub uploads_per_user: NonZeroUsize,
    /// `DARKROOM_UPLOADS_PER_MINUTE`: how many files a minute one user may send in the long run.
    /// Default 240.
    pub uploads_per_minute: NonZeroU32,
    /// `DARKROOM_REQUESTS_PER_MINUTE`: how many other requests a minute one user may make in the
    /// long run. Default 6000, because a gallery page alone has 50 pictures.
    pub requests_per_minute: NonZeroU32,
    /// `DARKROOM_STREAMS_AT_ONCE`: how many pages and programs may wait for images at once. Default
    /// 500.
    pub streams_at_once: NonZeroUsize,
    /// `DARKROOM_STREAMS_PER_USER`: the same for one user. Default 8, because each open page has
    /// one.
    pub streams_per_user: NonZeroUsize,
    /// `DARKROOM_INSIGHTS_RECORDS`: the most records that are read to show the insights once.
    /// Default 50000, which takes some seconds.
    pub insights_records: NonZeroU32,
    /// `DARKROOM_QUOTA_IMAGES`: the most images that one uploader may have. Default: no limit.
    pub quota_images: Option<NonZeroU64>,
    /// `DARKROOM_QUOTA_MB`: the most megabytes, of a million bytes each, that the originals and
    /// renditions of one uploader may have. Default: no limit.
    pub quota_mb: Option<NonZeroU64>,
    /// `DARKROOM_DIRECT_UPLOAD`: let browsers write the blocks of files into Blob Storage
    /// themselves. Default false.
    pub direct_upload: bool,
    /// `DARKROOM_SECRET`: a secret of at least 32 characters that signs the forms, the same on
    /// every instance. Default: generated at start-up, which is enough for one instance.
    pub secret: Option<Secret>,
    /// `DARKROOM_LOG`: what is logged, as a `tracing` filter. Default `info`.
    pub log: String,
    /// `DARKROOM_LOG_FORMAT`: `text` or `json`. Default `text`.
    pub log_format: LogFormat,
}

/// A Kafka cluster and the topic of images.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kafka {
    /// `host:port`, several separated by commas; empty without flow `kafka`.
    pub brokers: String,
    /// The topic.
    pub topic: String,
    /// The user name.
    pub username: Option<String>,
    /// The password.
    pub password: Option<Secret>,
    /// The PEM file of the authorities that may sign the brokers' certificates.
    pub ca_file: Option<String>,
}

/// How users are authenticated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthMode {
    /// By App Service authentication.
    EasyAuth,
    /// Not at all: everybody on this machine is one user who may see everything.
    None,
}

/// A flow by which an upload reaches the handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Flow {
    /// Into the blob container that the blob trigger watches.
    Blob,
    /// Into the Kafka topic.
    Kafka,
}

/// A text that is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

/// A setting with a value that cannot be used.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum SettingsError {
    /// The value itself is wrong.
    #[error(transparent)]
    Invalid(#[from] InvalidSetting),
    /// Anybody could send the headers that name the user.
    #[error(
        "the setting DARKROOM_AUTH is \"easyauth\", but App Service authentication is not on \
         (WEBSITE_AUTH_ENABLED is not True), so anybody could pretend to be another user: turn it \
         on, or set DARKROOM_AUTH=none to serve this machine only"
    )]
    Unprotected,
    /// The binary was built without what the settings ask for.
    #[error(
        "the setting DARKROOM_FLOWS names kafka, but this binary was built without the feature \
         kafka"
    )]
    NoKafka,
    /// A flow has no destination.
    #[error("the setting DARKROOM_FLOWS names kafka, but KAFKA_BROKERS is not set")]
    NoBrokers,
    /// Users' images would cross the network unencrypted.
    #[error(
        "the setting DARKROOM_FLOWS names kafka, but KAFKA_USERNAME is not set, and without it there \
         is no TLS: set it, or set DARKROOM_AUTH=none to serve this machine only"
    )]
    NoKafkaUser,
}

impl Settings {
    /// Reads every setting through `lookup`; an empty value counts as absent.
    ///
    /// # Errors
    ///
    /// [`SettingsError`] says in one line what to change.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let name = |setting, default: &str| read(&lookup, setting, default.to_owned());
        let settings = Self {
            port: match read(&lookup, "PORT", 0)? {
                0 => read(&lookup, "WEBSITES_PORT", 8080)?,
                port => port,
            },
            auth: read(&lookup, "DARKROOM_AUTH", AuthMode::EasyAuth)?,
            flows: read(&lookup, "DARKROOM_FLOWS", Flows(vec![Flow::Blob]))?.0,
            storage_connection: name("DARKROOM_STORAGE_CONNECTION", "ImageStorage")?,
            cosmos_connection: name("DARKROOM_COSMOS_CONNECTION", "CosmosDb")?,
            uploads_container: name("DARKROOM_UPLOADS_CONTAINER", names::UPLOADS)?,
            renditions_container: name("DARKROOM_RENDITIONS_CONTAINER", names::RENDITIONS)?,
            cosmos_database: name("DARKROOM_COSMOS_DATABASE", names::COSMOS_DATABASE)?,
            cosmos_container: name("DARKROOM_COSMOS_CONTAINER", names::COSMOS_CONTAINER)?,
            kafka: Kafka {
                brokers: name("KAFKA_BROKERS", "")?,
                topic: name("KAFKA_TOPIC", names::TOPIC)?,
                username: text(&lookup, "KAFKA_USERNAME"),
                password: text(&lookup, "KAFKA_PASSWORD").map(Secret),
                ca_file: text(&lookup, "KAFKA_CA_FILE"),
            },
            incoming_container: name("DARKROOM_INCOMING_CONTAINER", names::INCOMING)?,
            kafka_inline_kib: read(&lookup, "DARKROOM_KAFKA_INLINE_KIB", positive(960))?,
            max_upload_mib: read(&lookup, "DARKROOM_MAX_UPLOAD_MIB", positive(64))?,
            heic: read(&lookup, "DARKROOM_HEIC", false)?,
            uploads_at_once: read(&lookup, "DARKROOM_UPLOADS_AT_ONCE", some(24))?,
            uploads_per_user: read(&lookup, "DARKROOM_UPLOADS_PER_USER", some(6))?,
            uploads_per_minute: read(&lookup, "DARKROOM_UPLOADS_PER_MINUTE", positive(240))?,
            requests_per_minute: read(&lookup, "DARKROOM_REQUESTS_PER_MINUTE", positive(6000))?,
            streams_at_once: read(&lookup, "DARKROOM_STREAMS_AT_ONCE", some(500))?,
            streams_per_user: read(&lookup, "DARKROOM_STREAMS_PER_USER", some(8))?,
            insights_records: read(&lookup, "DARKROOM_INSIGHTS_RECORDS", positive(50_000))?,
            quota_images: read(&lookup, "DARKROOM_QUOTA_IMAGES", Optional(None))?.0,
            quota_mb: read(&lookup, "DARKROOM_QUOTA_MB", Optional(None))?.0,
            direct_upload: read(&lookup, "DARKROOM_DIRECT_UPLOAD", false)?,
            secret: read_secret(&lookup)?,
            log: name("DARKROOM_LOG", "info")?,
            log_format: read(&lookup, "DARKROOM_LOG_FORMAT", LogFormat::Text)?,
        };
        let protected = lookup("WEBSITE_AUTH_ENABLED")
            .is_some_and(|value| value.eq_ignore_ascii_case("true") || value == "1");
        if settings.auth == AuthMode::EasyAuth && !protected {
            return Err(SettingsError::Unprotected);
        }
        if cfg!(not(feature = "kafka")) && settings.flows.contains(&Flow::Kafka) {
            return Err(SettingsError::NoKafka);
        }
        if settings.flows.contains(&Flow::Kafka) {
            if settings.kafka.brokers.is_empty() {
                return Err(SettingsError::NoBrokers);
            }
            if settings.auth == AuthMode::EasyAuth && settings.kafka.username.is_none() {
                return Err(SettingsError::NoKafkaUser);
            }
        }
        Ok(settings)
    }

    /// The address to listen on. Without authentication it is on this machine only.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        let ip = match self.auth {
            AuthMode::EasyAuth => Ipv4Addr::UNSPECIFIED,
            AuthMode::None => Ipv4Addr::LOCALHOST,
        };
        SocketAddr::new(IpAddr::V4(ip), self.port)
    }

    /// The largest file in bytes.
    #[must_use]
    pub fn max_upload_bytes(&self) -> u64 {
        u64::from(self.max_upload_mib.get()) << 20
    }
}

impl Secret {
    /// The text as bytes, for signing.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// The text, for signing in.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Flow {
    /// The word for it in settings, forms and the API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Blob => "blob",
            Self::Kafka => "kafka",
        }
    }
}

impl FromStr for Flow {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.trim() {
            "blob" => Ok(Self::Blob),
            "kafka" => Ok(Self::Kafka),
            _ => Err("it must be blob or kafka"),
        }
    }
}

/// A number that may be absent.
struct Optional(Option<NonZeroU64>);

impl FromStr for Optional {
    type Err = <NonZeroU64 as FromStr>::Err;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(|number| Self(Some(number)))
    }
}

struct Flows(Vec<Flow>);

impl FromStr for Flows {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.split(',')
            .map(str::parse)
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

impl FromStr for AuthMode {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "easyauth" => Ok(Self::EasyAuth),
            "none" => Ok(Self::None),
            _ => Err("it must be easyauth or none"),
        }
    }
}

fn read_secret(lookup: &impl Fn(&str) -> Option<String>) -> Result<Option<Secret>, InvalidSetting> {
    let invalid = |shown: &str, reason: &str| InvalidSetting {
        name: "DARKROOM_SECRET",
        value: shown.to_owned(),
        reason: reason.to_owned(),
    };
    match text(lookup, "DARKROOM_SECRET") {
        None => Ok(None),
        // If App Service cannot read the secret it leaves this text, which is the same for
        // everybody.
        Some(value) if value.starts_with("@Microsoft.KeyVault(") => Err(invalid(
            "@Microsoft.KeyVault(…)",
            "the reference was not resolved; the app's identity may not read the secret",
        )),
        Some(value) if value.len() >= 32 => Ok(Some(Secret(value))),
        Some(_) => Err(invalid("…", "it has fewer than 32 characters")),
    }
}

const fn positive(value: u32) -> NonZeroU32 {
    match NonZeroU32::new(value) {
        Some(value) => value,
        None => NonZeroU32::MIN,
    }
}

const fn some(value: usize) -> NonZeroUsize {
    match NonZeroUsize::new(value) {
        Some(value) => value,
        None => NonZeroUsize::MIN,
    }
}

#[cfg(test)]
mod tests;
