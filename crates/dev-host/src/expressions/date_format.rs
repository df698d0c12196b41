//! Translates .NET's custom date formats to those of `strftime`.

/// Translates the custom format specifiers that make sense in a path.
/// Source: <https://learn.microsoft.com/dotnet/standard/base-types/custom-date-and-time-format-strings>.
pub(super) fn to_strftime(format: &str) -> String {
    const SPECIFIERS: [(&str, &str); 17] = [
        ("yyyy", "%Y"),
        ("MMMM", "%B"),
        ("dddd", "%A"),
        ("MMM", "%b"),
        ("ddd", "%a"),
        ("fff", "%3f"),
        ("yy", "%y"),
        ("MM", "%m"),
        ("dd", "%d"),
        ("HH", "%H"),
        ("hh", "%I"),
        ("mm", "%M"),
        ("ss", "%S"),
        ("tt", "%p"),
        ("M", "%-m"),
        ("d", "%-d"),
        ("H", "%-H"),
    ];
    let mut translated = String::new();
    let mut rest = format;
    while let Some(letter) = rest.chars().next() {
        if let Some((specifier, meaning)) = SPECIFIERS
            .iter()
            .find(|(specifier, _)| rest.starts_with(specifier))
        {
            translated.push_str(meaning);
            rest = &rest[specifier.len()..];
        } else {
            translated.push(letter);
            rest = &rest[letter.len_utf8()..];
        }
    }
    translated
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn longer_specifiers_go_before_shorter_ones() {
        assert_eq!(
            to_strftime("yyyy/MM/dd HH:mm:ss.fff"),
            "%Y/%m/%d %H:%M:%S.%3f"
        );
        assert_eq!(to_strftime("d.M.yy H"), "%-d.%-m.%y %-H");
        assert_eq!(to_strftime("hh tt, ddd MMM"), "%I %p, %a %b");
    }
}
