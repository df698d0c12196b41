//! Finds a quality that keeps a file within a size limit.

use crate::refusal::Refusal;

/// The most files that are made for one rendition.
const MOST_TRIES: usize = 6;

/// The file with the highest quality, from `highest` down, that has at most this many bytes, and its quality. If none
/// is small enough, it is the file with the lowest quality that was tried.
///
/// The search tries the middle between the highest quality known to be small enough and the lowest known not to be, so
/// that the same picture gives the same file.
pub(super) fn within(
    most_bytes: usize,
    highest: u8,
    mut encode: impl FnMut(u8) -> Result<Vec<u8>, Refusal>,
) -> Result<(Vec<u8>, u8), Refusal> {
    let mut found = (encode(highest)?, highest);
    if found.0.len() <= most_bytes {
        return Ok(found);
    }
    let (mut small_enough, mut too_large) = (0, highest);
    for _ in 1..MOST_TRIES {
        let quality = u8::midpoint(small_enough, too_large);
        if quality == small_enough {
            break;
        }
        let file = encode(quality)?;
        if file.len() <= most_bytes {
            small_enough = quality;
            found = (file, quality);
        } else {
            too_large = quality;
            if small_enough == 0 {
                found = (file, quality);
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::{MOST_TRIES, within};

    /// The result for files that have a hundred bytes for each step of quality, and the qualities that were tried.
    fn found(most_bytes: usize, highest: u8) -> (usize, u8, Vec<u8>) {
        let mut tried = Vec::new();
        let encode = |quality: u8| {
            tried.push(quality);
            Ok(vec![0; usize::from(quality) * 100])
        };
        let (file, quality) = within(most_bytes, highest, encode).expect("all can be encoded");
        (file.len(), quality, tried)
    }

    #[test]
    fn what_is_small_enough_is_made_once() {
        assert_eq!(found(8000, 80), (8000, 80, vec![80]));
    }

    #[test]
    fn the_search_is_bounded_and_near_the_bound() {
        assert_eq!(found(7999, 80), (7700, 77, vec![80, 40, 60, 70, 75, 77]));
        for most_bytes in (300..8000).step_by(100) {
            let (bytes, quality, tried) = found(most_bytes, 80);
            assert!(tried.len() <= MOST_TRIES);
            assert!(
                bytes <= most_bytes && bytes + 300 >= most_bytes,
                "{bytes} of {most_bytes}"
            );
            assert_eq!(bytes, usize::from(quality) * 100);
        }
    }

    #[test]
    fn where_nothing_is_small_enough_the_lowest_tried_is_taken() {
        assert_eq!(found(10, 80), (200, 2, vec![80, 40, 20, 10, 5, 2]));
        assert_eq!(found(10, 1), (100, 1, vec![1]));
        assert_eq!(found(10, 3), (100, 1, vec![3, 1]));
    }
}
