//! The values of entries.

use super::Tiff;

/// The most items of one value that are read. The longest list that is needed has three.
const MAX_ITEMS: usize = 64;

/// The most bytes of one text that are read. In a TIFF file every tag can point to the whole file.
const MAX_BYTES: usize = 64 * 1024;

/// The value of an entry, within the bytes.
#[derive(Clone, Copy)]
pub(crate) struct Value<'a> {
    tiff: Tiff<'a>,
    kind: Kind,
    bytes: &'a [u8],
}

/// The types of values (TIFF 6.0, section 2; EXIF 3.0 adds UTF-8 text).
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Bytes,
    Text,
    Short,
    Long,
    Rational,
    SignedRational,
    /// Whole numbers with this many bytes that may be negative. Some writers use them for offsets.
    Signed(usize),
    /// Whole numbers of BigTIFF, which some writers put into classic blocks.
    Long8,
    /// Types that no tag read here has.
    Other(usize),
}

impl<'a> Value<'a> {
    pub(super) fn new(tiff: Tiff<'a>, kind: Kind, bytes: &'a [u8]) -> Self {
        Self { tiff, kind, bytes }
    }

    /// The bytes of a text, without the NUL at its end. Some writers use the byte types for texts.
    pub(crate) fn text(self) -> Option<&'a [u8]> {
        if !matches!(self.kind, Kind::Text | Kind::Bytes) {
            return None;
        }
        let text = self.short();
        let end = text.iter().position(|&byte| byte == 0);
        Some(&text[..end.unwrap_or(text.len())])
    }

    /// The bytes of a value whose type is bytes.
    pub(crate) fn bytes(self) -> Option<&'a [u8]> {
        (self.kind == Kind::Bytes).then(|| self.short())
    }

    fn short(self) -> &'a [u8] {
        &self.bytes[..self.bytes.len().min(MAX_BYTES)]
    }

    /// The first item of a value of whole numbers of any length, if it is not negative.
    pub(crate) fn unsigned(self) -> Option<u32> {
        let (size, signed) = match self.kind {
            Kind::Bytes => (1, false),
            Kind::Short => (2, false),
            Kind::Long => (4, false),
            Kind::Long8 => (8, false),
            Kind::Signed(size) => (size, true),
            _ => return None,
        };
        let item = self.tiff.uint(self.bytes.get(..size)?);
        let negative = signed && item >> (8 * size - 1) == 1;
        u32::try_from(item).ok().filter(|_| !negative)
    }

    /// The first item of a value of numbers; see [`rationals`](Self::rationals).
    pub(crate) fn number(self) -> Option<f64> {
        match self.kind {
            Kind::Rational | Kind::SignedRational => self.rationals().next().flatten(),
            _ => self.unsigned().map(f64::from),
        }
    }

    /// The items of a value of fractions. A fraction with a zero denominator is not a number.
    pub(crate) fn rationals(self) -> impl Iterator<Item = Option<f64>> {
        let items = match self.kind {
            Kind::Rational | Kind::SignedRational => self.bytes,
            _ => &[],
        };
        let part = move |bytes: &[u8]| {
            let bits = bytes.first_chunk().map(|bytes| self.tiff.u32(*bytes))?;
            Some(if self.kind == Kind::SignedRational {
                bits.cast_signed().into()
            } else {
                f64::from(bits)
            })
        };
        items.chunks_exact(8).take(MAX_ITEMS).map(move |item| {
            let (numerator, denominator) = (part(&item[..4])?, part(&item[4..])?);
            (denominator != 0.0).then(|| numerator / denominator)
        })
    }
}

impl Kind {
    pub(super) fn of(code: u16) -> Self {
        match code {
            1 | 7 => Self::Bytes,
            2 | 129 => Self::Text,
            3 => Self::Short,
            4 | 13 => Self::Long,
            5 => Self::Rational,
            10 => Self::SignedRational,
            6 => Self::Signed(1),
            8 => Self::Signed(2),
            9 => Self::Signed(4),
            11 => Self::Other(4),
            12 => Self::Other(8),
            16 | 18 => Self::Long8,
            17 => Self::Signed(8),
            // The length of an unknown type is unknown, so it counts as within the bytes.
            _ => Self::Other(0),
        }
    }

    pub(super) fn size(self) -> usize {
        match self {
            Self::Bytes | Self::Text => 1,
            Self::Short => 2,
            Self::Long => 4,
            Self::Rational | Self::SignedRational | Self::Long8 => 8,
            Self::Signed(size) | Self::Other(size) => size,
        }
    }
}
