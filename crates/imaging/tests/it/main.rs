//! The imaging core from the outside: every original is made by the test that uses it, every rendition is read by a
//! decoder that the core does not use where there is one.

mod alpha;
mod animation;
mod colour;
mod damage;
mod formats;
mod geometry;
mod limits;
mod metadata;
mod orientation;
mod support;
