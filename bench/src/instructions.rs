//! Runs one step of the work a given number of times, so that `./dev instructions` can count its
//! processor instructions.
//!
//!     darkroom-instructions STEP TIMES
//!
//! Everything runs on one thread with generated input, so that the count is the same each time,
//! whatever else the machine does. The count for one run is the difference between the counts for
//! two and one.

use std::{env, hint::black_box, path::Path, sync::Arc};

use anyhow::{Context as _, Result, bail};
use axum::{body::Body, extract::FromRequest as _, http::Request, response::IntoResponse as _};
use azure_functions_custom_handler::{Event, KafkaMessage, Outputs};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use darkroom::{
    app::App, original::Original, presets_file, process::develop_here, settings::Settings,
    wiring::Wiring,
};
use futures::executor::block_on;
use imaging::{Limits, Presets, RenderOptions, inspect, render};
use serde_json::json;

/// Width and height of the picture in pixels.
const SIZE: (u32, u32) = (1_200, 900);

fn main() -> Result<()> {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let [step, times] = &arguments[..] else {
        bail!("give a step and the number of repetitions");
    };
    let mut step = prepare(step)?;
    for _ in 0..times.parse()? {
        step()?;
    }
    Ok(())
}

/// Prepares a step. The returned function runs it once.
fn prepare(step: &str) -> Result<Box<dyn FnMut() -> Result<()>>> {
    Ok(match step {
        "header" => {
            let original = photo("jpeg")?;
            Box::new(move || {
                black_box(inspect(&original, &Limits::default())?);
                Ok(())
            })
        }
        "jpeg-to-jpeg" => rendering(photo("jpeg")?, "format = \"jpeg\"\nwidth = 800")?,
        "jpeg-to-webp" => rendering(photo("jpeg")?, "format = \"webp\"\nwidth = 800")?,
        "png-to-webp" => rendering(photo("png")?, "format = \"webp\"\nwidth = 800")?,
        "jpeg-to-thumbnail" => rendering(
            photo("jpeg")?,
            "format = \"webp\"\nwidth = 250\nheight = 250\nfit = \"cover\"",
        )?,
        "message-in" => message_in(),
        "outputs-out" => Box::new(|| {
            let outputs = Outputs::new().bytes("large", vec![0xA5; 400_000]);
            let outputs = outputs.text("record", "{\"status\": \"processed\"}");
            black_box(outputs.into_response());
            Ok(())
        }),
        "event" => event()?,
        other => bail!("there is no step {other}"),
    })
}

/// A picture with areas, edges and grain, as a file of this format.
fn photo(format: &str) -> Result<Vec<u8>> {
    let (width, height) = SIZE;
    let mut seed = 1_u32;
    let mut pixels = Vec::with_capacity((width * height * 3) as usize);
    for y in 0..height {
        for x in 0..width {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let grain = seed >> 28;
            let tile = (x / 75 + y / 60) % 3 * 40;
            let sky = y * 120 / height;
            for part in [sky + tile, x * 140 / width + tile, 180 - sky] {
                pixels.push(u8::try_from((part + grain).min(255))?);
            }
        }
    }
    let mut png = Vec::new();
    let mut encoder = png::Encoder::new(&mut png, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_compression(png::Compression::Fast);
    encoder.write_header()?.write_image_data(&pixels)?;
    if format == "png" {
        return Ok(png);
    }
    let presets = Presets::parse(&format!(
        "[presets.original]\nformat = {format:?}\nquality = 92\neffort = 0"
    ))?;
    let inspection = inspect(&png, presets.limits())?;
    let options = RenderOptions::default();
    let rendered = render(&png, &inspection, &presets.for_path(""), &options)?;
    let rendition = rendered.renditions.into_iter().next();
    Ok(rendition.context("one preset makes one rendition")?.bytes)
}

/// Renders a file to one rendition.
fn rendering(original: Vec<u8>, preset: &str) -> Result<Box<dyn FnMut() -> Result<()>>> {
    let presets = Presets::parse(&format!("[presets.one]\n{preset}"))?;
    Ok(Box::new(move || {
        let inspection = inspect(&original, presets.limits())?;
        let options = RenderOptions::default();
        black_box(render(
            &original,
            &inspection,
            &presets.for_path(""),
            &options,
        )?);
        Ok(())
    }))
}

/// Parses a Kafka message of a megabyte, as the host sends it.
fn message_in() -> Box<dyn FnMut() -> Result<()>> {
    let body = json!({
        "Data": {"message": STANDARD.encode(vec![0xA5; 1_000_000])},
        "Metadata": {
            "Key": "\"photo.jpg\"", "Topic": "\"images\"", "Partition": "0", "Offset": "12",
            "Timestamp": "\"2026-11-24T09:30:00\"", "Headers": "[]",
        },
    });
    let body = Bytes::from(body.to_string());
    Box::new(move || {
        let request = Request::post("/ProcessMessage").body(Body::from(body.clone()))?;
        let event = block_on(Event::<KafkaMessage>::from_request(request, &()));
        black_box(event.context("the message is read")?);
        Ok(())
    })
}

/// Processes an upload to its renditions and its record, with the presets of this repository.
fn event() -> Result<Box<dyn FnMut() -> Result<()>>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let lookup = |key: &str| match key {
        "ImageStorage" => Some("UseDevelopmentStorage=true".to_owned()),
        "CosmosDb" => Some("AccountEndpoint=http://localhost:8081/;AccountKey=a2V5".to_owned()),
        "DARKROOM_WORKERS" => Some("1".to_owned()),
        _ => None,
    };
    let settings = Settings::from_lookup(lookup)?;
    let presets = presets_file::read(&root.join(&settings.presets))?;
    let wiring = Wiring::check(&root.join("functions"), &presets, &settings, lookup)?;
    let app: Arc<App> = App::new(&settings, presets, &wiring, lookup)?;
    let bytes = photo("jpeg")?;
    Ok(Box::new(move || {
        let original = Original::unannounced("photo.jpg", bytes.len() as u64);
        let record = develop_here(&app, &original, &bytes, |_| ()).record;
        black_box(serde_json::to_vec(&record)?);
        Ok(())
    }))
}
