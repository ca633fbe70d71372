//! An optional time in milliseconds since the Unix epoch. `null` and an empty string are `None`. Also accepts a
//! formatted time, as [`lenient_date_time`] does.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{
    Deserializer, Serializer,
    de::{Error, Visitor},
};

use super::lenient_date_time;

/// Writes an integer, or `null`.
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

/// Reads an integer, a floating-point number without a fraction, or a string with either or with a time.
///
/// # Errors
/// If the value is something else, or is outside the range of [`DateTime`].
pub fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<DateTime<Utc>>, D::Error> {
    deserializer.deserialize_option(TimeVisitor)
}

super::member!(Option<DateTime<Utc>>);

struct TimeVisitor;

impl<'de> Visitor<'de> for TimeVisitor {
    type Value = Option<DateTime<Utc>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("milliseconds since the Unix epoch")
    }

    fn visit_none<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_i64<E: Error>(self, milliseconds: i64) -> Result<Self::Value, E> {
        DateTime::from_timestamp_millis(milliseconds)
            .map(Some)
            .ok_or_else(|| E::custom("the time is outside the range of a date"))
    }

    fn visit_u64<E: Error>(self, milliseconds: u64) -> Result<Self::Value, E> {
        self.visit_i64(i64::try_from(milliseconds).unwrap_or(i64::MAX))
    }

    fn visit_f64<E: Error>(self, milliseconds: f64) -> Result<Self::Value, E> {
        match whole(milliseconds) {
            Some(milliseconds) => self.visit_i64(milliseconds),
            None => Err(E::invalid_type(serde::de::Unexpected::Float(milliseconds), &self)),
        }
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Self::Value, E> {
        let value = value.trim();
        if value.is_empty() {
            return Ok(None);
        }
        if let Some(milliseconds) =
            value.parse().ok().or_else(|| value.parse().ok().and_then(whole))
        {
            return self.visit_i64(milliseconds);
        }
        match lenient_date_time::parse(value) {
            Some(time) => Ok(Some(time)),
            None => Err(E::invalid_value(serde::de::Unexpected::Str(value), &self)),
        }
    }
}

fn whole(number: f64) -> Option<i64> {
    // 2^53: above it, a float does not identify a millisecond.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    #[allow(clippy::cast_possible_truncation)]
    (number.fract() == 0.0 && number.abs() <= EXACT).then_some(number as i64)
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

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
        assert_eq!(read(r#"{"at":"1451979500852.0"}"#).unwrap(), Some(1_451_979_500_852));
        assert_eq!(read(r#"{"at":-1}"#).unwrap(), Some(-1));
        assert_eq!(read(r#"{"at":"2024-05-06T07:08:09Z"}"#).unwrap(), Some(1_714_979_289_000));
        assert_eq!(read(r#"{"at":"2024-05-06 07:08:09"}"#).unwrap(), Some(1_714_979_289_000));
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
