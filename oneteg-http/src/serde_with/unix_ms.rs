//! A time as milliseconds since the Unix epoch, always optional: a member that is missing, `null` or
//! an empty text is `None`.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serializer, de::Error as _};

/// Writes the milliseconds as an integer, or `null`.
///
/// # Errors
/// Those of the serializer.
pub fn serialize<S: Serializer>(
    time: &Option<DateTime<Utc>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => serializer.serialize_i64(time.timestamp_millis()),
        None => serializer.serialize_none(),
    }
}

/// Reads an integer, a whole floating-point number, or a text with either.
///
/// # Errors
/// When the value is something else, or lies outside the years that [`DateTime`] can hold.
pub fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<DateTime<Utc>>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Stamp {
        Integer(i64),
        Float(f64),
        Text(String),
        Nothing(()),
    }
    let expected = || D::Error::custom("expected milliseconds since the Unix epoch");
    let milliseconds = match Stamp::deserialize(deserializer).map_err(|_| expected())? {
        Stamp::Nothing(()) => return Ok(None),
        Stamp::Integer(number) => number,
        Stamp::Float(number) => whole(number).ok_or_else(expected)?,
        Stamp::Text(text) if text.trim().is_empty() => return Ok(None),
        Stamp::Text(text) => text.trim().parse().map_err(|_| expected())?,
    };
    DateTime::from_timestamp_millis(milliseconds)
        .map(Some)
        .ok_or_else(|| D::Error::custom("the time lies outside the range of a date"))
}

fn whole(number: f64) -> Option<i64> {
    // 2^53: beyond it a float no longer says which millisecond is meant.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    #[allow(clippy::cast_possible_truncation)]
    (number.fract() == 0.0 && number.abs() <= EXACT).then_some(number as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Serialize, Deserialize)]
    struct Holder {
        #[serde(default, with = "super")]
        at: Option<DateTime<Utc>>,
    }

    fn read(json: &str) -> Result<Option<i64>, serde_json::Error> {
        serde_json::from_str::<Holder>(json).map(|holder| holder.at.map(|at| at.timestamp_millis()))
    }

    #[test]
    fn reads_every_spelling_of_a_time() {
        assert_eq!(read(r#"{"at":1451979500852}"#).unwrap(), Some(1_451_979_500_852));
        assert_eq!(read(r#"{"at":"1451979500852"}"#).unwrap(), Some(1_451_979_500_852));
        assert_eq!(read(r#"{"at":1451979500852.0}"#).unwrap(), Some(1_451_979_500_852));
        assert_eq!(read(r#"{"at":-1}"#).unwrap(), Some(-1));
        for nothing in [r#"{"at":null}"#, "{}", r#"{"at":""}"#] {
            assert_eq!(read(nothing).unwrap(), None);
        }
    }

    #[test]
    fn refuses_what_is_no_time() {
        for bad in ["9223372036854775807", "1e300", "1.5", "\"soon\"", "[]", "{}", "true"] {
            assert!(read(&format!(r#"{{"at":{bad}}}"#)).is_err(), "{bad} was read as a time");
        }
    }

    #[test]
    fn writes_milliseconds() {
        let holder = Holder { at: DateTime::from_timestamp_millis(1_451_979_500_852) };
        assert_eq!(serde_json::to_string(&holder).unwrap(), r#"{"at":1451979500852}"#);
        assert_eq!(serde_json::to_string(&Holder { at: None }).unwrap(), r#"{"at":null}"#);
    }
}
