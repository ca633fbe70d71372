//! A time as RFC 3339 text, always optional, that also reads what vendors send in its place: no zone
//! (taken as UTC), a space for the `T`, an empty text for nothing.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, SecondsFormat, Utc};
use serde::{Deserialize, Deserializer, Serializer, de::Error as _};

/// Writes RFC 3339 in UTC with the fraction it needs, or `null`.
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

/// Reads RFC 3339, the same without a zone, or a date alone (its midnight, UTC).
///
/// # Errors
/// When the text is none of these.
pub fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<DateTime<Utc>>, D::Error> {
    let Some(text) = Option::<String>::deserialize(deserializer)? else { return Ok(None) };
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    parse(text).map(Some).ok_or_else(|| D::Error::custom("expected a date and time (RFC 3339)"))
}

fn parse(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Some(time.to_utc());
    }
    for form in ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f"] {
        if let Ok(time) = NaiveDateTime::parse_from_str(text, form) {
            return Some(time.and_utc());
        }
    }
    let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    Some(date.and_time(NaiveTime::MIN).and_utc())
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
        for (text, expected) in [
            ("2024-05-06T07:08:09Z", "2024-05-06T07:08:09Z"),
            ("2024-05-06T07:08:09.123+02:00", "2024-05-06T05:08:09.123Z"),
            ("2024-05-06T07:08:09.5", "2024-05-06T07:08:09.500Z"),
            ("2024-05-06 07:08:09", "2024-05-06T07:08:09Z"),
            ("2024-05-06", "2024-05-06T00:00:00Z"),
        ] {
            let holder: Holder = serde_json::from_str(&format!(r#"{{"at":"{text}"}}"#)).unwrap();
            let written = serde_json::to_string(&holder).unwrap();
            assert_eq!(written, format!(r#"{{"at":"{expected}"}}"#));
        }
        assert!(serde_json::from_str::<Holder>(r#"{"at":""}"#).unwrap().at.is_none());
        assert!(serde_json::from_str::<Holder>("{}").unwrap().at.is_none());
    }

    #[test]
    fn refuses_what_is_no_time() {
        for bad in ["\"soon\"", "\"2024-13-01\"", "5", "[]"] {
            assert!(serde_json::from_str::<Holder>(&format!(r#"{{"at":{bad}}}"#)).is_err());
        }
    }
}
