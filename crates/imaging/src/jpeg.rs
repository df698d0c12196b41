//! JPEG, for the two cases in which half of libjpeg-turbo's time can be saved: writing progressive files, and reading
//! usual ones.
//!
//! - [`encoder`]: samples to a progressive file
//! - [`decoder`]: the file of a camera or a phone to samples, at any number of eighths of its size
//! - [`block`], [`mod@marker`]: what both need of blocks and markers

mod block;
pub(crate) mod decoder;
pub(crate) mod encoder;
pub(crate) mod marker;
