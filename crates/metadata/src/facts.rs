//! What people wrote, and which of several blocks wins.

use contract::{Descriptive, FoundIn};

use crate::boilerplate;
use crate::text::{MAX_CHARACTERS, MAX_KEYWORD_CHARACTERS, MAX_KEYWORDS, clean};

/// What people wrote, as one block of a file states it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    /// Title.
    pub title: Option<String>,
    /// Description or caption.
    pub description: Option<String>,
    /// Keywords in the order of the file.
    pub keywords: Vec<String>,
    /// Who made the picture, in the order of the file.
    pub creators: Vec<String>,
    /// Copyright notice.
    pub copyright: Option<String>,
    /// Rating in stars, 1 to 5, or -1 for rejected.
    pub rating: Option<f64>,
}

/// What people wrote, block by block.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sources {
    /// The tags of EXIF.
    pub exif: Facts,
    /// The XMP packet.
    pub xmp: Facts,
    /// The IPTC-IIM block.
    pub iptc: Facts,
    /// The EXIF tags that Windows added.
    pub windows: Facts,
    /// Whether the IPTC block was changed after the XMP packet was written.
    pub iptc_is_newer: bool,
}

type Ordered<'a> = [(FoundIn, &'a Facts); 4];

impl Sources {
    /// One value for each fact, in the order of the Metadata Working Group's guidance (version 2.0); see
    /// [`Descriptive`].
    #[must_use]
    pub fn merge(&self) -> Option<Descriptive> {
        let exif_first = self.exif_first();
        // The guidance knows no EXIF tag for these.
        let [exif, first, second, windows] = exif_first;
        let exif_after = [first, second, exif, windows];
        let (title, title_from) = first_of(exif_after, |facts| words(facts.title.as_ref()));
        let (description, description_from) =
            first_of(exif_first, |facts| words(facts.description.as_ref()));
        let (keywords, keywords_from) =
            first_of(exif_after, |facts| distinct_keywords(&facts.keywords));
        let (creator, creator_from) = first_of(exif_first, |facts| joined(&facts.creators));
        let (copyright, copyright_from) =
            first_of(exif_first, |facts| text(facts.copyright.as_ref()));
        let (rating, rating_from) = first_of(exif_after, |facts| facts.rating);
        let merged = Descriptive {
            title,
            title_from,
            description,
            description_from,
            keywords: keywords.unwrap_or_default(),
            keywords_from,
            creator,
            creator_from,
            copyright,
            copyright_from,
            rating,
            rating_from,
        };
        (!merged.is_empty()).then_some(merged)
    }

    fn exif_first(&self) -> Ordered<'_> {
        let (xmp, iptc) = ((FoundIn::Xmp, &self.xmp), (FoundIn::Iptc, &self.iptc));
        let (first, second) = if self.iptc_is_newer {
            (iptc, xmp)
        } else {
            (xmp, iptc)
        };
        let windows = (FoundIn::Exif, &self.windows);
        [(FoundIn::Exif, &self.exif), first, second, windows]
    }
}

fn first_of<T>(
    sources: Ordered<'_>,
    fact: impl Fn(&Facts) -> Option<T>,
) -> (Option<T>, Option<FoundIn>) {
    sources
        .into_iter()
        .find_map(|(from, facts)| fact(facts).map(|value| (value, from)))
        .unzip()
}

fn text(text: Option<&String>) -> Option<String> {
    clean(text?, MAX_CHARACTERS)
}

/// A text that a person wrote, and not a camera.
fn words(words: Option<&String>) -> Option<String> {
    text(words).filter(|words| !boilerplate::is_by_a_camera(words))
}

fn distinct_keywords(keywords: &[String]) -> Option<Vec<String>> {
    let mut kept: Vec<String> = Vec::new();
    for keyword in keywords
        .iter()
        .filter_map(|keyword| clean(keyword, MAX_KEYWORD_CHARACTERS))
    {
        if kept.len() == MAX_KEYWORDS {
            break;
        }
        if !kept.contains(&keyword) {
            kept.push(keyword);
        }
    }
    (!kept.is_empty()).then_some(kept)
}

