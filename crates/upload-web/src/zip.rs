//! A ZIP archive, written one file after the other.
//!
//! Pictures are compressed already, so they are only stored. The archive uses the oldest form of the format, which
//! every program reads: up to 65,535 files and 4 GiB (APPNOTE 6.3.10, sections 4.3.7, 4.3.12 and 4.3.16).

use bytes::{BufMut as _, Bytes, BytesMut};

/// Names are UTF-8.
const FLAGS: u16 = 1 << 11;
/// Version 2.0 of the format.
const VERSION: u16 = 20;
/// Midnight of 1 January 1980, the first day that the format knows.
const DATE: u32 = 0x0021_0000;

/// The state of what was written so far.
#[derive(Debug, Default)]
pub struct Archive {
    /// The entries for the directory at the end.
    directory: BytesMut,
    files: u16,
    length: u32,
}

impl Archive {
    /// A file's bytes as they are in the archive; `None` if it would be larger than the format allows.
    #[must_use]
    pub fn add(&mut self, name: &str, content: &[u8]) -> Option<Bytes> {
        let name_length = u16::try_from(name.len()).ok()?;
        let size = u32::try_from(content.len()).ok()?;
        let files = self.files.checked_add(1)?;
        let crc = crc32fast::hash(content);
        let facts = |to: &mut BytesMut| {
            to.put_u16_le(VERSION);
            to.put_u16_le(FLAGS);
            // Stored, without compression.
            to.put_u16_le(0);
            to.put_u32_le(DATE);
            to.put_u32_le(crc);
            to.put_u32_le(size);
            to.put_u32_le(size);
            to.put_u16_le(name_length);
            // No extra field.
            to.put_u16_le(0);
        };
        let mut local = BytesMut::with_capacity(30 + name.len() + content.len());
        local.put_slice(b"PK\x03\x04");
        facts(&mut local);
        local.put_slice(name.as_bytes());
        local.put_slice(content);
        let length = self.length.checked_add(u32::try_from(local.len()).ok()?)?;

        self.directory.put_slice(b"PK\x01\x02");
        self.directory.put_u16_le(VERSION);
        facts(&mut self.directory);
        // No comment, the first disk, no attributes.
        self.directory.put_bytes(0, 2 + 2 + 2 + 4);
        self.directory.put_u32_le(self.length);
        self.directory.put_slice(name.as_bytes());
        self.files = files;
        self.length = length;
        Some(local.freeze())
    }

    /// The end of the archive.
    #[must_use]
    pub fn finish(mut self) -> Bytes {
        let directory_length = u32::try_from(self.directory.len()).unwrap_or(u32::MAX);
        self.directory.put_slice(b"PK\x05\x06");
        self.directory.put_bytes(0, 2 + 2);
        self.directory.put_u16_le(self.files);
        self.directory.put_u16_le(self.files);
        self.directory.put_u32_le(directory_length);
        self.directory.put_u32_le(self.length);
        self.directory.put_u16_le(0);
        self.directory.freeze()
    }
}
