//! How a picture says that it was made, in plain words.

use contract::{AiUse, FoundIn, ManifestPlace, Provenance};

use super::facts::Rows;

/// Every fact is a claim of the file, and the words make that clear.
pub(super) fn facts(provenance: &Provenance) -> Rows {
    let actions = provenance.actions.iter().map(|action| words(action));
    let actions = actions.collect::<Vec<_>>().join(", ");
    vec![
        (
            "Generative AI",
            provenance.ai.map(|ai| of_ai(ai).to_owned()),
        ),
        (
            "Source",
            provenance.digital_source_type.as_deref().map(source),
        ),
        (
            "Source stated in",
            provenance
                .digital_source_type_from
                .map(|from| block(from).to_owned()),
        ),
        (
            "Content Credentials",
            provenance
                .manifest
                .map(|place| credentials(place, provenance.validated).to_owned()),
        ),
        ("Credentials written by", provenance.generator.clone()),
        (
            "Steps they list",
            Some(actions).filter(|actions| !actions.is_empty()),
        ),
    ]
}

fn of_ai(ai: AiUse) -> &'static str {
    match ai {
        AiUse::Made => "made this picture, according to the file",
        AiUse::Edited => "changed this picture or made a part of it, according to the file",
    }
}

fn credentials(place: ManifestPlace, validated: Option<bool>) -> &'static str {
    match (place, validated) {
        (ManifestPlace::Embedded, Some(true)) => "in the file, with a valid signature",
        (ManifestPlace::Embedded, _) => "in the file, with a signature that was not checked",
        (ManifestPlace::Remote, _) => "at another address, which was not checked",
    }
}

/// The name of a part of a file, for people.
pub(super) fn block(from: FoundIn) -> &'static str {
    match from {
        FoundIn::Exif => "EXIF",
        FoundIn::Xmp => "XMP",
        FoundIn::Iptc => "IPTC",
        FoundIn::C2pa => "Content Credentials",
    }
}

/// IPTC's names of its codes, shortened. A value that is not a code stays unchanged.
fn source(code: &str) -> String {
    let words = match code {
        "digitalCapture" => "a digital camera",
        "computationalCapture" => "a digital camera, from several frames",
        "negativeFilm" => "a negative on film, digitised",
        "positiveFilm" => "a slide, digitised",
        "print" => "a print, digitised",
        "humanEdits" | "minorHumanEdits" => "edits by people, without generative tools",
        "algorithmicallyEnhanced" => "changes by an algorithm",
        "digitalCreation" | "digitalArt" | "softwareImage" => "a person with digital tools",
        "dataDrivenMedia" => "data, drawn by a program",
        "trainedAlgorithmicMedia" => "generative AI",
        "algorithmicMedia" => "an algorithm without training data",
        "screenCapture" => "a screen",
        "virtualRecording" => "a virtual event",
        "composite" => "a composite of several elements",
        "compositeCapture" => "a composite of pictures from cameras",
        "compositeSynthetic" => "a composite with elements by generative AI",
        "compositeWithTrainedAlgorithmicMedia" => "a picture edited with generative AI",
        other => other,
    };
    words.to_owned()
}

/// Turns `c2pa.color_adjustments` into `color adjustments`.
fn words(action: &str) -> String {
    action.trim_start_matches("c2pa.").replace('_', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(provenance: &Provenance) -> Vec<(&'static str, String)> {
        let facts = facts(provenance).into_iter();
        facts
            .filter_map(|(name, value)| Some((name, value?)))
            .collect()
    }

    #[test]
    fn a_claim_is_said_to_be_one() {
        let said = said(&Provenance {
            manifest: Some(ManifestPlace::Embedded),
            validated: Some(false),
            manifests: Some(1),
            generator: Some("Painter 1.2".to_owned()),
            actions: vec![
                "c2pa.created".to_owned(),
                "c2pa.color_adjustments".to_owned(),
            ],
            digital_source_type: Some("trainedAlgorithmicMedia".to_owned()),
            digital_source_type_from: Some(FoundIn::C2pa),
            ai: Some(AiUse::Made),
        });
        let expected = [
            ("Generative AI", "made this picture, according to the file"),
            ("Source", "generative AI"),
            ("Source stated in", "Content Credentials"),
            (
                "Content Credentials",
                "in the file, with a signature that was not checked",
            ),
            ("Credentials written by", "Painter 1.2"),
            ("Steps they list", "created, color adjustments"),
        ];
        assert_eq!(said, expected.map(|(name, value)| (name, value.to_owned())));
    }

    #[test]
    fn what_is_not_known_is_not_said() {
        assert_eq!(said(&Provenance::default()), []);
        let unknown = Provenance {
            digital_source_type: Some("http://example.com/mine".to_owned()),
            ..Provenance::default()
        };
        assert_eq!(
            said(&unknown),
            [("Source", "http://example.com/mine".to_owned())]
        );
    }
}
