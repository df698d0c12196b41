//! Limits that are checked before any pixel is decoded.

use std::time::Duration;

use crate::format::Format;
use crate::inspect::Inspection;
use crate::refusal::{Refusal, RefusalCode};

/// Limits on an original. All except the processor time are checked against its header. A value equal to the limit
/// passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Size of the file in bytes. Default 64 MiB.
    pub max_bytes: u64,
    /// Pixels of one frame. Default 100 million.
    pub max_pixels: u64,
    /// Width and height in pixels. Default 16,384.
    pub max_side: u32,
    /// Frames of an animation. Default 900.
    pub max_frames: u32,
    /// Pixels of all frames together. Default 400 million.
    pub max_total_pixels: u64,
    /// Processor time that inspecting and rendering may take together. Default 60 seconds.
    pub max_cpu: Duration,
    /// Whether HEIC is read. It also needs the feature `heic`. Default false.
    pub accept_heic: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_bytes: 64 << 20,
            max_pixels: 100_000_000,
            max_side: 16_384,
            max_frames: 900,
            max_total_pixels: 400_000_000,
            max_cpu: Duration::from_mins(1),
            accept_heic: false,
        }
    }
}

impl Limits {
    /// Refuses a file that is empty or too large, before it is parsed.
    pub(crate) fn check_bytes(&self, original: &[u8]) -> Result<(), Refusal> {
        if original.is_empty() {
            return Err(Refusal::new(RefusalCode::Empty, "The file is empty."));
        }
        let bytes = original.len() as u64;
        if bytes > self.max_bytes {
            return Err(Refusal::new(
                RefusalCode::TooManyBytes,
                format!(
                    "The file has {} bytes, but at most {} are accepted.",
                    grouped(bytes),
                    grouped(self.max_bytes)
                ),
            ));
        }
        Ok(())
    }

    /// Refuses a format that the settings do not allow, or that this build has no decoder for.
    pub(crate) fn check_format(&self, format: Format) -> Result<(), Refusal> {
        if format == Format::Heic && !(self.accept_heic && cfg!(feature = "heic")) {
            return Err(Refusal::unsupported(
                "The file is HEIC, whose codec HEVC is patented, so it is not supported. Convert \
                 it to JPEG. An iPhone takes photos as JPEG if Settings, Camera, Formats is set to \
                 “Most Compatible”.",
            ));
        }
        Ok(())
    }

    /// Refuses an original whose header says that it is too large.
    pub(crate) fn check(&self, inspection: &Inspection<'_>) -> Result<(), Refusal> {
        let (width, height) = (inspection.width, inspection.height);
        let size = format!("{}×{}", grouped(width), grouped(height));
        if width == 0 || height == 0 {
            return Err(Refusal::corrupt(format!(
                "The image states a size of {size} pixels."
            )));
        }
        if width.max(height) > self.max_side {
            return Err(Refusal::new(
                RefusalCode::TooWideOrTall,
                format!(
                    "The image is {size} pixels, but a side may have at most {}.",
                    grouped(self.max_side)
                ),
            ));
        }
        let pixels = u64::from(width) * u64::from(height);
        if pixels > self.max_pixels {
            return Err(Refusal::new(
                RefusalCode::TooManyPixels,
                format!(
                    "The image is {size}, which is {} pixels, but at most {} are accepted.",
                    grouped(pixels),
                    grouped(self.max_pixels)
                ),
            ));
        }
        self.check_frames(pixels, inspection.frames)
    }

    fn check_frames(&self, pixels: u64, frames: u32) -> Result<(), Refusal> {
        if frames > self.max_frames {
            return Err(Refusal::new(
                RefusalCode::TooManyFrames,
                format!(
                    "The animation has {} frames, but at most {} are accepted.",
                    grouped(frames),
                    grouped(self.max_frames)
                ),
            ));
        }
        let total = pixels.saturating_mul(u64::from(frames));
        if total > self.max_total_pixels {
            return Err(Refusal::new(
                RefusalCode::TooManyTotalPixels,
                format!(
                    "The {} frames of the animation have {} pixels together, but at most {} are \
                     accepted.",
                    grouped(frames),
                    grouped(total),
                    grouped(self.max_total_pixels)
                ),
            ));
        }
        Ok(())
    }
}

/// Writes a number with separated thousands.
pub(crate) fn grouped(number: impl Into<u64>) -> String {
    let digits = number.into().to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn numbers_are_grouped_by_thousands() {
        assert_eq!(grouped(0_u32), "0");
        assert_eq!(grouped(999_u32), "999");
        assert_eq!(grouped(1_000_u32), "1,000");
        assert_eq!(grouped(100_000_000_u64), "100,000,000");
    }
}
