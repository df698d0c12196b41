//! The boxes of a C2PA manifest store (JUMBF, ISO/IEC 19566-5).

/// The most boxes of one superbox that are read.
const MAX_BOXES: usize = 1_000;

/// A superbox: a label with boxes.
#[derive(Clone, Copy)]
pub(super) struct Superbox<'a> {
    /// The first four letters of its type.
    pub(super) kind: [u8; 4],
    pub(super) label: &'a str,
    content: &'a [u8],
}

impl<'a> Superbox<'a> {
    /// The superboxes in these bytes, one after the other.
    pub(super) fn all(bytes: &'a [u8]) -> impl Iterator<Item = Self> {
        boxes(bytes).filter_map(|(kind, body)| (&kind == b"jumb").then(|| Self::open(body))?)
    }

    fn open(body: &'a [u8]) -> Option<Self> {
        const LABEL: u8 = 2;
        let (kind, description) = boxes(body).next()?;
        if &kind != b"jumd" {
            return None;
        }
        let (uuid, rest) = description.split_first_chunk::<16>()?;
        let (toggles, rest) = rest.split_first()?;
        let label = if toggles & LABEL == 0 {
            ""
        } else {
            let end = rest.iter().position(|byte| *byte == 0)?;
            str::from_utf8(&rest[..end]).ok()?
        };
        Some(Self {
            kind: *uuid.first_chunk()?,
            label,
            content: body,
        })
    }

    /// The superboxes in it.
    pub(super) fn children(self) -> impl Iterator<Item = Self> {
        Self::all(self.content)
    }

    /// The first superbox in it whose label begins with this text.
    pub(super) fn child(self, label: &str) -> Option<Self> {
        self.children().find(|child| child.label.starts_with(label))
    }

    /// The content of its CBOR box.
    pub(super) fn cbor(self) -> Option<&'a [u8]> {
        boxes(self.content)
            .find(|(kind, _)| kind == b"cbor")
            .map(|(_, body)| body)
    }
}

/// The boxes in these bytes, one after the other. A box that is cut short is the last one, and is read as far as it
/// goes.
fn boxes(bytes: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let (size, behind) = rest.split_first_chunk::<4>()?;
        let (kind, _) = behind.split_first_chunk::<4>()?;
        let (header, size) = match u32::from_be_bytes(*size) {
            0 => (8, rest.len()),
            1 => {
                let size = u64::from_be_bytes(*rest.get(8..)?.first_chunk()?);
                (16, usize::try_from(size).ok()?)
            }
            size => (8, usize::try_from(size).ok()?),
        };
        let end = size.max(header).min(rest.len());
        let body = rest.get(header..end)?;
        rest = &rest[end..];
        Some((*kind, body))
    })
    .take(MAX_BOXES)
}
