//! The formats of strings and numbers, as far as they can be recognised.

use serde_json::{Number, Value};

/// The longest name of a member that a report shows.
const LONGEST_NAME: usize = 64;
/// The longest word of an enum that a report shows.
const LONGEST_WORD: usize = 41;

/// How a value fits a format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    Fits,
    /// In another notation, which SDKs read as well.
    Lenient,
    No,
}

/// Whether a string or number of the right type is in a format. Unknown formats fit.
pub(super) fn fit(format: &str, value: &Value) -> Fit {
    let exact = |fits: bool| if fits { Fit::Fits } else { Fit::No };
    match (format, value) {
        ("uuid", Value::String(text)) => exact(is_uuid(text)),
        ("date-time", Value::String(text)) => match text.trim() {
            text if is_date_time(text, true) => Fit::Fits,
            "" => Fit::Lenient,
            text if is_date_time(text, false) || is_date(text) || is_other_time(text) => {
                Fit::Lenient
            }
            _ => Fit::No,
        },
        ("date", Value::String(text)) => exact(is_date(text)),
        ("int32", Value::Number(number)) => {
            exact(whole(number).is_some_and(|number| i32::try_from(number).is_ok()))
        }
        ("int64", Value::Number(number)) => exact(whole(number).is_some()),
        ("unix-ms", Value::Number(number)) => {
            exact(whole(number).is_some_and(|number| !is_other_unit(number)))
        }
        _ => Fit::Fits,
    }
}

/// The format of a value, if one is recognised.
pub(super) fn recognised(value: &Value) -> Option<&'static str> {
    match value {
        Value::String(text) => Some(match text.as_str() {
            "" => "empty",
            "true" | "false" => "boolean",
            text if is_uuid(text) => "uuid",
            text if is_date_time(text, true) => "date-time",
            text if is_date_time(text, false) => "local-date-time",
            text if is_date(text) => "date",
            text if text.parse::<i64>().is_ok() => "integer",
            text if is_number(text) => "number",
            text if is_uri(text) => "uri",
            text if is_email(text) => "email",
            _ => return None,
        }),
        // 2001 to 2096.
        Value::Number(number) => {
            let number = number.as_u64()?;
            (1_000_000_000_000..4_000_000_000_000).contains(&number).then_some("unix-ms")
        }
        _ => None,
    }
}

/// Whether the name of a member may be shown. Others may be data: a uuid, a number, the name of a person.
pub fn is_name(name: &str) -> bool {
    let mut letters = name.chars();
    letters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && letters.all(|letter| letter.is_ascii_alphanumeric() || "_.-".contains(letter))
        && name.len() <= LONGEST_NAME
        && !is_uuid(name)
        && !is_hash(name)
}

/// Whether a value of an enum may be a word of the vendor.
pub(super) fn is_word(text: &str) -> bool {
    let mut letters = text.chars();
    letters.next().is_some_and(|first| first.is_ascii_alphabetic())
        && letters.all(|letter| letter.is_ascii_alphanumeric() || "_-".contains(letter))
        && text.len() <= LONGEST_WORD
        && !is_uuid(text)
        && !is_hash(text)
}

/// The number of milliseconds of a date that is more likely one of seconds or microseconds: as milliseconds, it would be
/// in the first weeks of 1970, or after the year 30000.
fn is_other_unit(number: i64) -> bool {
    (500_000_000..5_000_000_000).contains(&number) || number > 1_000_000_000_000_000
}

/// A whole number of 64 bits, also one that is written as `5.0`. Numbers with more digits are read as floats.
fn whole(number: &Number) -> Option<i64> {
    let float = || {
        let float = number.as_f64().filter(|_| number.is_f64())?;
        // 2^63, the first number that does not fit.
        let is_within = float.fract() == 0.0 && float.abs() < 9_223_372_036_854_775_808.0;
        is_within.then_some(float as i64)
    };
    number.as_i64().or_else(float)
}

