//! The metadata of the original that a rendition carries. There is none unless its preset asks for it, with one
//! exception: every rendition says if generative AI made or changed the picture.

mod avif;
mod exif;
mod jpeg;
mod png;
mod webp;
mod xmp;

use crate::format::Format;
use crate::inspect::Inspection;
use crate::presets::{Metadata, Preset};
use crate::render::Rendition;
use crate::warnings::Warnings;

/// The most bytes of an EXIF block and of an XMP packet that a rendition carries. A JPEG has room for a sixteenth of
/// this. In other formats a small picture could otherwise carry as much as the largest original holds, once for each
/// preset.
pub(crate) const MAX_CARRIED: usize = 1 << 20;

/// Facts about the original, from all of its blocks, that the caller supplies for renditions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Notices<'a> {
    /// Who made the picture, for presets whose metadata is [`Metadata::Copyright`].
    pub creator: Option<&'a str>,
    /// The copyright notice, for the same presets.
    pub copyright: Option<&'a str>,
    /// The part of generative AI in the picture: a code of IPTC's vocabulary of digital source types, such as
    /// `trainedAlgorithmicMedia`. Every rendition carries it, whatever its preset strips.
    pub ai_source_type: Option<&'a str>,
}

/// The metadata of an original in the forms that a rendition may carry.
#[derive(Default)]
pub(crate) struct Carried {
    stripped: Block,
    copyright: Block,
    all: Block,
}

#[derive(Clone, Default)]
struct Block {
    exif: Option<Vec<u8>>,
    xmp: Option<Vec<u8>>,
}

impl Carried {
    /// What these presets need, and nothing else.
    pub(crate) fn of(
        inspection: &Inspection<'_>,
        presets: &[&Preset],
        notices: Notices<'_>,
        warnings: &mut Warnings,
    ) -> Self {
        let wants = |metadata| presets.iter().any(|preset| preset.metadata == metadata);
        let stripped = Block {
            exif: None,
            xmp: notices.ai_source_type.and_then(xmp::mark),
        };
        let copyright = Block {
            exif: exif::copyright(notices.creator, notices.copyright),
            ..stripped.clone()
        };
        let all = if wants(Metadata::Keep) {
            Block {
                exif: if inspection.format.is_its_own_exif() {
                    copyright.exif.clone()
                } else {
                    kept(inspection.exif.as_deref(), "EXIF", warnings, exif::cleaned)
                },
                xmp: kept(inspection.xmp.as_deref(), "XMP", warnings, |packet| {
                    xmp::cleaned(packet, notices.ai_source_type)
                })
                .or_else(|| stripped.xmp.clone()),
            }
        } else {
            Block::default()
        };
        Self {
            stripped,
            copyright,
            all,
        }
    }

    /// By how many bytes a rendition grows at most when it gets the metadata that its preset wants.
    pub(crate) fn most_bytes(&self, wanted: Metadata) -> usize {
        /// What containers add to blocks: headers, entries of tables, and the parts that turn a simple file into an
        /// extended one.
        const FRAMING: usize = 256;
        let block = self.block(wanted);
        let length = |data: &Option<Vec<u8>>| data.as_ref().map_or(0, Vec::len);
        match length(&block.exif) + length(&block.xmp) {
            0 => 0,
            bytes => bytes + FRAMING,
        }
    }

    fn block(&self, wanted: Metadata) -> &Block {
        match wanted {
            Metadata::Strip => &self.stripped,
            Metadata::Copyright => &self.copyright,
            Metadata::Keep => &self.all,
        }
    }

    /// Puts the metadata that its preset wants into a rendition. Metadata that does not fit is left out with a warning.
    pub(crate) fn attach(
        &self,
        rendition: &mut Rendition,
        wanted: Metadata,
        warnings: &mut Warnings,
    ) {
        let block = self.block(wanted);
        let format = rendition.format;
        let fits = |data: &&[u8]| format != Format::Jpeg || data.len() <= jpeg::MAX_BLOCK;
        let exif = block.exif.as_deref().filter(fits);
        let xmp = block.xmp.as_deref().filter(fits);
        let is_complete =
            exif.is_some() == block.exif.is_some() && xmp.is_some() == block.xmp.is_some();
        // A packet that is too long is left out, but not its statement about AI.
        let xmp = xmp.or(self.stripped.xmp.as_deref());
        let is_put = put(rendition, exif, xmp);
        if !(is_complete && is_put) {
            warnings.push(
                "metadata-not-carried",
                format!(
                    "The rendition {} could not be given all the metadata of the original.",
                    rendition.preset
                ),
            );
        }
    }
}

/// A block in the form in which it is kept. A block that is too long is not kept, nor is a broken one, because its
/// content cannot be checked.
fn kept(
    block: Option<&[u8]>,
    name: &str,
    warnings: &mut Warnings,
    clean: impl FnOnce(&[u8]) -> Option<Vec<u8>>,
) -> Option<Vec<u8>> {
    let block = block?;
    if block.len() > MAX_CARRIED {
        warnings.push(
            "metadata-too-large",
            format!(
                "The {name} block has {} bytes, more than {MAX_CARRIED}, so renditions do not \
                 contain it.",
                block.len()
            ),
        );
        return None;
    }
    let kept = clean(block);
    if kept.is_none() {
        warnings.push(
            "metadata-damaged",
            format!("The {name} block is damaged, so renditions do not contain it."),
        );
    }
    kept
}

/// Puts the blocks that exist into the file, and returns whether it could.
fn put(rendition: &mut Rendition, exif: Option<&[u8]>, xmp: Option<&[u8]>) -> bool {
    if exif.is_none() && xmp.is_none() {
        return true;
    }
    let file = &rendition.bytes;
    let attached = match rendition.format {
        Format::Jpeg => jpeg::attach(file, exif, xmp),
        Format::Png => png::attach(file, exif, xmp),
        Format::WebP => webp::attach(file, (rendition.width, rendition.height), exif, xmp),
        Format::Avif => avif::attach(file, exif, xmp),
        _ => None,
    };
    match attached {
        Some(bytes) => {
            rendition.bytes = bytes;
            true
        }
        None => false,
    }
}
