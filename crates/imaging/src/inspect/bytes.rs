//! Reads numbers from untrusted bytes. Every read is checked, so none can go past the end.

/// Big-endian 16 bits at an offset.
pub(crate) fn be16(bytes: &[u8], offset: usize) -> Option<u16> {
    Some(u16::from_be_bytes(*array(bytes, offset)?))
}

/// Big-endian 32 bits at an offset.
pub(crate) fn be32(bytes: &[u8], offset: usize) -> Option<u32> {
    Some(u32::from_be_bytes(*array(bytes, offset)?))
}

/// Little-endian 16 bits at an offset.
pub(crate) fn le16(bytes: &[u8], offset: usize) -> Option<u16> {
    Some(u16::from_le_bytes(*array(bytes, offset)?))
}

/// Little-endian 24 bits at an offset.
pub(crate) fn le24(bytes: &[u8], offset: usize) -> Option<u32> {
    let [low, middle, high] = *array(bytes, offset)?;
    Some(u32::from_le_bytes([low, middle, high, 0]))
}

/// Little-endian 32 bits at an offset.
pub(crate) fn le32(bytes: &[u8], offset: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*array(bytes, offset)?))
}

/// This many bytes from an offset on, or nothing if there are fewer.
pub(crate) fn slice(bytes: &[u8], offset: usize, length: usize) -> Option<&[u8]> {
    bytes.get(offset..offset.checked_add(length)?)
}

fn array<const N: usize>(bytes: &[u8], offset: usize) -> Option<&[u8; N]> {
    bytes.get(offset..)?.first_chunk()
}
