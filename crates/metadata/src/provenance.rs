//! How a picture says that it was made, from XMP and C2PA together.

use contract::{AiUse, FoundIn, ManifestPlace, Provenance};

use crate::{c2pa, text::clean};

/// The most characters of a source type that is not a code.
const MAX_CHARACTERS: usize = 200;

/// The addresses of vocabularies of digital source types: IPTC's, and C2PA's with additional terms.
const VOCABULARIES: [&str; 2] = [
    "cv.iptc.org/newscodes/digitalsourcetype/",
    "c2pa.org/digitalsourcetype/",
];

/// What a file claims, or nothing if it claims nothing. `in_xmp` is a source type; `elsewhere` says that XMP names the
/// address of a manifest.
pub(crate) fn merge(
    manifest: Option<&c2pa::Reading>,
    in_xmp: Option<&str>,
    elsewhere: bool,
) -> Option<Provenance> {
    let (digital_source_type, digital_source_type_from) = source_type(manifest, in_xmp).unzip();
    let provenance = Provenance {
        manifest: match (manifest, elsewhere) {
            (Some(_), _) => Some(ManifestPlace::Embedded),
            (None, true) => Some(ManifestPlace::Remote),
            (None, false) => None,
        },
        validated: manifest.map(|_| false),
        manifests: manifest.map(|manifest| manifest.manifests),
        generator: manifest.and_then(|manifest| manifest.generator.clone()),
        actions: manifest
            .map(|manifest| manifest.actions.clone())
            .unwrap_or_default(),
        ai: digital_source_type
            .as_deref()
            .and_then(AiUse::of_source_type),
        digital_source_type,
        digital_source_type_from,
    };
    (provenance != Provenance::default()).then_some(provenance)
}

/// The first source type that mentions AI, in XMP and then in the manifests; otherwise the first one. A program that
/// edits a picture may leave one of the two unchanged, and a mention of AI must not be lost by that.
fn source_type(
    manifest: Option<&c2pa::Reading>,
    in_xmp: Option<&str>,
) -> Option<(String, FoundIn)> {
    let in_manifests = manifest
        .into_iter()
        .flat_map(|manifest| &manifest.digital_source_types)
        .map(|address| (address.as_str(), FoundIn::C2pa));
    let all: Vec<_> = in_xmp
        .map(|address| (address, FoundIn::Xmp))
        .into_iter()
        .chain(in_manifests)
        .filter_map(|(address, from)| Some((code(address)?, from)))
        .collect();
    let of_ai = |(code, _): &&(String, FoundIn)| AiUse::of_source_type(code).is_some();
    all.iter().find(of_ai).or(all.first()).cloned()
}

/// The code at the end of an address in a vocabulary. Any other text stays unchanged.
fn code(address: &str) -> Option<String> {
    let address = clean(address, MAX_CHARACTERS)?;
    let scheme = ["http://", "https://"];
    let rest = scheme
        .iter()
        .find_map(|scheme| address.strip_prefix(scheme));
    let code = rest.and_then(|rest| {
        VOCABULARIES
            .iter()
            .find_map(|vocabulary| rest.strip_prefix(vocabulary))
    });
    Some(code.unwrap_or(&address).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const IPTC: &str = "http://cv.iptc.org/newscodes/digitalsourcetype/";

    fn claiming(source_types: &[&str]) -> c2pa::Reading {
        let source_types = source_types.iter();
        c2pa::Reading {
            manifests: 1,
            digital_source_types: source_types.map(|code| format!("{IPTC}{code}")).collect(),
            ..c2pa::Reading::default()
        }
    }

    #[test]
    fn nothing_claimed_is_nothing_said() {
        assert_eq!(merge(None, None, false), None);
        assert_eq!(merge(None, Some(" \0"), false), None);
    }

    #[test]
    fn a_manifest_is_never_said_to_be_validated() {
        let embedded = merge(Some(&claiming(&[])), None, true).expect("a manifest");
        assert_eq!(embedded.manifest, Some(ManifestPlace::Embedded));
        assert_eq!(embedded.validated, Some(false));
        let remote = merge(None, None, true).expect("an address");
        assert_eq!(
            (remote.manifest, remote.validated),
            (Some(ManifestPlace::Remote), None)
        );
    }

    #[test]
    fn what_is_said_of_ai_is_found_in_either_place() {
        let found = |in_xmp: Option<&str>, in_manifest: &[&str]| {
            let in_xmp = in_xmp.map(|code| format!("{IPTC}{code}"));
            let merged = merge(Some(&claiming(in_manifest)), in_xmp.as_deref(), false);
            let merged = merged.expect("a manifest");
            (
                merged.digital_source_type,
                merged.digital_source_type_from,
                merged.ai,
            )
        };
        let some = |code: &str, from, ai| (Some(code.to_owned()), Some(from), ai);
        assert_eq!(
            found(Some("digitalCapture"), &["trainedAlgorithmicMedia"]),
            some("trainedAlgorithmicMedia", FoundIn::C2pa, Some(AiUse::Made))
        );
        assert_eq!(
            found(Some("compositeSynthetic"), &["digitalCapture"]),
            some("compositeSynthetic", FoundIn::Xmp, Some(AiUse::Edited))
        );
        assert_eq!(
            found(
                None,
                &["digitalCapture", "compositeWithTrainedAlgorithmicMedia"]
            ),
            some(
                "compositeWithTrainedAlgorithmicMedia",
                FoundIn::C2pa,
                Some(AiUse::Edited)
            )
        );
        assert_eq!(
            found(Some("algorithmicMedia"), &["screenCapture"]),
            some("algorithmicMedia", FoundIn::Xmp, None)
        );
    }

    #[test]
    fn an_address_of_no_vocabulary_is_no_code() {
        for address in [
            "trainedAlgorithmicMedia.example",
            "http://example.com/trainedAlgorithmicMedia",
        ] {
            let merged = merge(None, Some(address), false).expect("a source type");
            assert_eq!(merged.digital_source_type.as_deref(), Some(address));
            assert_eq!(merged.ai, None);
        }
        let secure = "https://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia";
        let merged = merge(None, Some(secure), false).expect("a source type");
        assert_eq!(merged.ai, Some(AiUse::Made));
    }
}
