//! Turns pictures in their final size into the files of renditions.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::Rendition;
use super::ladder::Rung;
use crate::budget::{Account, Meter};
use crate::encode::encode;
use crate::gain_map::{self, Map};
use crate::metadata::Carried;
use crate::presets::{Hdr, Preset};
use crate::refusal::Refusal;
use crate::resize::Scaler;
use crate::warnings::Warnings;

/// What the encoding of all renditions shares.
#[derive(Clone, Copy)]
pub(super) struct Shared<'a> {
    pub(super) drawn: bool,
    pub(super) carried: &'a Carried,
    pub(super) map: Option<&'a Map>,
    pub(super) displayed: (u32, u32),
}

/// A rendition, and the gain map that belongs to it.
pub(super) struct Made {
    pub(super) rendition: Rendition,
    pub(super) map: Option<Vec<u8>>,
}

/// Encodes every rung, in parallel if there are threads for it. The most expensive ones come first, so that no thread
/// gets a large one at the end.
pub(super) fn encode_all(
    rungs: &[Rung<'_>],
    shared: Shared<'_>,
    threads: usize,
    account: &Account,
) -> Result<Vec<Made>, Refusal> {
    let workers = threads.min(rungs.len());
    if workers <= 1 {
        let meter = account.meter();
        return rungs
            .iter()
            .map(|rung| encode_rung(rung, shared, threads > 1, &meter))
            .collect();
    }
    let next = AtomicUsize::new(0);
    let work = || {
        let meter = account.meter();
        let mut done = Vec::new();
        while let Some(rung) = rungs.get(next.fetch_add(1, Ordering::Relaxed)) {
            done.push(encode_rung(rung, shared, false, &meter));
        }
        done
    };
    let results = thread::scope(|scope| {
        let helpers: Vec<_> = (1..workers).map(|_| scope.spawn(work)).collect();
        let mut results = work();
        for helper in helpers {
            match helper.join() {
                Ok(done) => results.extend(done),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        results
    });
    results.into_iter().collect()
}

fn encode_rung(
    rung: &Rung<'_>,
    shared: Shared<'_>,
    threads: bool,
    meter: &Meter<'_>,
) -> Result<Made, Refusal> {
    meter.check()?;
    let preset = rung.target.preset;
    let map = shared
        .map
        .filter(|_| preset.hdr == Hdr::Keep)
        .map(|map| {
            let mut scaler = Scaler::default();
            map.to_jpeg(&rung.target, rung.shown, shared.displayed, &mut scaler)
        })
        .transpose()?;
    let reserved = shared.carried.most_bytes(preset.metadata)
        + map
            .as_ref()
            .map_or(0, |map| map.len() + gain_map::MOST_FRAMING);
    let encoded = encode(
        &rung.picture,
        preset,
        shared.drawn,
        reserved,
        threads,
        meter,
    );
    // An encoder that was stopped does not say why.
    meter.check()?;
    let encoded = encoded?;
    let (width, height) = rung.picture.size();
    let rendition = Rendition {
        preset: preset.name.clone(),
        width,
        height,
        format: preset.format.format(),
        bytes: encoded.bytes,
        quality: encoded.quality,
        focus: rung.focus,
    };
    Ok(Made { rendition, map })
}

/// Adds metadata and gain maps to the files, and puts the renditions into the order of their presets.
pub(super) fn complete(
    made: Vec<Made>,
    presets: &[&Preset],
    shared: Shared<'_>,
    warnings: &mut Warnings,
) -> Vec<Rendition> {
    let place = |name: &str| presets.iter().position(|preset| preset.name == name);
    let mut renditions: Vec<_> = made
        .into_iter()
        .map(|Made { mut rendition, map }| {
            if let Some(preset) = place(&rendition.preset).and_then(|place| presets.get(place)) {
                let carried = shared.carried;
                carried.attach(&mut rendition, preset.metadata, warnings);
                if let Some((map, file)) = shared.map.zip(map) {
                    attach_map(&mut rendition, map, &file, warnings);
                }
                check_length(&rendition, preset, warnings);
            }
            rendition
        })
        .collect();
    renditions.sort_by_key(|rendition| place(&rendition.preset));
    renditions
}

fn attach_map(rendition: &mut Rendition, map: &Map, file: &[u8], warnings: &mut Warnings) {
    match gain_map::attach(&rendition.bytes, file, &map.description) {
        Some(bytes) => rendition.bytes = bytes,
        None => warnings.push(
            "gain-map-not-kept",
            format!(
                "The rendition {} has no room for the gain map beside its other metadata.",
                rendition.preset
            ),
        ),
    }
}

/// Warns about a rendition that could not be made small enough.
fn check_length(rendition: &Rendition, preset: &Preset, warnings: &mut Warnings) {
    let bytes = rendition.bytes.len() as u64;
    if let Some(most) = preset.max_bytes.filter(|most| bytes > *most) {
        warnings.push(
            "max-bytes-exceeded",
            format!(
                "The rendition {} has {bytes} bytes at the lowest quality that was tried, more than {most}.",
                rendition.preset
            ),
        );
    }
}
