//! Optimal Huffman codes of at most 16 bits for the frequencies of symbols (ITU-T T.81, K.2).

/// The longest code in JPEG.
const LONGEST: usize = 16;

/// How often each symbol occurs.
pub(crate) type Counts = [u32; 256];

/// A code for the symbols of a scan.
pub(crate) struct Code {
    /// How many codes there are of each length from 1.
    pub(crate) lengths: [u8; LONGEST],
    /// Symbols in the order of their codes.
    pub(crate) symbols: Vec<u8>,
    /// For each symbol the bits of its code and their number; zero for a symbol that does not occur.
    words: [(u16, u8); 256],
}

impl Code {
    /// The optimal code.
    pub(crate) fn of(counts: &Counts) -> Self {
        let mut symbols: Vec<u8> = (0..=u8::MAX)
            .filter(|symbol| counts[usize::from(*symbol)] > 0)
            .collect();
        // More frequent symbols get shorter codes. The order of equally frequent symbols is fixed, so that the code is
        // the same every time.
        symbols.sort_by_key(|symbol| std::cmp::Reverse(counts[usize::from(*symbol)]));
        let weights: Vec<u64> = symbols
            .iter()
            .map(|symbol| counts[usize::from(*symbol)].into())
            .collect();
        let lengths = limited(lengths(&weights));
        let mut words = [(0, 0); 256];
        let mut left = symbols.iter();
        let mut word = 0_u16;
        for (length, count) in (1..).zip(lengths) {
            for symbol in left.by_ref().take(count.into()) {
                words[usize::from(*symbol)] = (word, length);
                word += 1;
            }
            word <<= 1;
        }
        Self {
            lengths,
            symbols,
            words,
        }
    }

    /// The bits of a symbol's code, and their number.
    pub(crate) fn word(&self, symbol: u8) -> (u16, u8) {
        self.words[usize::from(symbol)]
    }
}

/// How many codes have each length from 0, for weights from the largest to the smallest. One more code of the greatest
/// length is included: that of all ones, which JPEG forbids.
fn lengths(weights: &[u64]) -> Vec<u32> {
    // A forest of trees, each with its weight and the depths of its leaves.
    let mut trees: Vec<(u64, Vec<usize>)> = vec![(0, vec![0])];
    trees.extend(weights.iter().rev().map(|weight| (*weight, vec![0])));
    while trees.len() > 1 {
        let mut joined = trees.remove(0);
        let other = trees.remove(0);
        joined.0 += other.0;
        joined.1.extend(other.1);
        joined.1.iter_mut().for_each(|depth| *depth += 1);
        let place = trees.partition_point(|tree| tree.0 <= joined.0);
        trees.insert(place, joined);
    }
    let mut counts = vec![0; 2 * LONGEST + 1];
    for depth in trees.into_iter().flat_map(|(_, depths)| depths) {
        if depth >= counts.len() {
            counts.resize(depth + 1, 0);
        }
        counts[depth] += 1;
    }
    counts
}

/// Shortens codes that are too long at the cost of shorter ones (T.81, figure K.3), and removes the code of all ones.
fn limited(mut counts: Vec<u32>) -> [u8; LONGEST] {
    for length in (LONGEST + 1..counts.len()).rev() {
        while counts[length] > 0 {
            // Two codes of this length share a prefix. One of them gets the prefix; the other goes below a shorter
            // code.
            let shorter = (1..length - 1).rev().find(|shorter| counts[*shorter] > 0);
            let Some(shorter) = shorter else { break };
            counts[length] -= 2;
            counts[length - 1] += 1;
            counts[shorter + 1] += 2;
            counts[shorter] -= 1;
        }
    }
    if let Some(longest) = counts.iter_mut().rev().find(|count| **count > 0) {
        *longest -= 1;
    }
    let mut lengths = [0; LONGEST];
    for (length, count) in lengths.iter_mut().zip(&counts[1..]) {
        *length = u8::try_from(*count).unwrap_or(u8::MAX);
    }
    lengths
}

#[cfg(test)]
mod tests {
    use super::{Code, Counts};

    fn check(counts: &Counts) -> Code {
        let code = Code::of(counts);
        let used = counts.iter().filter(|count| **count > 0).count();
        assert_eq!(code.symbols.len(), used);
        let total: usize = code.lengths.iter().map(|count| usize::from(*count)).sum();
        assert_eq!(total, used);
        // Room for the code of all ones is left (Kraft's inequality).
        let room: u32 = (1..)
            .zip(code.lengths)
            .map(|(length, count)| u32::from(count) << (16 - length))
            .sum();
        assert!(room < 1 << 16, "{:?}", code.lengths);
        for symbol in &code.symbols {
            let (word, length) = code.word(*symbol);
            assert!((1..=16).contains(&length));
            assert_ne!(u32::from(word) + 1, 1 << length, "{symbol} is ones alone");
        }
        code
    }

    #[test]
    fn the_more_often_the_shorter() {
        let mut counts = [0; 256];
        counts[..4].copy_from_slice(&[10, 1_000, 100, 1]);
        let code = check(&counts);
        assert_eq!(code.symbols, [1, 2, 0, 3]);
        assert_eq!([1, 2, 0, 3].map(|symbol| code.word(symbol).1), [1, 2, 3, 4]);
    }

    #[test]
    fn one_symbol_or_none_has_a_code() {
        assert_eq!(check(&[0; 256]).symbols, [] as [u8; 0]);
        let mut counts = [0; 256];
        counts[7] = 3;
        assert_eq!(check(&counts).word(7), (0, 1));
    }

    #[test]
    fn codes_are_never_longer_than_16_bits() {
        // Fibonacci numbers make the deepest possible tree.
        let mut counts = [0; 256];
        let (mut this, mut next) = (1, 1);
        for count in &mut counts[..40] {
            *count = this;
            (this, next) = (next, this + next);
        }
        check(&counts);
        check(&[1; 256]);
    }
}
