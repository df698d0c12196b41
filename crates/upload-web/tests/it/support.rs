//! The environment of the tests.

pub(crate) mod azurite;
pub(crate) mod kafka;
pub(crate) mod records;
pub(crate) mod requests;
pub(crate) mod stack;

use std::{future::Future, time::Duration};

use tokio::time::{Instant, sleep};

/// The longest wait for anything. It is reached only if something is broken.
const PATIENCE: Duration = Duration::from_secs(90);

/// Asks again and again until there is an answer.
pub(crate) async fn eventually<T, F>(what: &str, mut ask: impl FnMut() -> F) -> T
where
    F: Future<Output = Option<T>>,
{
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(Instant::now() < deadline, "there was no {what} in time");
        sleep(Duration::from_millis(50)).await;
    }
}

/// A real JPEG. Another seed gives another picture.
pub(crate) fn jpeg(width: u32, height: u32, seed: u8) -> Vec<u8> {
    use image::{ExtendedColorType, ImageEncoder, codecs::jpeg::JpegEncoder};

    let pixels: Vec<u8> = (0..width * height)
        .flat_map(|at| [(at % 251) as u8, (at / width % 251) as u8, seed])
        .collect();
    let mut bytes = Vec::new();
    JpegEncoder::new(&mut bytes)
        .write_image(&pixels, width, height, ExtendedColorType::Rgb8)
        .expect("pixels and size agree");
    bytes
}