/// A number without a fraction that is written with one, such as `5.0`.
pub(super) fn is_whole_f64(value: &Value) -> bool {
    value.is_f64() && value.as_f64().is_some_and(|number| number.fract() == 0.0)
}

fn is_hash(text: &str) -> bool {
    text.len() >= 24
        && text.bytes().all(|byte| byte.is_ascii_hexdigit())
        && text.bytes().any(|byte| byte.is_ascii_digit())
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// Digits that are a number in a range.
fn digits(bytes: &[u8], range: std::ops::RangeInclusive<u32>) -> bool {
    bytes.iter().all(u8::is_ascii_digit)
        && std::str::from_utf8(bytes)
            .ok()
            .and_then(|text| text.parse().ok())
            .is_some_and(|number| range.contains(&number))
}

fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() == 10
        && digits(&bytes[..4], 0..=9999)
        && bytes[4] == b'-'
        && digits(&bytes[5..7], 1..=12)
        && bytes[7] == b'-'
        && digits(&bytes[8..], 1..=31)
}

/// A date and time of RFC 3339. With `strict`, the time zone is there and a `T` before the time.
fn is_date_time(text: &str, strict: bool) -> bool {
    let bytes = text.as_bytes();
    if bytes.len() < 19 || !text.is_char_boundary(10) || !is_date(&text[..10]) {
        return false;
    }
    let separated = matches!(bytes[10], b'T' | b't') || (!strict && bytes[10] == b' ');
    let time = &bytes[11..19];
    let is_time = digits(&time[..2], 0..=23)
        && time[2] == b':'
        && digits(&time[3..5], 0..=59)
        && time[5] == b':'
        && digits(&time[6..], 0..=60);
    if !separated || !is_time {
        return false;
    }
    let mut rest = &bytes[19..];
    if let [b'.', fraction @ ..] = rest {
        let length = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if length == 0 {
            return false;
        }
        rest = &fraction[length..];
    }
    match rest {
        [b'Z' | b'z'] => true,
        [b'+' | b'-', zone @ ..] => match zone {
            [hours @ .., b':', _, _] if hours.len() == 2 => {
                digits(hours, 0..=23) && digits(&zone[3..], 0..=59)
            }
            _ => !strict && zone.len() == 4 && digits(zone, 0..=2359),
        },
        [] => !strict,
        _ => false,
    }
}

/// Other notations that SDKs read: .NET's, and dates with slashes or without seconds.
fn is_other_time(text: &str) -> bool {
    let is_net = text.starts_with("/Date(") && text.ends_with(")/");
    let date = text.get(..10).map(|date| date.replace('/', "-"));
    let time = text.as_bytes().get(11..16);
    let is_time = time.is_some_and(|time| {
        digits(&time[..2], 0..=23) && time[2] == b':' && digits(&time[3..], 0..=59)
    });
    let is_rest = |byte: &u8| byte.is_ascii_digit() || b":+- Z".contains(byte);
    let ends = text.as_bytes().get(16..).is_some_and(|rest| rest.iter().all(is_rest));
    is_net || (date.is_some_and(|date| is_date(&date)) && is_time && ends)
}

fn is_number(text: &str) -> bool {
    let is_digit = |byte: u8| byte.is_ascii_digit();
    text.bytes().all(|byte| is_digit(byte) || b"+-.eE".contains(&byte))
        && text.bytes().any(is_digit)
        && text.parse::<f64>().is_ok()
}

fn is_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    scheme.starts_with(|letter: char| letter.is_ascii_alphabetic())
        && scheme.chars().all(|letter| letter.is_ascii_alphanumeric() || "+.-".contains(letter))
        && !rest.is_empty()
        && !rest.contains(char::is_whitespace)
}

