//! Converts strings to bytes: the host decodes base64 wherever it can.

use base64::{
    Engine as _,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

use crate::script_root::Binding;

/// .NET's `Convert.FromBase64String` requires padding and ignores the bits after the end.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::RequireCanonical)
        .with_decode_allow_trailing_bits(true),
);

/// Whether the strings of a binding must not be decoded.
pub(super) fn is_binary(binding: &Binding) -> bool {
    binding
        .text("dataType")
        .is_some_and(|kind| kind.eq_ignore_ascii_case("binary"))
}

/// The bytes of a string: decoded from base64 if possible, unless the binding is binary, otherwise
/// its UTF-8.
pub(super) fn to_bytes(text: &str, is_binary: bool) -> Vec<u8> {
    if is_binary {
        return text.into();
    }
    // .NET skips blanks inside base64.
    let decoded = BASE64
        .decode(text)
        .or_else(|_| BASE64.decode(text.replace([' ', '\t', '\r', '\n'], "")));
    decoded.unwrap_or_else(|_| text.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_is_decoded_when_it_can_be() {
        assert_eq!(to_bytes("RGFya3Jvb20=", false), b"Darkroom");
        assert_eq!(to_bytes("RGFya3\nJvb20=", false), b"Darkroom");
        assert_eq!(to_bytes("", false), b"");
    }

    #[test]
    fn words_are_silently_taken_for_base64() {
        assert_eq!(to_bytes("abcd", false), [0x69, 0xb7, 0x1d]);
        assert_eq!(to_bytes("by offset", false).len(), 6);
    }

    #[test]
    fn a_string_that_is_no_base64_is_its_text() {
        for text in ["abc", "café!", "RGFya3Jvb20"] {
            assert_eq!(to_bytes(text, false), text.as_bytes());
        }
    }

    #[test]
    fn binary_turns_decoding_off() {
        assert_eq!(to_bytes("RGFya3Jvb20=", true), b"RGFya3Jvb20=");
    }
}
