//! Darkroom's web application: upload images, watch them arrive, browse what became of them.
//!
//! The path of one upload: `POST /api/v1/images` → [`auth`] (who) → [`upload::take`] (details checked,
//! a place among the uploads, type from the first bytes, limits while it streams) → [`sender`]
//! (blocks staged, then committed as one blob with its metadata, or one message) → 202. The page then follows [`api::events`] until the
//! handler's record is there. A file that comes in blocks goes the same way in several requests ([`upload::blocks`]). Any `?` leaves through [`error`].
//!
//! - [`settings`]: the app settings this process reads, typed
//! - [`app`]: what every request shares
//! - [`router`]: one line per address
//! - [`server`]: serving, and stopping
//! - [`pages`]: HTML, from `templates/`
//! - [`api`]: JSON under `/api/v1`
//! - [`renditions`][], [`originals`]: pictures
//! - [`assets`]: styles and scripts, inside the binary
//! - [`images`]: one image, as far as it has come, and its deletion
//! - [`follow`]: what becomes of images, looked up once for all who wait
//! - [`query`]: what stands behind the question mark of an address
//! - [`records`]: the records in Cosmos DB
//! - [`runs`]: images that are made anew
//! - [`thumbhash`][]: placeholders
//! - [`auth`], [`security`], [`forms`], [`limits`]: who may do what, and how much of it
//! - [`http_cache`], [`health`], [`trace`], [`zip`]: as their names say

pub mod api;
pub mod app;
pub mod assets;
pub mod auth;
pub mod error;
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
