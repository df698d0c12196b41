//! The app settings that this process reads itself. Connections are read by their names in function.json, and limits
//! and renditions from presets.toml.

use std::{
    num::NonZeroUsize,
    path::{Path, PathBuf},
    str::FromStr,
    thread,
    time::Duration,
};

use connections::app_setting::{InvalidSetting, read};
use contract::names;
use telemetry::LogFormat;

use crate::delivery::DeliveryMode;

/// Every setting, typed and checked.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a setting of its own, and any may be given with any other"
)]
pub struct Settings {
    /// `DARKROOM_PRESETS`: the presets file, below the script root. Default `presets.toml`.
    pub presets: PathBuf,
    /// `DARKROOM_WORKERS`: originals that are decoded and encoded at once. Default: the number of
    /// cores.
    pub workers: NonZeroUsize,
    /// `DARKROOM_MEMORY_MIB`: mebibytes that pixels may take, all workers together. An original that needs more alone
    /// is processed without others beside it, and rejected if it could need more than twice as much. Default 1024.
    pub memory_mib: u32,
    /// `DARKROOM_ACCEPT_DAMAGED`: process originals whose pixel data is damaged or cut off,
    /// instead of rejecting them. Default false.
    pub accept_damaged: bool,
    /// `DARKROOM_HEIC`: read HEIC originals, too. Default false. It needs a build with the feature `heic`, which
    /// contains a decoder for HEVC. HEVC is covered by patents.
    pub heic: bool,
    /// `DARKROOM_STORE_GPS`: keep the place where a picture was taken in the record. Default false, because it is
    /// personal data.
    pub store_gps: bool,
    /// `DARKROOM_DELIVERY`: how renditions and records leave functions that have output bindings:
    /// `bindings` or `direct`. Default `bindings`.
    pub delivery: DeliveryMode,
    /// `DARKROOM_EVENTS`: where events about images go: `none`, `event-grid`, `kafka` or `webhook`. Default `none`.
    pub events: Events,
    /// `DARKROOM_INCOMING_CONTAINER`: the container of originals that messages refer to, in the
    /// account of the renditions. Default `incoming`.
    pub incoming: String,
    /// `DARKROOM_DEAD_LETTER_CONTAINER`: the container of messages and events that can never succeed,
    /// in the account of the renditions. Default `dead-letter`.
    pub dead_letters: String,
    /// `DARKROOM_MAX_RECORD_KIB`: the largest size of a record in kibibytes. Optional groups are left out of a larger
    /// one. Default 64; Cosmos DB refuses more than 2 MiB.
    pub max_record_kib: usize,
    /// `DARKROOM_LATE_WRITES_SECONDS`: after how many seconds a request whose sender has died has reached its service
    /// or never will. Only attempts that were cut off wait for this. Default 30.
    pub late_writes: Duration,
    /// `DARKROOM_CHECK_SAMPLE`: how many images the function `CheckImages` checks each night; the next night continues
    /// where it ended. 0 means none. Default 1000.
    pub check_sample: u64,
    /// `DARKROOM_CHECK_REPAIR`: whether that function repairs what it finds. Default false: it only logs it.
    pub check_repair: bool,
    /// `DARKROOM_LOG`: what is logged, as a `tracing` filter, for example `darkroom=debug`.
    /// Default `info`.
    pub log: String,
    /// `DARKROOM_LOG_FORMAT`: `text` or `json`. Default `text`.
    pub log_format: LogFormat,
}

/// Where events about images go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Events {
    /// Nowhere.
    None,
    /// To a custom topic of Event Grid.
    EventGrid,
    /// To a topic of Kafka.
    Kafka,
    /// To an address by HTTP, signed.
    Webhook,
}

impl FromStr for Events {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "none" => Ok(Self::None),
            "event-grid" => Ok(Self::EventGrid),
            "kafka" => Ok(Self::Kafka),
            "webhook" => Ok(Self::Webhook),
            _ => Err("it must be none, event-grid, kafka or webhook"),
        }
    }
}

impl FromStr for DeliveryMode {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "bindings" => Ok(Self::Bindings),
            "direct" => Ok(Self::Direct),
            _ => Err("it must be bindings or direct"),
        }
    }
}

