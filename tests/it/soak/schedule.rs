//! Makes the steps for each image from a seed.

use std::time::Duration;

use crate::support::images;

/// The name that the seed made, and the steps for it.
pub(super) struct Story {
    pub(super) name: String,
    pub(super) steps: Vec<Step>,
}

/// A step for an image, and its delay after the step before.
pub(super) struct Step {
    pub(super) pause: Duration,
    pub(super) act: Act,
}

/// A kind of step.
#[derive(Clone, Copy, Debug)]
pub(super) enum Act {
    /// The image is uploaded, for the first time or again.
    Upload(Picture),
    /// The image is deleted as the web application does it: original, tombstone, renditions.
    Delete,
    /// Another tool deletes its original and nothing else.
    DeleteOriginal,
    /// Event Grid delivers one of its events again.
    Redeliver,
}

/// A file to upload.
#[derive(Clone, Copy, Debug)]
pub(super) struct Picture {
    pub(super) kind: Kind,
    width: u32,
    height: u32,
    /// A number that no other file has.
    number: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Jpeg,
    Png,
    Bmp,
    /// A JPEG without its second half.
    Cut,
    Text,
}

/// Seeded random numbers: SplitMix64, <https://prng.di.unimi.it/splitmix64.c>.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut number = self.0;
        number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        number ^ (number >> 31)
    }

    /// A number from `least` to `most`, both inclusive.
    pub(super) fn between(&mut self, least: u32, most: u32) -> u32 {
        let span = u64::from(most - least) + 1;
        least + u32::try_from(self.next() % span).expect("it is less than the span")
    }

    pub(super) fn milliseconds(&mut self, least: u32, most: u32) -> Duration {
        Duration::from_millis(self.between(least, most).into())
    }

    /// A fraction from 0 to `most`.
    pub(super) fn part(&mut self, most: f64) -> f64 {
        f64::from(self.between(0, 1000)) / 1000.0 * most
    }
}

/// As many steps as `events`, grouped into stories of images.
pub(super) fn stories(seed: u64, events: usize) -> Vec<Story> {
    let mut dice = Dice::new(seed);
    let (mut stories, mut left, mut pictures) = (Vec::new(), events, 0);
    while left > 0 {
        let length = match dice.between(0, 99) {
            0..40 => 1,
            40..75 => dice.between(2, 3),
            _ => dice.between(4, 7),
        };
        let length = left.min(length as usize);
        left -= length;
        let mut steps = Vec::with_capacity(length);
        let mut is_there = false;
        for _ in 0..length {
            let act = next_act(&mut dice, is_there, steps.is_empty(), &mut pictures);
            is_there = match act {
                Act::Upload(_) => true,
                Act::Delete | Act::DeleteOriginal => false,
                Act::Redeliver => is_there,
            };
            steps.push(Step {
                pause: pause_before(&mut dice, act),
                act,
            });
        }
        stories.push(Story {
            name: name(&mut dice, stories.len()),
            steps,
        });
    }
    stories
}

fn next_act(dice: &mut Dice, is_there: bool, is_first: bool, pictures: &mut u32) -> Act {
    let throw = dice.between(0, 99);
    let upload = match (is_first, is_there) {
        (true, _) => 100,
        (false, true) => 45,
        (false, false) => 55,
    };
    if throw < upload {
        *pictures += 1;
        return Act::Upload(Picture::new(dice, *pictures));
    }
    match throw {
        _ if !is_there => Act::Redeliver,
        45..68 => Act::Delete,
        68..78 => Act::DeleteOriginal,
        _ => Act::Redeliver,
    }
}

/// Most steps follow each other faster than an image is processed; an event may come very late.
fn pause_before(dice: &mut Dice, act: Act) -> Duration {
    match act {
        Act::Redeliver if dice.between(0, 2) == 0 => dice.milliseconds(1_000, 5_000),
        _ if dice.between(0, 9) == 0 => dice.milliseconds(250, 2_000),
        _ => dice.milliseconds(20, 250),
    }
}

fn name(dice: &mut Dice, number: usize) -> String {
    match dice.between(0, 9) {
        0 => format!("folder {number}/übung #{number}.jpg"),
        1 => format!("a/b/{number}"),
        _ => format!("{number}.jpg"),
    }
}

impl Picture {
    fn new(dice: &mut Dice, number: u32) -> Self {
        let kind = match dice.between(0, 99) {
            0..55 => Kind::Jpeg,
            55..75 => Kind::Png,
            75..85 => Kind::Bmp,
            85..90 => Kind::Cut,
            _ => Kind::Text,
        };
        let longest = if dice.between(0, 19) == 0 { 900 } else { 120 };
        Self {
            kind,
            width: dice.between(16, longest),
            height: dice.between(16, longest),
            number,
        }
    }

    /// The code of the rejection, or nothing if renditions can be made.
    pub(super) fn refusal(self) -> Option<&'static str> {
        match self.kind {
            Kind::Text => Some("not-an-image"),
            Kind::Cut => Some("corrupt"),
            Kind::Jpeg | Kind::Png | Kind::Bmp => None,
        }
    }

    pub(super) fn bytes(self) -> Vec<u8> {
        let Self {
            kind,
            width,
            height,
            number,
        } = self;
        let pixels = || {
            let mut pixels = images::pixels(width, height, 0);
            pixels[..4].copy_from_slice(&number.to_le_bytes());
            pixels
        };
        let jpeg = || {
            let jpeg = images::jpeg(width, height, number.to_le_bytes()[0]);
            images::with_comment(&jpeg, &number.to_string())
        };
        match kind {
            Kind::Jpeg => jpeg(),
            Kind::Png => images::png_of(&pixels(), width, height),
            Kind::Bmp => images::bmp_of(&pixels(), width, height),
            Kind::Cut => {
                let mut cut = jpeg();
                cut.truncate(cut.len() - 40);
                cut
            }
            Kind::Text => format!("text number {number}, which is no image").into_bytes(),
        }
    }
}

#[test]
fn a_seed_always_makes_the_same_stories() {
    let tell = |seed| -> Vec<String> {
        let stories = stories(seed, 500);
        let told = stories.iter().flat_map(|story| {
            story
                .steps
                .iter()
                .map(|step| format!("{} {:?} {:?}", story.name, step.pause, step.act))
        });
        told.collect()
    };
    assert_eq!(tell(1), tell(1));
    assert_eq!(tell(1).len(), 500);
    assert_ne!(tell(1), tell(2));
}
