//! Darkroom's web application: upload images, follow their processing, browse the results.
//!
//! The path of one upload: `POST /api/v1/images` → [`auth`] (who) → [`upload::take`] (checks the details, takes a place
//! among the uploads, finds the type in the first bytes, applies limits while the file streams) → [`sender`] (blocks
//! staged, then committed as one blob with its metadata, or one message) → 202. The page then follows [`api::events`]
//! until the handler's record exists. A file in blocks takes the same path in several requests ([`upload::blocks`]).
//! Any `?` leaves through [`error`].
//!
//! - [`settings`]: the app settings that this process reads, typed
//! - [`app`]: state that all requests share
//! - [`router`]: one line for each address
//! - [`server`]: serving, and stopping
//! - [`pages`]: HTML, from `templates/`
//! - [`api`]: JSON under `/api/v1`
//! - [`renditions`][], [`originals`]: pictures
//! - [`assets`]: styles and scripts, inside the binary
//! - [`images`]: one image in its current state, and its deletion
//! - [`existing`]: images that a user has uploaded before
//! - [`follow`]: looks up the results of images, once for all who wait
//! - [`query`]: the query parameters of an address
//! - [`records`]: the records in Cosmos DB
//! - [`runs`]: runs that make many images again
//! - [`thumbhash`][]: placeholders
//! - [`auth`], [`security`], [`forms`], [`limits`], [`quota`]: who may do what, and how much of it
//! - [`http_cache`], [`health`], [`trace`], [`zip`]: what their names say

pub mod api;
pub mod app;
pub mod assets;
pub mod auth;
pub mod error;
pub mod existing;
pub mod follow;
pub mod forms;
pub mod health;
pub mod http_cache;
pub mod images;
pub mod limits;
mod metrics;
pub mod originals;
pub mod pages;
pub mod query;
pub mod quota;
pub mod records;
pub mod renditions;
pub mod router;
pub mod runs;
pub mod security;
pub mod sender;
pub mod server;
pub mod settings;
pub mod thumbhash;
pub mod trace;
pub mod upload;
pub mod zip;
