//! `cargo run --release -p lossy-webp --example encode -- PHOTO.jpg PHOTO.webp [QUALITY]`
#![expect(clippy::print_stdout, reason = "an example prints")]

use lossy_webp::{Encoder, PlanesBuf};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [source, target, quality @ ..] = arguments.as_slice() else {
        return Err("give a photo and a name for the file".into());
    };
    let quality = quality
        .first()
        .map_or(Ok(80.0), |quality| quality.parse())?;
    let photo = image::open(source)?.into_rgb8();
    let picture = PlanesBuf::from_rgb(photo.width(), photo.height(), photo.as_raw())?;
    let file = Encoder::new(quality).encode(&picture.as_planes())?;
    std::fs::write(target, &file)?;
    println!("{} bytes", file.len());
    Ok(())
}
