//! An optional time as an RFC 3339 string. It also reads what vendors send in its place: no zone (read as UTC), an
//! offset without a colon, a space instead of the `T`, no seconds, a slash between the numbers of the date, the
//! notation of e-mail (RFC 5322), .NET's `/Date(0)/`, and an empty string for no time.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, SecondsFormat, Utc};
use serde::{Deserialize, Deserializer, Serializer, de::Error as _};

/// Writes RFC 3339 in UTC, with as many digits of the fraction as needed, or `null`.
///
/// # Errors
/// Those of the serializer.
pub fn serialize<S: Serializer>(
    time: &Option<DateTime<Utc>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => serializer.serialize_str(&time.to_rfc3339_opts(SecondsFormat::AutoSi, true)),
        None => serializer.serialize_none(),
    }
}

/// Reads RFC 3339 or one of the [other notations](self). A date alone is its midnight, UTC.
///
/// # Errors
/// If the string is none of these.
pub fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<DateTime<Utc>>, D::Error> {
    let Some(value) = Option::<String>::deserialize(deserializer)? else { return Ok(None) };
    let value = value.trim();
    if value.is_empty() {
        return Ok(None);
    }
    parse(value).map(Some).ok_or_else(|| D::Error::custom("expected a date and time (RFC 3339)"))
}

super::member!(Option<DateTime<Utc>>);

/// The time in RFC 3339, if the string is a time in another notation.
pub(crate) fn rewrite(value: &str) -> Option<String> {
    let time = parse(value.trim())?;
    Some(time.to_rfc3339_opts(SecondsFormat::AutoSi, true))
}

pub(crate) fn parse(value: &str) -> Option<DateTime<Utc>> {
    const WITH_OFFSET: [&str; 5] = [
        "%Y-%m-%dT%H:%M:%S%.f%#z",
        "%Y-%m-%d %H:%M:%S%.f%#z",
        "%Y-%m-%d %H:%M:%S%.f %#z",
        "%Y-%m-%dT%H:%M%#z",
        "%Y-%m-%d %H:%M%#z",
    ];
    const WITHOUT: [&str; 6] = [
        "%Y-%m-%dT%H:%M:%S%.f",
        "%Y-%m-%d %H:%M:%S%.f",
        "%Y-%m-%dT%H:%M",
        "%Y-%m-%d %H:%M",
        "%Y%m%dT%H%M%S%.f",
        "%Y/%m/%d %H:%M:%S%.f",
    ];
    if let Ok(time) = DateTime::parse_from_rfc3339(value) {
        return Some(time.to_utc());
    }
    // ISO 8601 also allows a comma before the fraction.
    if let Some((seconds, fraction)) = value.split_once(',')
        && fraction.starts_with(|first: char| first.is_ascii_digit())
    {
        return parse(&format!("{seconds}.{fraction}"));
    }
    if let Some(time) = WITH_OFFSET.iter().find_map(|f| DateTime::parse_from_str(value, f).ok()) {
        return Some(time.to_utc());
    }
    let utc = ["Z", "z", "UTC", "GMT"].iter().find_map(|zone| value.strip_suffix(zone));
    let naive = utc.unwrap_or(value).trim_end();
    if let Some(time) = WITHOUT.iter().find_map(|f| NaiveDateTime::parse_from_str(naive, f).ok()) {
        return Some(time.and_utc());
    }
    if let Ok(date) = NaiveDate::parse_from_str(value, "%Y-%m-%d") {
        return Some(date.and_time(NaiveTime::MIN).and_utc());
    }
    if let Some(milliseconds) =
        value.strip_prefix("/Date(").and_then(|rest| rest.strip_suffix(")/"))
    {
        // An offset after the number is for display only; the number counts from UTC.
        let digits = milliseconds.get(1..).and_then(|rest| rest.find(['+', '-']));
        let number = digits.map_or(milliseconds, |at| &milliseconds[..=at]);
        return DateTime::from_timestamp_millis(number.parse().ok()?);
    }
    DateTime::parse_from_rfc2822(value).ok().map(|time| time.to_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Serialize, Deserialize)]
    struct Holder {
        #[serde(default, with = "super")]
        at: Option<DateTime<Utc>>,
    }

    #[test]
    fn reads_every_spelling_of_a_time() {
        for (value, expected) in [
            ("2024-05-06T07:08:09Z", "2024-05-06T07:08:09Z"),
            ("2024-05-06T07:08:09.123+02:00", "2024-05-06T05:08:09.123Z"),
            ("2024-05-06T07:08:09.5", "2024-05-06T07:08:09.500Z"),
            ("2024-05-06 07:08:09", "2024-05-06T07:08:09Z"),
            ("2024-05-06", "2024-05-06T00:00:00Z"),
            ("2024-05-06T07:08:09.123+0000", "2024-05-06T07:08:09.123Z"),
            ("2024-05-06T07:08:09+0200", "2024-05-06T05:08:09Z"),
            ("2024-05-06T07:08:09+02", "2024-05-06T05:08:09Z"),
            ("2024-05-06 07:08:09 -0700", "2024-05-06T14:08:09Z"),
            ("2024-05-06 07:08:09 UTC", "2024-05-06T07:08:09Z"),
            ("2024-05-06T07:08Z", "2024-05-06T07:08:00Z"),
            ("2024-05-06 07:08", "2024-05-06T07:08:00Z"),
            ("2024-05-06 07:08+02:00", "2024-05-06T05:08:00Z"),
            ("2024-05-06T07:08:09,5Z", "2024-05-06T07:08:09.500Z"),
            ("2024/05/06 07:08:09", "2024-05-06T07:08:09Z"),
            ("20240506T070809Z", "2024-05-06T07:08:09Z"),
            ("Mon, 06 May 2024 07:08:09 GMT", "2024-05-06T07:08:09Z"),
            ("/Date(1714979289123)/", "2024-05-06T07:08:09.123Z"),
            ("/Date(1714979289123+0200)/", "2024-05-06T07:08:09.123Z"),
            ("/Date(-1)/", "1969-12-31T23:59:59.999Z"),
        ] {
            let holder: Holder = serde_json::from_str(&format!(r#"{{"at":"{value}"}}"#)).unwrap();
            let written = serde_json::to_string(&holder).unwrap();
            assert_eq!(written, format!(r#"{{"at":"{expected}"}}"#));
        }
        assert!(serde_json::from_str::<Holder>(r#"{"at":""}"#).unwrap().at.is_none());
        assert!(serde_json::from_str::<Holder>("{}").unwrap().at.is_none());
    }

    #[test]
    fn refuses_what_is_no_time() {
        let zero = "\"0000-00-00 00:00:00\"";
        for bad in ["\"soon\"", "\"2024-13-01\"", zero, "\"/Date()/\"", "\"/Date(é)/\"", "5", "[]"]
        {
            assert!(serde_json::from_str::<Holder>(&format!(r#"{{"at":{bad}}}"#)).is_err());
        }
    }
}
