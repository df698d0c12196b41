//! Decodes base64 into its own buffer, so that a large value is never held twice.

use base64::{DecodeSliceError, Engine as _, engine::general_purpose::STANDARD};
use bytes::{Bytes, BytesMut};

/// How many characters are decoded at a time. It is a multiple of 4, so that every group but the
/// last is complete.
const GROUP: usize = 16 * 1024;

/// Decodes the text in `buffer` into the front of the same buffer. Three bytes are written for four
/// that are read, so writing never overtakes reading.
pub(crate) fn decode(mut buffer: BytesMut) -> Result<Bytes, DecodeSliceError> {
    let mut decoded = [0; GROUP / 4 * 3];
    let (mut read, mut written) = (0, 0);
    while read < buffer.len() {
        let end = buffer.len().min(read + GROUP);
        let length = STANDARD.decode_slice(&buffer[read..end], &mut decoded)?;
        buffer[written..written + length].copy_from_slice(&decoded[..length]);
        read = end;
        written += length;
    }
    buffer.truncate(written);
    Ok(buffer.freeze())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_decoding_elsewhere() {
        for length in [
            0,
            1,
            2,
            3,
            4,
            GROUP / 4 * 3,
            GROUP / 4 * 3 + 1,
            5 * GROUP + 2,
        ] {
            let bytes: Vec<u8> = (0..length)
                .map(|index| u8::try_from(index * 7 % 251).unwrap())
                .collect();
            let text = BytesMut::from(STANDARD.encode(&bytes).as_bytes());
            assert_eq!(decode(text).unwrap(), bytes);
        }
    }

    #[test]
    fn refuses_what_is_not_base64() {
        assert!(decode(BytesMut::from("a%==")).is_err());
        assert!(decode(BytesMut::from("abc")).is_err());
    }
}
