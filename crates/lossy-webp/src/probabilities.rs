//! The best probabilities for the tokens of a picture, and the part of them that goes into the header (RFC 6386,
//! section 13.4).

use crate::bool_encoder::BoolEncoder;
use crate::cost::cost;
use crate::tables::coefficients::{
    BANDS, BRANCHES, CONTEXTS, DEFAULT, PLANES, Probabilities, UNCHANGED,
};
use crate::tokens::{CLASSES, Counts, END, may_end};

/// How often a branch was taken one way and the other.
type Branch = [u32; 2];

/// Probabilities that are worth storing, and the default ones elsewhere.
pub(crate) fn best(counts: &Counts) -> Box<Probabilities> {
    let mut probabilities = Box::new(DEFAULT);
    let contexts = probabilities.as_flattened_mut().as_flattened_mut();
    let unchanged = UNCHANGED.as_flattened().as_flattened();
    for (context, (probabilities, unchanged)) in contexts.iter_mut().zip(unchanged).enumerate() {
        let branches = branches(&counts[context], may_end(context));
        for ((probability, unchanged), branch) in
            probabilities.iter_mut().zip(unchanged).zip(branches)
        {
            let better = probability_of(branch);
            let price = |probability| {
                u64::from(branch[0]) * u64::from(cost(false, probability))
                    + u64::from(branch[1]) * u64::from(cost(true, probability))
            };
            let told = 8 * 256 + u64::from(cost(true, *unchanged));
            if price(better) + told < price(*probability) + u64::from(cost(false, *unchanged)) {
                *probability = better;
            }
        }
    }
    probabilities
}

/// Writes which probabilities differ from the default ones.
pub(crate) fn write(probabilities: &Probabilities, encoder: &mut BoolEncoder) {
    let flat = |probabilities: &Probabilities| {
        let flat: [[u8; BRANCHES]; PLANES * BANDS * CONTEXTS] =
            std::array::from_fn(|context| probabilities.as_flattened().as_flattened()[context]);
        flat.into_iter().flatten()
    };
    let flags = flat(&DEFAULT).zip(flat(&UNCHANGED));
    for (probability, (default, unchanged)) in flat(probabilities).zip(flags) {
        encoder.put(probability != default, unchanged);
        if probability != default {
            encoder.put_bits(probability.into(), 8);
        }
    }
}

/// The probability in 256 that the first way is taken.
pub(crate) fn probability_of(branch: Branch) -> u8 {
    let total = u64::from(branch[0]) + u64::from(branch[1]);
    let taken = (255 * u64::from(branch[1])).checked_div(total).unwrap_or(0);
    u8::try_from(255 - taken).unwrap_or(1).max(1)
}

/// How often each branch of the tree of tokens was taken.
fn branches(classes: &[u32; CLASSES], may_end: bool) -> [Branch; BRANCHES] {
    let sum = |range: std::ops::RangeInclusive<usize>| classes[range].iter().sum::<u32>();
    [
        if may_end {
            [classes[END], sum(0..=10)]
        } else {
            [0, 0]
        },
        [classes[0], sum(1..=10)],
        [classes[1], sum(2..=10)],
        [sum(2..=4), sum(5..=10)],
        [classes[2], sum(3..=4)],
        [classes[3], classes[4]],
        [sum(5..=6), sum(7..=10)],
        [classes[5], classes[6]],
        [sum(7..=8), sum(9..=10)],
        [classes[7], classes[8]],
        [classes[9], classes[10]],
    ]
}
