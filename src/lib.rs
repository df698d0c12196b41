//! Darkroom's custom handler: it turns one uploaded image into its renditions and its record.
//!
//! The path of one event: the Functions host sends `POST /ProcessUpload` → [`router`] →
//! [`functions::process_upload`] → [`handling`], which looks up what is known of the image, reads
//! the original and lets a worker [`process`] it ([`handlers::metadata`] and [`handlers::resize`]
//! share one decode) → [`delivery`] → 200. Any `?` leaves through [`error`].
//!
//! - [`settings`]: the app settings that this process reads, typed
//! - [`wiring`]: checks function.json and presets.toml against the code at start-up
//! - [`app`]: state that all invocations share
//! - [`presets_file`]: presets.toml, and `darkroom presets check`
//! - [`router`]: one line per function
//! - [`admission`]: limits on concurrent work
//! - [`functions`]: one kind of event in each file
//! - [`message`]: a Kafka message, from the trigger or the connector
//! - [`original`]: an original on its way, and the event that brought it
//! - [`handling`]: one event, from its arrival to its end
//! - [`turns`]: one event at a time for each image
//! - [`standing`]: whether an original is new, done, outdated or deleted
//! - [`process`]: one original → its record and renditions
//! - [`handlers`]: the two halves of that work
//! - [`delivery`]: the two modes of delivery
//! - [`recovery`]: clearing up after attempts whose event does not come again
//! - [`runs`]: making many images again
//! - [`check`]: compares originals, records and renditions, and repairs them
//! - [`commands`]: the commands for operators
//! - [`stores`]: everything outside the process that is read or written
//! - [`metrics`]: metrics for operators
//! - [`sinks`]: where events about images go
//! - [`patience`]: waiting out passing trouble
//! - [`error`]: rejected (permanent, recorded) or retry (passing)

pub mod admission;
pub mod app;
pub mod check;
pub mod commands;
pub mod delivery;
pub mod error;
pub mod functions;
pub mod handlers;
pub mod handling;
pub mod message;
pub mod metrics;
pub mod original;
pub mod patience;
pub mod presets_file;
pub mod process;
pub mod recovery;
pub mod router;
pub mod runs;
pub mod settings;
pub mod sinks;
pub mod standing;
pub mod stores;
pub mod turns;
pub mod wiring;
