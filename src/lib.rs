//! Darkroom's custom handler: one uploaded image in, its renditions and its record out.
//!
//! The path of one event: the Functions host sends `POST /ProcessUpload` → [`router`] →
//! [`functions::process_upload`] → [`process`] → [`handlers::metadata`] and [`handlers::resize`],
//! which share one decode → [`delivery`] → 200. Any `?` leaves through [`error`].
//!
//! - [`settings`]: the app settings this process reads, typed
//! - [`wiring`]: function.json and presets.toml held against the code at start-up
//! - [`app`]: what every invocation shares
//! - [`presets_file`]: presets.toml, and `darkroom presets check`
//! - [`router`]: one line per function
//! - [`functions`]: one event kind per file
//! - [`admission`]: how much is worked on at once
//! - [`originals`]: reading deferred originals from their container
//! - [`message`]: a Kafka message, whichever way it came
//! - [`process`]: one original → its record and renditions
//! - [`handlers`]: the two halves of that work
//! - [`delivery`]: the two ways out
//! - [`error`]: rejected (permanent, recorded) or retry (passing)

pub mod admission;
pub mod app;
pub mod delivery;
pub mod error;
pub mod functions;
pub mod handlers;
pub mod message;
pub mod originals;
pub mod presets_file;
pub mod process;
pub mod router;
pub mod settings;
pub mod wiring;
