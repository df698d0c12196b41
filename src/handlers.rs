//! The two halves of processing an original. They share one inspection of the header and one
//! decode.

pub mod metadata;
pub mod resize;
