//! Removes secrets from log lines.
//!
//! An error's text comes from libraries and may hold the address of a request, which may hold a signature. So the
//! finished line is searched, whoever wrote its parts.
//!
//! These are removed:
//! - the whole query of an address that has a signature (`sig`, of a shared access signature) or a function key
//!   (`code`)
//! - `sig=` elsewhere, and `SharedAccessSignature=`, `AccountKey=` and `SharedAccessKey=`, of Azure's connection
//!   strings
//! - the values of passwords, `sasl.password` of librdkafka among them
//! - bearer tokens, and the value of a header `Authorization`, `x-functions-key` or `api-key`

use std::{borrow::Cow, sync::LazyLock};

use regex::{Captures, Regex};

/// The text that replaces a secret.
const TAKEN_OUT: &str = "…";

/// Each pattern keeps its group `keep` and removes the rest of the match.
static SECRETS: LazyLock<Regex> = LazyLock::new(|| {
    // A value ends at blanks, quotes and brackets, and before a backslash, which JSON writes before a quote.
    let value = r#"[^\s"'`<>\\,;&)\]}]+"#;
    let rest_of_address = r#"[^\s"'`<>\\)]*"#;
    // Between a name and its value there may be `=`, `: `, quotes of JSON and of Debug, some of them escaped, and the
    // comma of a pair, as Debug writes it.
    let quote = r#"(?:\\?["'])"#;
    let between = format!(r"(?:{quote}?\s*(?:=>|=|:)\s*(?:Some\()?{quote}?|{quote},\s+{quote})");
    let patterns = [
        format!(r#"(?P<query>\?)[^\s"'`<>\\)]*?\b(?:sig|code)(?:=|%3D){rest_of_address}"#),
        format!(r"(?P<sig>\bsig(?:=|%3D)){value}"),
        r#"(?P<sas>\bSharedAccessSignature=)[^\s"'`<>\\;]+"#.to_owned(),
        format!(r"(?P<key>\b(?:AccountKey|SharedAccessKey)(?:=|%3D)){value}"),
        r"(?P<bearer>\b(?:Bearer|SharedKey|Basic) )[A-Za-z0-9._~+/=:%-]{8,}".to_owned(),
        format!(
            r"(?P<named>\b(?:[a-z0-9_.-]*password|x-functions-key|api-key|client_secret){between}){value}"
        ),
    ];
    #[expect(clippy::expect_used, reason = "the pattern is fixed, and tested")]
    Regex::new(&format!("(?i){}", patterns.join("|"))).expect("a pattern")
});

/// The line without secrets.
#[must_use]
pub fn redact(line: &str) -> Cow<'_, str> {
    SECRETS.replace_all(line, |found: &Captures<'_>| {
        let kept = found.iter().skip(1).flatten().next();
        format!("{}{TAKEN_OUT}", kept.map_or("", |kept| kept.as_str()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_taken_out() {
        for (line, expected) in [
            (
                "GET https://a.blob.core.windows.net/uploads/x?sv=2024-08-04&se=2030&sp=rw&sig=Ab%2Bc%3D failed",
                "GET https://a.blob.core.windows.net/uploads/x?… failed",
            ),
            (
                r#"{"error":"request (http://127.0.0.1:1/dev/x?sv=1&sig=AbC%3D&sr=b): refused"}"#,
                r#"{"error":"request (http://127.0.0.1:1/dev/x?…): refused"}"#,
            ),
            (
                r#"url: \"http://host/x?sig=abc\", source"#,
                r#"url: \"http://host/x?…\", source"#,
            ),
            (
                "POST https://f.azurewebsites.net/api/ProcessSink?code=Zm9v== answered",
                "POST https://f.azurewebsites.net/api/ProcessSink?… answered",
            ),
            ("sv=2024&sig=abc&se=1", "sv=2024&sig=…&se=1"),
            (
                "AccountName=a;AccountKey=Eby8vdM02xN/OcqF+w==;EndpointSuffix=x",
                "AccountName=a;AccountKey=…;EndpointSuffix=x",
            ),
            (
                "BlobEndpoint=https://a;SharedAccessSignature=sv=1&sig=x&se=2;X=y",
                "BlobEndpoint=https://a;SharedAccessSignature=…;X=y",
            ),
            (
                "Endpoint=sb://x;SharedAccessKey=abc=",
                "Endpoint=sb://x;SharedAccessKey=…",
            ),
            ("sasl.password=hunter2 is wrong", "sasl.password=… is wrong"),
            (
                r#""sasl.password": "hunter2", "x": 1"#,
                r#""sasl.password": "…", "x": 1"#,
            ),
            (
                r#"{"fields":"{\"password\":\"hunter2\"}"}"#,
                r#"{"fields":"{\"password\":\"…\"}"}"#,
            ),
            (
                r#"("KAFKA_PASSWORD", "hunter2")"#,
                r#"("KAFKA_PASSWORD", "…")"#,
            ),
            (
                "authorization: Bearer eyJ0eXAi.eyJhdWQi.sig-nature",
                "authorization: Bearer …",
            ),
            (
                "authorization: SharedKey account:Zm9vYmFy=",
                "authorization: SharedKey …",
            ),
            ("x-functions-key: Zm9vYmFy==", "x-functions-key: …"),
        ] {
            assert_eq!(redact(line), expected);
        }
    }

    #[test]
    fn what_is_no_secret_stays() {
        for line in [
            "a dependency failed code=not-an-image bytes=3",
            r#"{"error":{"code":"not-an-image"},"id":"a?b"}"#,
            "GET https://a.blob.core.windows.net/uploads?restype=container&comp=list",
            "the signature's design was assigned=1",
            "a basic test of passwords",
            "a wrong password, please try again",
            r#"{"look_at":"KAFKA_USERNAME and KAFKA_PASSWORD","spans":[]}"#,
        ] {
            assert_eq!(redact(line), line);
        }
    }
}
