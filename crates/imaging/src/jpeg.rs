//! JPEG, where libjpeg-turbo leaves half of the time to be saved: progressive files written, and the usual ones read.
//!
//! - [`encoder`]: samples to a progressive file
//! - [`decoder`]: the file of a camera or a phone to samples, at any number of eighths of its size
//! - [`block`], [`mod@marker`]: what both know of blocks and of markers

mod block;
pub(crate) mod decoder;
pub(crate) mod encoder;
pub(crate) mod marker;
