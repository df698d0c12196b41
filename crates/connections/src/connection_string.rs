//! `Key=Value;Key=Value`, the form of every Azure connection string.

/// The pairs of a connection string. The case of keys is ignored, as the .NET clients do.
pub(crate) struct ConnectionString(Vec<(String, String)>);

impl ConnectionString {
    /// Splits at semicolons and at the first equals sign of each part, because keys and signatures
    /// can end in equals signs.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        text.split(';')
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .map(|part| {
                part.split_once('=')
                    .map(|(key, value)| (key.trim().to_owned(), value.trim().to_owned()))
                    .ok_or("it is neither a connection string (Key=Value;Key=Value) nor empty")
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }

    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(key))
            .map(|(_, value)| value.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_equals_signs_of_a_key() {
        let parsed = ConnectionString::parse("AccountName=a; accountkey=QUJD==;").unwrap();
        assert_eq!(parsed.get("AccountKey"), Some("QUJD=="));
        assert_eq!(parsed.get("EndpointSuffix"), None);
    }

    #[test]
    fn refuses_text_without_pairs() {
        assert!(ConnectionString::parse("hunter2").is_err());
    }
}
