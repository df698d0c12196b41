//! Nothing. No crate depends on this one; what counts are the features in its Cargo.toml.
//!
//! Cargo builds a crate with all the features that any member of the workspace asks for, but those that only tests ask
//! for count only when tests are built. Without this package, `./dev test` would therefore compile again most of what
//! `./dev run` has compiled, and a changed line would be compiled twice. Programs that are deployed are built with
//! `--package` and so without these features.
