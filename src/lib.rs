//! Darkroom's custom handler: one uploaded image in, its renditions and its record out.
//!
//! The path of one event: the Functions host sends `POST /ProcessUpload` → [`router`] →
//! [`functions::process_upload`] → [`handling`], which looks up what is known of the image, reads the
//! original and lets a worker [`process`] it ([`handlers::metadata`] and [`handlers::resize`] share one
//! decode) → [`delivery`] → 200. Any `?` leaves through [`error`].
//!
//! - [`settings`]: the app settings this process reads, typed
//! - [`wiring`]: function.json and presets.toml held against the code at start-up
//! - [`app`]: what every invocation shares
//! - [`presets_file`]: presets.toml, and `darkroom presets check`
//! - [`router`]: one line per function
//! - [`admission`]: how much is worked on at once
//! - [`functions`]: one event kind per file
//! - [`message`]: a Kafka message, whichever way it came
//! - [`original`]: an original on its way, and the event that brought it
//! - [`handling`]: one event, from its arrival to its end
//! - [`turns`]: one at a time for each image
//! - [`standing`]: whether an original is new, done, outdated or deleted
//! - [`process`]: one original → its record and renditions
//! - [`handlers`]: the two halves of that work
//! - [`delivery`]: the two ways out
//! - [`recovery`]: clearing up after attempts whose event does not come again
//! - [`runs`]: images that are made anew
//! - [`check`]: originals, records and renditions held against each other, and mended
//! - [`commands`]: what an operator types
//! - [`stores`]: everything outside the process that is read or written
//! - [`metrics`]: numbers for operators
//! - [`sinks`]: where events about images go
//! - [`patience`]: waiting out trouble that passes
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
