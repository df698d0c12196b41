//! Names of camera makers, which write their own names in many ways.

/// The beginnings of makers' names in files, in capitals, and the recorded names. Longer beginnings come first.
const MAKERS: [(&str, &str); 56] = [
    ("AGFA", "Agfa"),
    ("APPLE", "Apple"),
    ("ARASHI VISION", "Insta360"),
    ("ASAHI", "Pentax"),
    ("ASUS", "Asus"),
    ("BENQ", "BenQ"),
    ("BLACKBERRY", "BlackBerry"),
    ("CANON", "Canon"),
    ("CASIO", "Casio"),
    ("DJI", "DJI"),
    ("EASTMAN KODAK", "Kodak"),
    ("EPSON", "Epson"),
    ("FLIR", "FLIR"),
    ("FUJI PHOTO FILM", "Fujifilm"),
    ("FUJIFILM", "Fujifilm"),
    ("GOOGLE", "Google"),
    ("GOPRO", "GoPro"),
    ("HASSELBLAD", "Hasselblad"),
    ("HEWLETT-PACKARD", "HP"),
    ("HMD GLOBAL", "HMD Global"),
    ("HONOR", "Honor"),
    ("HP", "HP"),
    ("HTC", "HTC"),
    ("HUAWEI", "Huawei"),
    ("INSTA360", "Insta360"),
    ("JVC", "JVC"),
    ("KODAK", "Kodak"),
    ("KONICA MINOLTA", "Konica Minolta"),
    ("KONICA", "Konica"),
    ("KYOCERA", "Kyocera"),
    ("LEICA", "Leica"),
    ("LENOVO", "Lenovo"),
    ("LG ELECTRONICS", "LG"),
    ("LGE", "LG"),
    ("MAMIYA", "Mamiya"),
    ("MICROSOFT", "Microsoft"),
    ("MINOLTA", "Minolta"),
    ("MOTOROLA", "Motorola"),
    ("NIKON", "Nikon"),
    ("NOKIA", "Nokia"),
    ("OLYMPUS", "Olympus"),
    ("OM DIGITAL SOLUTIONS", "OM System"),
    ("ONEPLUS", "OnePlus"),
    ("OPPO", "Oppo"),
    ("PANASONIC", "Panasonic"),
    ("PENTAX", "Pentax"),
    ("PHASE ONE", "Phase One"),
    ("RICOH", "Ricoh"),
    ("SAMSUNG", "Samsung"),
    ("SANYO", "Sanyo"),
    ("SEIKO EPSON", "Epson"),
    ("SIGMA", "Sigma"),
    ("SONY ERICSSON", "Sony Ericsson"),
    ("SONY", "Sony"),
    ("TOSHIBA", "Toshiba"),
    ("XIAOMI", "Xiaomi"),
];

/// The recorded name of a maker. An unknown maker keeps the name that it gives itself.
pub(super) fn normalise(make: &str) -> String {
    let make = make.trim();
    MAKERS
        .iter()
        .find(|(beginning, _)| begins_with_words(make, beginning))
        .map_or(make, |(_, name)| name)
        .to_owned()
}

fn begins_with_words(make: &str, beginning: &str) -> bool {
    make.split_at_checked(beginning.len())
        .is_some_and(|(start, rest)| {
            start.eq_ignore_ascii_case(beginning)
                && !rest.starts_with(|c: char| c.is_alphanumeric())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_spelling_per_maker() {
        for (written, expected) in [
            ("NIKON CORPORATION", "Nikon"),
            ("NIKON", "Nikon"),
            ("Canon", "Canon"),
            ("OLYMPUS OPTICAL CO.,LTD", "Olympus"),
            ("OLYMPUS IMAGING CORP.  ", "Olympus"),
            ("EASTMAN KODAK COMPANY", "Kodak"),
            ("Sony Ericsson", "Sony Ericsson"),
            ("SONY", "Sony"),
            ("Konica Minolta Camera, Inc.", "Konica Minolta"),
            ("Samsung Techwin", "Samsung"),
        ] {
            assert_eq!(normalise(written), expected, "{written}");
        }
    }

    #[test]
    fn a_maker_that_is_not_known_keeps_its_name() {
        for make in ["RECONYX", "HPX Optics", "Ångström", ""] {
            assert_eq!(normalise(make), make);
        }
    }

    #[test]
    fn no_beginning_hides_a_longer_one() {
        for (at, (beginning, _)) in MAKERS.iter().enumerate() {
            let hidden = MAKERS[..at]
                .iter()
                .any(|(earlier, _)| begins_with_words(beginning, earlier));
            assert!(!hidden, "{beginning} is never reached");
        }
    }
}
