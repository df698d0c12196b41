//! Hashes of bytes, in lowercase hexadecimal.

use md5::{Digest, Md5};
use sha2::Sha256;

/// How many bytes both digests process before either continues. They are few enough to stay in the
/// processor's cache.
const CHUNK: usize = 16 * 1024;

/// The digests of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digests {
    /// SHA-256: 64 digits.
    pub sha256: String,
    /// MD5: 32 digits. It identifies the bytes but does not protect them.
    pub md5: String,
}

/// Both digests, in one pass over the bytes.
#[must_use]
pub fn both(bytes: &[u8]) -> Digests {
    let (mut sha256, mut md5) = (Sha256::new(), Md5::new());
    for chunk in bytes.chunks(CHUNK) {
        sha256.update(chunk);
        md5.update(chunk);
    }
    Digests {
        sha256: format!("{:x}", sha256.finalize()),
        md5: format!("{:x}", md5.finalize()),
    }
}

/// The SHA-256 alone.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}

/// The MD5 alone.
#[must_use]
pub fn md5(bytes: &[u8]) -> String {
    format!("{:x}", Md5::digest(bytes))
}

/// The MD5 as bytes.
#[must_use]
pub fn md5_bytes(bytes: &[u8]) -> [u8; 16] {
    Md5::digest(bytes).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_the_standards() {
        // The values are from FIPS 180-2, appendix B.1, and RFC 1321, appendix A.5.
        assert_eq!(
            sha256(b"abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(md5(b"abc"), "900150983cd24fb0d6963f7d28e17f72");
    }

    #[test]
    fn one_pass_gives_the_same() {
        let bytes: Vec<u8> = (0..3 * CHUNK + 7)
            .map(|n| u8::try_from(n % 251).expect("a byte"))
            .collect();
        assert_eq!(
            both(&bytes),
            Digests {
                sha256: sha256(&bytes),
                md5: md5(&bytes)
            }
        );
    }
}
