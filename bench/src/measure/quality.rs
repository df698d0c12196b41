//! Measures bytes, and how close renditions are to the original.

use anyhow::{Context, Result, ensure};
use imaging::{Fit, Presets};

use super::reference::{Quality, Reference};
use crate::{
    goal::Goal,
    invocation::{self, Answer},
    originals::Original,
    report::{Section, Table},
    versus::Versus,
};

/// Takes every rendition of every original from both sides and compares it with the same reference.
pub(crate) async fn measure(
    versus: &Versus,
    originals: &[Original],
    presets: &Presets,
) -> Result<Section> {
    let mut table = Table::new(&[
        "original",
        "rendition",
        "size",
        "Darkroom, bytes",
        "sharp, bytes",
        "ratio",
        "Darkroom, SSIMULACRA2",
        "sharp, SSIMULACRA2",
    ]);
    let mut all = [Vec::new(), Vec::new()];
    let mut uncropped = [Vec::new(), Vec::new()];
    for original in originals {
        let Some(reference) = Reference::of(original)? else {
            continue;
        };
        let ours = renditions(versus, 0, original).await?;
        let theirs = renditions(versus, 1, original).await?;
        for preset in presets.iter() {
            let (ours, size) = reference.judge(find(&ours, &preset.name)?, preset.fit)?;
            let (theirs, _) = reference.judge(find(&theirs, &preset.name)?, preset.fit)?;
            table.add(&[
                &original.name,
                &preset.name,
                &size,
                &ours.bytes,
                &theirs.bytes,
                &format!("{:.2}", ratio(ours.bytes, theirs.bytes)),
                &format!("{:.2}", ours.score),
                &format!("{:.2}", theirs.score),
            ]);
            if preset.fit == Fit::Contain {
                uncropped[0].push(ours);
                uncropped[1].push(theirs);
            }
            all[0].push(ours);
            all[1].push(theirs);
        }
        crate::progress(&format!("{}: quality compared", original.name));
    }
    ensure!(
        !all[0].is_empty(),
        "no original can be compared: all have colour profiles"
    );
    for (name, sides) in [("**uncropped**", &uncropped), ("**all**", &all)] {
        let [ours, theirs] = sides.each_ref().map(|side| overall(side));
        table.add(&[
            &name,
            &"",
            &"",
            &ours.bytes,
            &theirs.bytes,
            &format!("**{:.3}**", ratio(ours.bytes, theirs.bytes)),
            &format!("**{:.2}**", ours.score),
            &format!("**{:.2}**", theirs.score),
        ]);
    }
    let [ours, theirs] = all.map(|side| overall(&side));
    let [our_uncropped, their_uncropped] = uncropped.map(|side| overall(&side));
    let markdown = format!(
        "### Bytes and quality\n\nSSIMULACRA2 of each rendition against the same reference: the \
         original, decoded in full by libjpeg-turbo, turned upright and resized with Lanczos3 from \
         its full size on 16-bit sRGB samples, never compressed. Higher is better. The reference \
         of a crop is cropped exactly at the middle. sharp crops at whole pixels, up to half a \
         pixel beside it, which the score punishes although the eye hardly sees it, so compare the \
         uncropped renditions.\n\n{table}"
    );
    let goals = vec![
        Goal::at_most(
            "Output bytes against sharp's",
            ratio(ours.bytes, theirs.bytes),
            1.05,
            "×",
            3,
        ),
        Goal::at_least(
            "Mean SSIMULACRA2 beside sharp's",
            ours.score,
            theirs.score,
            "",
            2,
        ),
        Goal::at_least(
            "The same without crops",
            our_uncropped.score,
            their_uncropped.score,
            "",
            2,
        ),
    ];
    Ok(Section { markdown, goals })
}

/// The sum of bytes, and the mean score.
fn overall(side: &[Quality]) -> Quality {
    #[expect(clippy::cast_precision_loss, reason = "there are some dozens")]
    let count = side.len() as f64;
    Quality {
        bytes: side.iter().map(|quality| quality.bytes).sum(),
        score: side.iter().map(|quality| quality.score).sum::<f64>() / count,
    }
}

fn ratio(ours: usize, theirs: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "some megabytes at most")]
    let (ours, theirs) = (ours as f64, theirs as f64);
    ours / theirs
}

async fn renditions(
    versus: &Versus,
    side: usize,
    original: &Original,
) -> Result<Vec<(String, Vec<u8>)>> {
    let handler = versus.contender(side).start().await?;
    let answer = handler.invoke(&invocation::inline(&original.jpeg)).await?;
    handler.stop().await?;
    let answer = Answer::parse(&answer)?;
    ensure!(
        answer.status == "processed",
        "{}: {}",
        original.name,
        answer.reason
    );
    Ok(answer.renditions)
}

fn find<'a>(renditions: &'a [(String, Vec<u8>)], preset: &str) -> Result<&'a [u8]> {
    let found = renditions.iter().find(|(name, _)| name == preset);
    Ok(&found
        .with_context(|| format!("there is no rendition {preset}"))?
        .1)
}
