//! JPEG in, JPEG out, compared with the minimum work of any program: decoding the original once.

use std::{path::Path, time::Duration};

use anyhow::Result;
use imaging::{Limits, Preset, RenderOptions};
use rustix::time::{ClockId, clock_gettime};
use turbojpeg::{Decompressor, Image, PixelFormat};

use super::load::{self, Load};
use crate::{
    contender::Contender,
    goal::Goal,
    invocation,
    originals::Original,
    report::{Section, Table},
    script_root::ScriptRoot,
    statistics::{Spread, milliseconds},
    stores::Stores,
};

/// Measures the imaging core in this process and the handler as a process, with only JPEG
/// renditions, `times` times each.
pub(crate) async fn measure(
    repository: &Path,
    handler: &Path,
    stores: &Stores,
    originals: &[Original],
    times: usize,
) -> Result<Section> {
    let root = ScriptRoot::jpeg_only(repository, handler)?;
    let presets: Vec<_> = root.presets.iter().collect();
    let baseline: Vec<_> = presets.iter().copied().map(in_one_pass).collect();
    let baseline: Vec<_> = baseline.iter().collect();
    let contender = Contender::darkroom(root.path(), stores);
    let mut table = Table::new(&[
        "original",
        "bare decode, CPU ms",
        "imaging core, CPU ms",
        "core over decode",
        "core, baseline JPEG",
        "over decode",
        "whole handler, CPU ms",
        "handler over decode",
    ]);
    let mut goals = Vec::new();
    for original in originals {
        let mut decoder = BareDecoder::new(&original.jpeg)?;
        let mut rounds = Vec::new();
        for _ in 0..times {
            let decode = thread_time(|| decoder.decode())?;
            let core = thread_time(|| render(&original.jpeg, &presets))?;
            let quick = thread_time(|| render(&original.jpeg, &baseline))?;
            rounds.push([decode, core, quick]);
        }
        let column = |column: usize| Spread::of(rounds.iter().map(|round| round[column]));
        let over = |column: usize| Spread::of(rounds.iter().map(|round| round[column] / round[0]));
        let [decode, core, quick] = [0, 1, 2].map(column);
        let [ratio, quick_ratio] = [1, 2].map(over);
        let load = Load {
            at_once: 1,
            images: times,
        };
        let body = invocation::inline(&original.jpeg);
        let whole = load::run(&contender, &body, presets.len(), load)
            .await?
            .cpu_ms;
        crate::progress(&format!(
            "{}, JPEG only: core {ratio:.2} of a bare decode",
            original.name
        ));
        table.add(&[
            &original.name,
            &format!("{decode:.1}"),
            &format!("{core:.1}"),
            &format!("{ratio:.2}"),
            &format!("{quick:.1}"),
            &format!("{quick_ratio:.2}"),
            &format!("{whole:.1}"),
            &format!("{:.2}", whole / decode.median),
        ]);
        for (kind, ratio) in [("JPEG", ratio), ("Baseline-JPEG", quick_ratio)] {
            let text = format!(
                "{kind}-only CPU against a bare full decode, {}",
                original.name
            );
            goals.push(Goal::at_most(
                &text,
                ratio.median,
                allowed(original),
                "×",
                2,
            ));
        }
    }
    let markdown = format!(
        "### JPEG to JPEG\n\nThe default presets with every rendition as a JPEG, compared with \
         libjpeg-turbo decoding the same file in full to RGB, into memory that is allocated once. \
         The presets' JPEGs are progressive with optimised Huffman tables; baseline JPEGs (effort \
         0), which libjpeg-turbo writes in one pass, show what that costs. Both run alternately in \
         one thread, {times} times. The whole handler also reads JSON and base64, hashes, and \
         describes the image.\n\n{table}"
    );
    Ok(Section { markdown, goals })
}

/// The ratio that is the goal. The larger the original is, the more scaled decoding saves. Below 8
/// megapixels there is little to save, and the encoders' work stays the same.
fn allowed(original: &Original) -> f64 {
    match original.megapixels() {
        megapixels if megapixels < 9.0 => 3.0,
        megapixels if megapixels < 18.0 => 1.1,
        _ => 0.8,
    }
}

/// The preset, changed to JPEGs that are written in one pass.
fn in_one_pass(preset: &Preset) -> Preset {
    Preset {
        effort: 0,
        ..preset.clone()
    }
}

fn render(original: &[u8], presets: &[&Preset]) -> Result<()> {
    let inspection = imaging::inspect(original, &Limits::default())?;
    imaging::render(original, &inspection, presets, &RenderOptions::default())?;
    Ok(())
}

/// libjpeg-turbo alone.
struct BareDecoder<'a> {
    decompressor: Decompressor,
    jpeg: &'a [u8],
    image: Image<Vec<u8>>,
}

impl<'a> BareDecoder<'a> {
    fn new(jpeg: &'a [u8]) -> Result<Self> {
        let mut decompressor = Decompressor::new()?;
        let header = decompressor.read_header(jpeg)?;
        let format = PixelFormat::RGB;
        let pitch = header.width * format.size();
        let image = Image {
            pixels: vec![0; pitch * header.height],
            width: header.width,
            pitch,
            height: header.height,
            format,
        };
        let mut decoder = Self {
            decompressor,
            jpeg,
            image,
        };
        // One decode before the measurement, which also touches all of the memory.
        decoder.decode()?;
        Ok(decoder)
    }

    fn decode(&mut self) -> Result<()> {
        self.decompressor.read_header(self.jpeg)?;
        Ok(self
            .decompressor
            .decompress(self.jpeg, self.image.as_deref_mut())?)
    }
}

/// The processor time of this thread for `work`, in milliseconds.
fn thread_time(work: impl FnOnce() -> Result<()>) -> Result<f64> {
    let now = || Duration::try_from(clock_gettime(ClockId::ThreadCPUTime));
    let started = now()?;
    work()?;
    Ok(milliseconds(now()?.saturating_sub(started)))
}
