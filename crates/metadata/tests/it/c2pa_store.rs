//! Writes C2PA manifest stores, for the tests of this crate within it and around it.

/// A box: its length, its type, its body.
pub(crate) fn boxed(kind: [u8; 4], body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(8 + body.len()).expect("a short box");
    [&length.to_be_bytes(), &kind[..], body].concat()
}

/// A superbox of this type and label.
pub(crate) fn superbox(kind: [u8; 4], label: &str, inside: &[Vec<u8>]) -> Vec<u8> {
    let uuid = [
        &kind[..],
        b"\x00\x11\x00\x10\x80\x00\x00\xAA\x00\x38\x9B\x71",
    ];
    let description = [&uuid.concat(), &b"\x03"[..], label.as_bytes(), b"\0"].concat();
    let body = [boxed(*b"jumd", &description), inside.concat()].concat();
    boxed(*b"jumb", &body)
}

/// A text in CBOR.
pub(crate) fn text(text: &str) -> Vec<u8> {
    let length = u8::try_from(text.len()).expect("a short text");
    [&[0x78, length], text.as_bytes()].concat()
}

/// A map in CBOR, whose keys are texts.
pub(crate) fn map(entries: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let count = u8::try_from(entries.len()).expect("few entries");
    let entries = entries
        .iter()
        .map(|(key, value)| [text(key), value.clone()].concat());
    [vec![0xA0 + count], entries.collect::<Vec<_>>().concat()].concat()
}

/// An array in CBOR.
pub(crate) fn list(items: &[Vec<u8>]) -> Vec<u8> {
    let count = u8::try_from(items.len()).expect("few items");
    [vec![0x80 + count], items.concat()].concat()
}

/// An assertion in CBOR.
pub(crate) fn assertion(label: &str, cbor: &[u8]) -> Vec<u8> {
    superbox(*b"cbor", label, &[boxed(*b"cbor", cbor)])
}

/// A manifest with a claim, and a signature that is not valid.
pub(crate) fn manifest(label: &str, assertions: &[Vec<u8>], claim: &[u8]) -> Vec<u8> {
    superbox(
        *b"c2ma",
        label,
        &[
            superbox(*b"c2as", "c2pa.assertions", assertions),
            superbox(*b"c2cl", "c2pa.claim.v2", &[boxed(*b"cbor", claim)]),
            superbox(*b"c2cs", "c2pa.signature", &[boxed(*b"cbor", &[0x40])]),
        ],
    )
}

/// A manifest store.
pub(crate) fn store(manifests: &[Vec<u8>]) -> Vec<u8> {
    superbox(*b"c2pa", "c2pa", manifests)
}
