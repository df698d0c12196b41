//! Colours in a terminal, by the escape sequences for 24-bit colour.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use contract::Swatch;

const RESET: &str = "\x1b[0m";

/// The palette: each colour as a patch with its name and its share of the picture.
pub(super) fn palette(swatches: &[Swatch]) -> String {
    let patches: Vec<_> = swatches
        .iter()
        .filter_map(|swatch| {
            let [red, green, blue] = rgb(&swatch.colour)?;
            let share = swatch.share * 100.0;
            Some(format!(
                "\x1b[48;2;{red};{green};{blue}m    {RESET} {} {share:.0} %",
                swatch.colour
            ))
        })
        .collect();
    patches.join("  ")
}

/// The placeholder picture, with two pixels in each character: the upper one is the colour of a
/// half block, the lower one its background.
pub(super) fn placeholder(thumbhash: &str) -> Option<String> {
    let hash = STANDARD.decode(thumbhash).ok()?;
    let (width, _, rgba) = thumbhash::thumb_hash_to_rgba(&hash).ok()?;
    let (pixels, _) = rgba.as_chunks::<4>();
    let rows: Vec<&[[u8; 4]]> = pixels.chunks(width).collect();
    let lines = rows.chunks(2).map(|pair| {
        let upper = pair[0];
        let lower = pair.get(1).copied().unwrap_or(upper);
        let cells = upper.iter().zip(lower).map(|(above, below)| {
            let ([r, g, b, _], [x, y, z, _]) = (above, below);
            format!("\x1b[38;2;{r};{g};{b}m\x1b[48;2;{x};{y};{z}m▀")
        });
        format!("{}{RESET}\n", cells.collect::<String>())
    });
    Some(lines.collect())
}

/// Parses `#a8c8e4` into its three numbers.
fn rgb(hex: &str) -> Option<[u8; 3]> {
    let number = u32::from_str_radix(hex.strip_prefix('#')?, 16).ok()?;
    let [0, red, green, blue] = number.to_be_bytes() else {
        return None;
    };
    Some([red, green, blue])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_colours() {
        assert_eq!(rgb("#a8c8e4"), Some([0xa8, 0xc8, 0xe4]));
        assert_eq!(rgb("red"), None);
    }

    #[test]
    fn a_broken_placeholder_is_left_out() {
        assert!(placeholder("1QcSHQRnh493V4dIh4eXh1h4kJUI").is_some());
        assert_eq!(placeholder("%"), None);
        assert_eq!(placeholder(""), None);
    }
}
