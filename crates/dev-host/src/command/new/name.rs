//! Names that are valid for a function, a package and a folder at once.

use std::str::FromStr;

/// Folders and files of the project beside the function's folder.
const TAKEN: [&str; 3] = ["handler", "src", "target"];
/// The longest name in Cargo's registry; the Functions host allows 128.
const LONGEST: usize = 64;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Name(String);

impl Name {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Name {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let allowed =
            |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_';
        if !text.starts_with(|first: char| first.is_ascii_alphabetic())
            || !text.chars().all(allowed)
        {
            return Err(
                "a name must start with a letter and have only letters, digits, hyphens and \
                 underscores, for example resize-image"
                    .into(),
            );
        }
        if text.len() > LONGEST {
            return Err(format!(
                "a name can have at most {LONGEST} letters: choose a shorter one"
            ));
        }
        if TAKEN.contains(&text.to_ascii_lowercase().as_str()) {
            return Err(format!(
                "the project uses this name for something else ({}): choose another one",
                TAKEN.join(", ")
            ));
        }
        Ok(Self(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_must_do_for_the_host_and_for_cargo() {
        for good in ["greet", "Resize_Image-2", &"a".repeat(64)] {
            assert_eq!(good.parse(), Ok(Name(good.to_owned())));
        }
        for bad in [
            "",
            "2d",
            "-a",
            "a b",
            "a/b",
            "..",
            "größe",
            &"a".repeat(65),
            "SRC",
            "handler",
        ] {
            assert!(bad.parse::<Name>().is_err(), "{bad}");
        }
    }
}
