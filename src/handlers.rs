//! The two halves of processing an original. They share one look at the header and one decode.

pub mod metadata;
pub mod resize;
