//! The keys of functions that are called by HTTP.

use uuid::Uuid;

use crate::{script_root::Settings, triggers::Keys};

/// Settings that hold the keys. On Azure they are kept in storage, which is not needed here.
const FUNCTION_KEY: &str = "DEV_HOST_FUNCTION_KEY";
const BLOBS_EXTENSION_KEY: &str = "DEV_HOST_BLOBS_EXTENSION_KEY";
const EVENT_GRID_EXTENSION_KEY: &str = "DEV_HOST_EVENTGRID_EXTENSION_KEY";
const MASTER_KEY: &str = "DEV_HOST_MASTER_KEY";

/// The keys in the settings, or new ones, which are printed.
pub(super) fn of(required: bool, settings: &Settings) -> Keys {
    if !required {
        return Keys::NotRequired;
    }
    let key = |setting: &str, what: &str| {
        settings.get(setting).map_or_else(
            || {
                let key = Uuid::new_v4().simple().to_string();
                tracing::info!("The {what} key of this run is {key}");
                key
            },
            str::to_owned,
        )
    };
    Keys::Required {
        function: key(FUNCTION_KEY, "function"),
        blobs_extension: key(BLOBS_EXTENSION_KEY, "blobs_extension"),
        event_grid_extension: key(EVENT_GRID_EXTENSION_KEY, "eventgrid_extension"),
        master: key(MASTER_KEY, "master"),
    }
}
