use contract::{Descriptive, Provenance};

use crate::text::{MAX_CHARACTERS, MAX_KEYWORD_CHARACTERS, MAX_KEYWORDS, clean};

/// What people wrote, as one block of a file has it.
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

impl Facts {
    /// One value for each fact: from XMP where it is there, else from IPTC, else from EXIF.
    ///
    /// XMP comes first because it has neither IPTC's lengths nor EXIF's doubtful characters, and because
    /// programs that know XMP write it last. EXIF comes last because many cameras put a fixed
    /// sentence into its description.
    #[must_use]
    pub fn merge(xmp: &Self, iptc: &Self, exif: &Self) -> Option<Descriptive> {
        let sources = [
            (Provenance::Xmp, xmp),
            (Provenance::Iptc, iptc),
            (Provenance::Exif, exif),
        ];
        let (title, title_from) = first(sources, |facts| text(facts.title.as_ref()));
        let (description, description_from) =
            first(sources, |facts| text(facts.description.as_ref()));
        let (keywords, keywords_from) = first(sources, |facts| distinct_keywords(&facts.keywords));
        let (creator, creator_from) = first(sources, |facts| joined(&facts.creators));
        let (copyright, copyright_from) = first(sources, |facts| text(facts.copyright.as_ref()));
        let (rating, rating_from) = first(sources, |facts| facts.rating);
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
}

fn first<T>(
    sources: [(Provenance, &Facts); 3],
    fact: impl Fn(&Facts) -> Option<T>,
) -> (Option<T>, Option<Provenance>) {
    sources
        .into_iter()
        .find_map(|(from, facts)| fact(facts).map(|value| (value, from)))
        .unzip()
}

fn text(text: Option<&String>) -> Option<String> {
    clean(text?, MAX_CHARACTERS)
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

    #[test]
    fn each_fact_comes_from_the_first_block_that_has_it() {
        let xmp = titled(" ");
        let iptc = Facts {
            creators: vec!["Ana".to_owned(), " Bo ".to_owned()],
            ..titled("From IPTC")
        };
        let exif = Facts {
            rating: Some(4.0),
            ..titled("From EXIF")
        };
        let merged = Facts::merge(&xmp, &iptc, &exif).expect("there are facts");
        assert_eq!(merged.title.as_deref(), Some("From IPTC"));
        assert_eq!(merged.title_from, Some(Provenance::Iptc));
        assert_eq!(merged.creator.as_deref(), Some("Ana; Bo"));
        assert_eq!(
            (merged.rating, merged.rating_from),
            (Some(4.0), Some(Provenance::Exif))
        );
        assert_eq!(merged.description_from, None);
    }

    #[test]
    fn nothing_said_is_nothing_merged() {
        assert_eq!(
            Facts::merge(&Facts::default(), &titled("\0"), &Facts::default()),
            None
        );
    }

    #[test]
    fn keywords_are_distinct_and_bounded() {
        let keywords: Vec<String> = (0..1_000).map(|n| format!("k{}", n / 2)).collect();
        let facts = Facts {
            keywords,
            ..Facts::default()
        };
        let merged =
            Facts::merge(&facts, &Facts::default(), &Facts::default()).expect("there are facts");
        assert_eq!(merged.keywords.len(), MAX_KEYWORDS);
        assert_eq!(&merged.keywords[..3], ["k0", "k1", "k2"]);
    }
}