impl Settings {
    /// Reads every setting through `lookup`; an empty value counts as absent.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, InvalidSetting> {
        let cores = thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        Ok(Self {
            presets: read(
                &lookup,
                "DARKROOM_PRESETS",
                Path::new("presets.toml").to_owned(),
            )?,
            workers: read(&lookup, "DARKROOM_WORKERS", cores)?,
            memory_mib: read(&lookup, "DARKROOM_MEMORY_MIB", 1024)?,
            accept_damaged: read(&lookup, "DARKROOM_ACCEPT_DAMAGED", false)?,
            heic: read_heic(&lookup)?,
            store_gps: read(&lookup, "DARKROOM_STORE_GPS", false)?,
            delivery: read(&lookup, "DARKROOM_DELIVERY", DeliveryMode::Bindings)?,
            events: read(&lookup, "DARKROOM_EVENTS", Events::None)?,
            incoming: read(
                &lookup,
                "DARKROOM_INCOMING_CONTAINER",
                names::INCOMING.to_owned(),
            )?,
            dead_letters: read(
                &lookup,
                "DARKROOM_DEAD_LETTER_CONTAINER",
                names::DEAD_LETTER.to_owned(),
            )?,
            max_record_kib: read(&lookup, "DARKROOM_MAX_RECORD_KIB", 64)?,
            late_writes: read(&lookup, "DARKROOM_LATE_WRITES_SECONDS", 30)
                .map(Duration::from_secs)?,
            check_sample: read(&lookup, "DARKROOM_CHECK_SAMPLE", 1000)?,
            check_repair: read(&lookup, "DARKROOM_CHECK_REPAIR", false)?,
            log: read(&lookup, "DARKROOM_LOG", "info".to_owned())?,
            log_format: read(&lookup, "DARKROOM_LOG_FORMAT", LogFormat::Text)?,
        })
    }
}

/// Reads whether HEIC is read, which not every build supports.
fn read_heic(lookup: &impl Fn(&str) -> Option<String>) -> Result<bool, InvalidSetting> {
    const NAME: &str = "DARKROOM_HEIC";
    let wanted = read(lookup, NAME, false)?;
    if wanted && !cfg!(feature = "heic") {
        return Err(InvalidSetting {
            name: NAME,
            value: "true".to_owned(),
            reason: "this build has no decoder for HEIC: build it with `./dev package --heic`, or \
                     with cargo's feature `heic`"
                .to_owned(),
        });
    }
    Ok(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(pairs: &[(&str, &str)]) -> Result<Settings, InvalidSetting> {
        Settings::from_lookup(|key| {
            pairs
                .iter()
                .find(|(name, _)| *name == key)
                .map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn nothing_needs_to_be_set() {
        let settings = settings(&[("DARKROOM_WORKERS", "")]).unwrap();
        assert_eq!(settings.presets, Path::new("presets.toml"));
        assert_eq!(settings.memory_mib, 1024);
        assert!(!settings.accept_damaged);
        assert!(!settings.store_gps);
    }

    #[test]
    fn reads_what_is_set() {
        let settings =
            settings(&[("DARKROOM_WORKERS", "3"), ("DARKROOM_LOG_FORMAT", "json")]).unwrap();
        assert_eq!(settings.workers.get(), 3);
        assert_eq!(settings.log_format, LogFormat::Json);
    }

    #[test]
    fn heic_takes_a_build_that_has_its_decoder() {
        assert!(!settings(&[]).unwrap().heic);
        assert!(!settings(&[("DARKROOM_HEIC", "false")]).unwrap().heic);
        let wanted = settings(&[("DARKROOM_HEIC", "true")]);
        if cfg!(feature = "heic") {
            assert!(wanted.unwrap().heic);
        } else {
            let error = wanted.unwrap_err().to_string();
            assert!(error.contains("`./dev package --heic`"), "{error}");
        }
    }

    #[test]
    fn names_the_setting_and_its_value() {
        assert_eq!(
            settings(&[("DARKROOM_WORKERS", "0")])
                .unwrap_err()
                .to_string(),
            "the setting DARKROOM_WORKERS is \"0\": number would be zero for non-zero type"
        );
        assert!(settings(&[("DARKROOM_ACCEPT_DAMAGED", "yes")]).is_err());
        assert!(settings(&[("DARKROOM_LOG_FORMAT", "xml")]).is_err());
        assert!(settings(&[("DARKROOM_EVENTS", "pigeon")]).is_err());
    }
}