fn is_email(text: &str) -> bool {
    let Some((user, host)) = text.split_once('@') else { return false };
    !user.is_empty()
        && host.contains('.')
        && !text.contains(char::is_whitespace)
        && !host.contains('@')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn times_fit_in_degrees() {
        for (text, expected) in [
            ("2024-02-29T12:00:00Z", Fit::Fits),
            ("2024-02-29T12:00:00.1234567+01:00", Fit::Fits),
            ("2024-02-29T12:00:00", Fit::Lenient),
            ("2024-02-29 12:00:00", Fit::Lenient),
            ("2024-02-29T12:00:00+0100", Fit::Lenient),
            ("2024-02-29", Fit::Lenient),
            ("2024/02/29 12:00:00", Fit::Lenient),
            ("/Date(0)/", Fit::Lenient),
            ("", Fit::Lenient),
            ("2024-13-29T12:00:00Z", Fit::No),
            ("29.2.2024", Fit::No),
            ("yesterday", Fit::No),
            ("2024-02-29T12:00:00.Z", Fit::No),
            ("ééééééééééééééé", Fit::No),
        ] {
            assert_eq!(fit("date-time", &json!(text)), expected, "{text}");
        }
    }

    #[test]
    fn numbers_have_a_range() {
        assert_eq!(fit("int32", &json!(2_147_483_648_u64)), Fit::No);
        assert_eq!(fit("int32", &json!(-5)), Fit::Fits);
        assert_eq!(fit("int64", &json!(u64::MAX)), Fit::No);
        assert_eq!(fit("int64", &json!(5.0)), Fit::Fits);
        assert_eq!(fit("int32", &json!(5.0)), Fit::Fits);
        for digits in ["1e19", "-340282366920938463463374607431768211456", "0.5"] {
            let number: Value = serde_json::from_str(digits).unwrap();
            assert_eq!(fit("int64", &number), Fit::No, "{digits}");
        }
        assert_eq!(fit("int32", &json!(3e9)), Fit::No);
        assert_eq!(fit("colour", &json!("red")), Fit::Fits);
    }

    #[test]
    fn milliseconds_are_neither_seconds_nor_microseconds() {
        for (number, expected) in [
            (1_714_979_289_000_i64, Fit::Fits),
            (0, Fit::Fits),
            (86_400_000, Fit::Fits),
            (-86_400_000, Fit::Fits),
            // The end of the year 9999.
            (253_402_300_799_000, Fit::Fits),
            (1_714_979_289, Fit::No),
            (1_714_979_289_000_000, Fit::No),
        ] {
            assert_eq!(fit("unix-ms", &json!(number)), expected, "{number}");
        }
    }

    #[test]
    fn formats_are_recognised() {
        for (value, expected) in [
            (json!("6f9619ff-8b86-d011-b42d-00cf4fc964ff"), Some("uuid")),
            (json!("2024-02-29T12:00:00Z"), Some("date-time")),
            (json!("2024-02-29 12:00:00"), Some("local-date-time")),
            (json!("2024-02-29"), Some("date")),
            (json!("12"), Some("integer")),
            (json!("1.5"), Some("number")),
            (json!("https://a.example/b"), Some("uri")),
            (json!("a@b.example"), Some("email")),
            (json!(""), Some("empty")),
            (json!("Ann"), None),
            (json!(1_700_000_000_000_u64), Some("unix-ms")),
            (json!(12), None),
            (json!(true), None),
        ] {
            assert_eq!(recognised(&value), expected, "{value}");
        }
    }

    #[test]
    fn names_that_may_be_data_are_recognised() {
        for name in ["lastSeen", "last_seen", "_links", "odata.type", "x-y"] {
            assert!(is_name(name), "{name}");
        }
        for name in [
            "6f9619ff-8b86-d011-b42d-00cf4fc964ff",
            "a1f9619ff8b86d011b42d00cf4fc964f",
            "12",
            "Ann Lee",
            "a@b.example",
            "é",
            "",
        ] {
            assert!(!is_name(name), "{name}");
        }
        assert!(is_word("pending_approval") && !is_word("Ann Lee") && !is_word("12"));
    }
}
