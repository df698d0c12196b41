//! Numbers: how integers and doubles are told apart, and how .NET writes doubles.

use super::Json;

/// Reads a number: an integer of any size, or a double.
pub(super) fn parse(word: &str) -> Option<Json<'_>> {
    let digits = word.strip_prefix('-').unwrap_or(word);
    let starts_well = digits.starts_with(|first: char| first.is_ascii_digit() || first == '.');
    let is_octal =
        digits.starts_with('0') && digits.as_bytes().get(1).is_some_and(u8::is_ascii_digit);
    if !starts_well || is_octal {
        return None;
    }
    if digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return Some(match word.parse() {
            Ok(number) => Json::Integer(number),
            Err(_) => Json::BigInteger(word.into()),
        });
    }
    let number: f64 = word.parse().ok()?;
    number.is_finite().then_some(Json::Float(number))
}

/// A double with the fewest digits that identify it, as .NET writes it: with an exponent of two
/// digits if the number is 10¹⁵ or more, or less than 10⁻⁴.
pub(super) fn text(number: f64) -> String {
    let scientific = format!("{number:E}");
    let parts = scientific.split_once('E');
    let parts = parts.and_then(|(digits, exponent)| Some((digits, exponent.parse::<i32>().ok()?)));
    match parts {
        Some((digits, exponent)) if exponent >= 15 || (exponent < -4 && number != 0.0) => {
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{digits}E{sign}{:02}", exponent.abs())
        }
        _ => number.to_string(),
    }
}

/// The same in JSON, where a double never looks like an integer.
pub(super) fn json(number: f64) -> String {
    let text = text(number);
    if text.contains(['.', 'E']) {
        text
    } else {
        text + ".0"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_of_any_size_stay_as_they_are() {
        assert_eq!(parse("-5"), Some(Json::Integer(-5)));
        assert_eq!(
            parse("9007199254740993"),
            Some(Json::Integer(9_007_199_254_740_993))
        );
        let huge = "123456789012345678901234567890";
        assert_eq!(parse(huge), Some(Json::BigInteger(huge.into())));
    }

    #[test]
    fn doubles_are_written_as_dot_net_does() {
        for (number, expected) in [
            ("1.0", "1.0"),
            ("-0.0", "-0.0"),
            ("1e21", "1E+21"),
            ("1e15", "1E+15"),
            ("1e14", "100000000000000.0"),
            ("0.0001", "0.0001"),
            ("0.00001", "1E-05"),
            ("0.12345678901234567890", "0.12345678901234568"),
            ("1.5E-300", "1.5E-300"),
        ] {
            let Some(Json::Float(parsed)) = parse(number) else {
                panic!("{number} is no double")
            };
            assert_eq!(json(parsed), expected, "{number}");
        }
        assert_eq!(text(1.0), "1");
    }

    #[test]
    fn other_words_are_no_numbers() {
        for word in ["", "-", "01", "1x", "e5", "NaN", "1e999", "--1"] {
            assert_eq!(parse(word), None, "{word}");
        }
    }
}
