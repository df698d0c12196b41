//! What people wrote, from an IPTC-IIM block (Information Interchange Model 4.2).
//!
//! The block is a run of datasets: `0x1C`, record, number, length, value. Those of record 2 describe the picture;
//! dataset 1:90 names the character set.

use contract::Warning;

use crate::{Facts, date_time, text::decode_undeclared};

const MARKER: u8 = 0x1C;

/// The most bytes of a block that are read. The Photoshop resource around it holds at most 65,533 in a JPEG.
pub const MAX_BYTES: usize = 1 << 20;

/// The most datasets that are read, keywords included.
const MAX_DATASETS: usize = 10_000;

/// The ISO 2022 escape sequence for UTF-8, as the value of dataset 1:90.
const UTF_8: &[u8] = b"\x1b%G";

/// The facts in an IPTC-IIM block.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    /// What people wrote into the block.
    pub facts: Facts,
    /// When the picture was taken, in the record's format.
    pub taken_at: Option<String>,
    /// Warnings from reading it.
    pub warnings: Vec<Warning>,
}

/// Reads an IPTC-IIM block. Facts before an error in it are kept.
#[must_use]
pub fn read(block: &[u8]) -> Reading {
    if block.len() > MAX_BYTES {
        let message = format!(
            "The IPTC block has {} bytes, over the limit of {MAX_BYTES}, so it was not read.",
            block.len()
        );
        return Reading {
            warnings: vec![Warning::new("iptc-too-large", message)],
            ..Reading::default()
        };
    }
    let mut datasets = Datasets {
        rest: block,
        broken: false,
    };
    let all: Vec<Dataset<'_>> = datasets.by_ref().take(MAX_DATASETS).collect();
    let (facts, taken_at) = (facts(&all), taken_at(&all));
    let implausible = taken_at.is_err().then(|| {
        let message = "IPTC's date of creation is not a date, so it was left out.";
        Warning::new("iptc-implausible", message)
    });
    let broken = datasets.broken.then(|| {
        let at = block.len() - datasets.rest.len();
        Warning::new(
            "iptc-broken",
            format!("The IPTC block is broken at byte {at} of {}.", block.len()),
        )
    });
    Reading {
        facts,
        taken_at: taken_at.unwrap_or_default(),
        warnings: broken.into_iter().chain(implausible).collect(),
    }
}

fn facts(datasets: &[Dataset<'_>]) -> Facts {
    let declared_utf_8 = datasets
        .iter()
        .any(|set| (set.record, set.number) == (1, 90) && set.value == UTF_8);
    let decode = |value| {
        if declared_utf_8 {
            String::from_utf8_lossy(value)
        } else {
            decode_undeclared(value)
        }
        .trim()
        .to_owned()
    };
    let values = |number: u8| {
        datasets
            .iter()
            .filter(move |set| (set.record, set.number) == (2, number))
            .map(|set| decode(set.value))
            .filter(|text| !text.is_empty())
    };
    Facts {
        title: values(5).next(),
        description: values(120).next(),
        keywords: values(25).collect(),
        creators: values(80).collect(),
        copyright: values(116).next(),
        rating: None,
    }
}

/// Date and time of creation, which are digits in every character set.
fn taken_at(datasets: &[Dataset<'_>]) -> Result<Option<String>, date_time::NoDate> {
    let value = |number: u8| {
        let set = datasets
            .iter()
            .find(|set| (set.record, set.number) == (2, number))?;
        str::from_utf8(set.value).ok()
    };
    match value(55).filter(|date| !date.trim_matches(['0', ' ', ':', '-']).is_empty()) {
        Some(date) => date_time::from_iptc(date, value(60)),
        None => Ok(None),
    }
}

struct Dataset<'a> {
    record: u8,
    number: u8,
    value: &'a [u8],
}

/// The datasets of a block, up to its end or its first error.
struct Datasets<'a> {
    rest: &'a [u8],
    broken: bool,
}

impl<'a> Iterator for Datasets<'a> {
    type Item = Dataset<'a>;

    fn next(&mut self) -> Option<Dataset<'a>> {
        // A block may be padded with zeros to an even length, or to whole words in a TIFF file.
        if self.broken || self.rest.iter().take(4).all(|&byte| byte == 0) {
            return None;
        }
        let Some((dataset, rest)) = split_dataset(self.rest) else {
            self.broken = true;
            return None;
        };
        self.rest = rest;
        Some(dataset)
    }
}

