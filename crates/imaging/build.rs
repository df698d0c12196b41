//! Builds the encoder's C against the libjpeg-turbo that `turbojpeg-sys` has built.

#![allow(missing_docs)]

use std::env;

fn main() {
    const SOURCE: &str = "src/ffi/jpeg_encode.c";
    println!("cargo::rerun-if-changed={SOURCE}");
    let mut build = cc::Build::new();
    build.file(SOURCE).warnings(true).extra_warnings(true);
    for folder in env::var("DEP_TURBOJPEG_INCLUDE")
        .expect("turbojpeg-sys says where its headers are")
        .split(',')
    {
        build.include(folder);
    }
    build.compile("darkroom_jpeg_encode");
}
