//! What it costs to process images, at Azure's list prices.

use crate::Milliseconds;

/// The price of a second of processor time on Flex Consumption, in US dollars; docs/scale.md has the arithmetic.
const DOLLARS_A_CPU_SECOND: f64 = 19.0 / 0.35 / 1e6;
/// The price of a write to Blob Storage, in US dollars.
const DOLLARS_A_WRITE: f64 = 0.065 / 10_000.0;
/// Writes for each image besides those of its renditions: the mark of the attempt and its removal, and three states of
/// the queue message.
const OTHER_WRITES: f64 = 5.0;

/// The price in US dollars of processor time, and of the writes of images and their renditions. What it costs to store
/// them is not included.
#[must_use]
pub fn dollars(cpu_seconds: f64, images: u64, renditions: u64) -> f64 {
    cpu_seconds * DOLLARS_A_CPU_SECOND
        + (renditions as f64 + OTHER_WRITES * images as f64) * DOLLARS_A_WRITE
}

impl Milliseconds {
    /// Milliseconds of the stages whose work does not depend on the presets.
    #[must_use]
    pub fn reading(&self) -> f64 {
        sum([self.inspect, self.decode, self.colour, self.metadata])
    }

    /// Milliseconds of the stages whose work grows with the pixels of the renditions.
    #[must_use]
    pub fn writing(&self) -> f64 {
        sum([self.resize, self.encode])
    }

    /// An estimate of the processor time in seconds: the time of all stages that compute, without those that wait.
    #[must_use]
    pub fn cpu_seconds(&self) -> f64 {
        (self.reading() + self.writing()) / 1e3
    }
}

fn sum<const N: usize>(stages: [Option<f64>; N]) -> f64 {
    stages.into_iter().flatten().sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_that_wait_cost_no_processor_time() {
        let milliseconds = Milliseconds {
            wait: Some(1e6),
            read: Some(1e6),
            inspect: Some(1.0),
            decode: Some(20.0),
            encode: Some(300.0),
            deliver: Some(1e6),
            total: Some(4e6),
            ..Milliseconds::default()
        };
        assert!((milliseconds.cpu_seconds() - 0.321).abs() < 1e-9);
    }

    #[test]
    fn a_million_images_of_a_third_of_a_second_cost_what_the_documentation_says() {
        // 19 dollars of processor time, and nine writes each.
        let dollars = dollars(0.35e6, 1_000_000, 4_000_000);
        assert!((dollars - (19.0 + 58.5)).abs() < 1e-6, "{dollars}");
    }
}