fn split_dataset(block: &[u8]) -> Option<(Dataset<'_>, &[u8])> {
    let (&[marker, record, number, high, low], rest) = block.split_first_chunk()?;
    if marker != MARKER {
        return None;
    }
    let length = u16::from_be_bytes([high, low]);
    let (length, rest) = if length & 0x8000 == 0 {
        (usize::from(length), rest)
    } else {
        // An extended dataset: the rest of the field is the size of the length in bytes.
        let (digits, rest) = rest.split_at_checked(usize::from(length & 0x7FFF))?;
        (big_endian(digits)?, rest)
    };
    let (value, rest) = rest.split_at_checked(length)?;
    Some((
        Dataset {
            record,
            number,
            value,
        },
        rest,
    ))
}

fn big_endian(digits: &[u8]) -> Option<usize> {
    digits.iter().try_fold(0_usize, |sum, &digit| {
        sum.checked_mul(256)?.checked_add(usize::from(digit))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dataset(record: u8, number: u8, value: &[u8]) -> Vec<u8> {
        let length = u16::try_from(value.len())
            .expect("a short value")
            .to_be_bytes();
        [&[MARKER, record, number], length.as_slice(), value].concat()
    }

    #[test]
    fn reads_every_fact() {
        let block = [
            dataset(1, 90, UTF_8),
            dataset(2, 0, &[0, 2]),
            dataset(2, 5, "Café".as_bytes()),
            dataset(2, 25, b"sea"),
            dataset(2, 55, b"20240501"),
            dataset(2, 60, b"101112+0200"),
            dataset(2, 25, b"sky"),
            dataset(2, 80, b"Ana"),
            dataset(2, 116, "© Ana".as_bytes()),
            dataset(2, 120, b"At noon. "),
        ]
        .concat();
        let Reading {
            facts,
            taken_at,
            warnings,
        } = read(&block);
        assert_eq!(warnings, []);
        assert_eq!(
            taken_at.as_deref(),
            Some("2024-05-01T10:11:12.000000000+02:00")
        );
        assert_eq!(
            facts,
            Facts {
                title: Some("Café".to_owned()),
                description: Some("At noon.".to_owned()),
                keywords: vec!["sea".to_owned(), "sky".to_owned()],
                creators: vec!["Ana".to_owned()],
                copyright: Some("© Ana".to_owned()),
                rating: None,
            }
        );
    }

    #[test]
    fn characters_are_those_declared_or_else_likely() {
        let title = |block: Vec<Vec<u8>>| read(&block.concat()).facts.title;
        assert_eq!(
            title(vec![dataset(2, 5, b"caf\xe9")]).as_deref(),
            Some("café")
        );
        assert_eq!(
            title(vec![dataset(2, 5, "café".as_bytes())]).as_deref(),
            Some("café")
        );
        let declared = vec![dataset(1, 90, UTF_8), dataset(2, 5, b"caf\xe9")];
        assert_eq!(title(declared).as_deref(), Some("caf\u{fffd}"));
    }

    #[test]
    fn reads_extended_lengths_and_padding() {
        let mut block = vec![MARKER, 2, 5, 0x80, 4, 0, 0, 0, 3];
        block.extend(b"abc\0\0\0");
        let reading = read(&block);
        assert_eq!(reading.facts.title.as_deref(), Some("abc"));
        assert_eq!(reading.warnings, []);
    }

    #[test]
    fn a_date_that_cannot_be_is_a_warning_and_a_blank_one_is_none() {
        let reading = read(&dataset(2, 55, b"20240230"));
        assert_eq!(reading.taken_at, None);
        assert_eq!(reading.warnings[0].code, "iptc-implausible");
        assert_eq!(read(&dataset(2, 55, b"00000000")), Reading::default());
    }

    #[test]
    fn size_is_bounded() {
        let reading = read(&vec![0; MAX_BYTES + 1]);
        assert_eq!(reading.warnings[0].code, "iptc-too-large");
    }

    #[test]
    fn keeps_what_stands_before_a_fault() {
        for fault in [
            &b"\x1c\x02\x19\xff\xffx"[..],
            b"\x1c\x02\x19\x00\x09x",
            b"noise",
            b"\x1c\x02\x19\x80\x09\xff\xff\xff\xff\xff\xff\xff\xff\xff",
        ] {
            let reading = read(&[dataset(2, 5, b"kept"), fault.to_vec()].concat());
            assert_eq!(reading.facts.title.as_deref(), Some("kept"));
            assert_eq!(reading.warnings.len(), 1);
            assert_eq!(reading.warnings[0].code, "iptc-broken");
        }
    }
}
