//! The measurements, with one file for each part of the report.

pub(crate) mod extremes;
pub(crate) mod jpeg_only;
pub(crate) mod load;
pub(crate) mod quality;
mod reference;
pub(crate) mod start_up;
pub(crate) mod throughput;