fn joined(names: &[String]) -> Option<String> {
    clean(
        &names
            .iter()
            .map(|name| name.trim())
            .filter(|name| !name.is_empty())
            .collect::<Vec<_>>()
            .join("; "),
        MAX_CHARACTERS,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn titled(title: &str) -> Facts {
        Facts {
            title: Some(title.to_owned()),
            ..Facts::default()
        }
    }

    /// Sources in which each block has every fact, with its own name in it.
    fn full() -> Sources {
        let facts = |block: &str| Facts {
            title: Some(format!("Title by {block}")),
            description: Some(format!("Description by {block}")),
            keywords: vec![block.to_owned()],
            creators: vec![format!("{block} A"), format!(" {block} B ")],
            copyright: Some(format!("Copyright by {block}")),
            rating: Some(3.0),
        };
        Sources {
            exif: facts("exif"),
            xmp: facts("xmp"),
            iptc: facts("iptc"),
            windows: facts("windows"),
            iptc_is_newer: false,
        }
    }

    /// The origin of each fact, in this order: title, description, keywords, creator, copyright.
    fn origins(sources: &Sources) -> [Option<FoundIn>; 5] {
        let merged = sources.merge().expect("there are facts");
        [
            merged.title_from,
            merged.description_from,
            merged.keywords_from,
            merged.creator_from,
            merged.copyright_from,
        ]
    }

    #[test]
    fn the_order_is_that_of_the_metadata_working_group() {
        use FoundIn::{Exif, Iptc, Xmp};
        let mut sources = full();
        let merged = sources.merge().expect("there are facts");
        assert_eq!(merged.creator.as_deref(), Some("exif A; exif B"));
        assert_eq!(
            origins(&sources),
            [Xmp, Exif, Xmp, Exif, Exif].map(Some),
            "all blocks"
        );
        sources.exif = Facts::default();
        assert_eq!(origins(&sources), [Some(Xmp); 5], "without EXIF");
        sources.iptc_is_newer = true;
        assert_eq!(origins(&sources), [Some(Iptc); 5], "IPTC was changed last");
        sources.iptc = titled(" ");
        assert_eq!(origins(&sources), [Some(Xmp); 5], "without EXIF and IPTC");
        sources.xmp = Facts::default();
        let windows = sources.merge().expect("there are facts");
        assert_eq!(
            windows.description.as_deref(),
            Some("Description by windows")
        );
        assert_eq!(windows.title_from, Some(Exif));
    }

    #[test]
    fn what_a_camera_writes_into_every_picture_is_no_description() {
        let mut sources = full();
        sources.exif.description = Some("OLYMPUS DIGITAL CAMERA         ".to_owned());
        sources.xmp.description = Some("Olympus Digital Camera".to_owned());
        sources.xmp.title = Some("SONY DSC".to_owned());
        let merged = sources.merge().expect("there are facts");
        assert_eq!(merged.description_from, Some(FoundIn::Iptc));
        assert_eq!(merged.title_from, Some(FoundIn::Iptc));
    }

    #[test]
    fn nothing_said_is_nothing_merged() {
        let sources = Sources {
            iptc: titled("\0"),
            ..Sources::default()
        };
        assert_eq!(sources.merge(), None);
    }

    #[test]
    fn keywords_are_distinct_and_bounded() {
        let sources = Sources {
            iptc: Facts {
                keywords: (0..1_000).map(|n| format!("k{}", n / 2)).collect(),
                ..Facts::default()
            },
            ..Sources::default()
        };
        let merged = sources.merge().expect("there are facts");
        assert_eq!(merged.keywords.len(), MAX_KEYWORDS);
        assert_eq!(&merged.keywords[..3], ["k0", "k1", "k2"]);
    }
}
