//! An error with all of its causes, on one line.

use std::{error::Error, fmt};

/// Displays an error and all of its causes: `outermost: cause: cause of the cause`.
#[must_use]
pub fn chain<'a>(error: &'a (dyn Error + 'a)) -> Chain<'a> {
    Chain(error)
}

/// The return type of [`chain`].
#[derive(Clone, Copy, Debug)]
pub struct Chain<'a>(&'a (dyn Error + 'a));

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut last = self.0.to_string();
        f.write_str(&last)?;
        let mut next = self.0.source();
        while let Some(cause) = next {
            let text = cause.to_string();
            // Some errors include their cause in their own text.
            if !last.ends_with(&text) {
                write!(f, ": {text}")?;
                last = text;
            }
            next = cause.source();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Layer(&'static str, Option<Box<Self>>);

    impl fmt::Display for Layer {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }
    }

    impl Error for Layer {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            self.1.as_deref().map(|cause| cause as _)
        }
    }

    fn layers(texts: &[&'static str]) -> Layer {
        let (last, outer) = texts.split_last().expect("at least one");
        let last = Layer(last, None);
        outer
            .iter()
            .rev()
            .fold(last, |cause, text| Layer(text, Some(Box::new(cause))))
    }

    #[test]
    fn every_cause_is_told() {
        let error = layers(&[
            "writing a record",
            "sending the request",
            "connection refused",
        ]);
        assert_eq!(
            chain(&error).to_string(),
            "writing a record: sending the request: connection refused"
        );
    }

    #[test]
    fn a_cause_that_an_error_shows_by_itself_is_not_told_twice() {
        let error = layers(&["no client: no route", "no route", "host is down"]);
        assert_eq!(
            chain(&error).to_string(),
            "no client: no route: host is down"
        );
    }
}
