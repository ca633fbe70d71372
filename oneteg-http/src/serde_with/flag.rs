//! Flags that vendors send as the numbers 0 and 1. They are read from booleans and strings as well, and written as
//! numbers.

use std::fmt;

use serde::{
    Deserializer, Serializer,
    de::{Error, Unexpected, Visitor},
};

/// The type of a flag: `bool`, or an `Option` of it.
pub trait Flag: Sized {
    #[doc(hidden)]
    fn from_option(flag: Option<bool>) -> Option<Self>;
    #[doc(hidden)]
    fn to_option(&self) -> Option<bool>;
}

impl Flag for bool {
    fn from_option(flag: Option<bool>) -> Option<Self> {
        flag
    }
    fn to_option(&self) -> Option<bool> {
        Some(*self)
    }
}

impl Flag for Option<bool> {
    fn from_option(flag: Option<bool>) -> Option<Self> {
        Some(flag)
    }
    fn to_option(&self) -> Option<bool> {
        *self
    }
}

/// Reads a flag from 0 or 1, a boolean, or a string of these.
///
/// # Errors
/// If it is another value, or `null` where a flag is required.
pub fn deserialize<'de, D: Deserializer<'de>, T: Flag>(deserializer: D) -> Result<T, D::Error> {
    let flag = deserializer.deserialize_option(FlagVisitor)?;
    T::from_option(flag).ok_or_else(|| D::Error::invalid_type(Unexpected::Option, &FlagVisitor))
}

super::member!(T, T: Flag);

/// Writes a flag as 0 or 1.
///
/// # Errors
/// Those of the serializer.
pub fn serialize<S: Serializer, T: Flag>(flag: &T, serializer: S) -> Result<S::Ok, S::Error> {
    match flag.to_option() {
        Some(flag) => serializer.serialize_u8(u8::from(flag)),
        None => serializer.serialize_none(),
    }
}

struct FlagVisitor;

impl<'de> Visitor<'de> for FlagVisitor {
    type Value = Option<bool>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a flag: 0, 1 or a boolean")
    }

    fn visit_none<E: Error>(self) -> Result<Option<bool>, E> {
        Ok(None)
    }

    fn visit_unit<E: Error>(self) -> Result<Option<bool>, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<bool>, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<Option<bool>, E> {
        Ok(Some(flag))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Option<bool>, E> {
        match number {
            0 => Ok(Some(false)),
            1 => Ok(Some(true)),
            _ => Err(E::invalid_value(Unexpected::Unsigned(number), &self)),
        }
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Option<bool>, E> {
        u64::try_from(number)
            .map_err(|_| E::invalid_value(Unexpected::Signed(number), &self))
            .and_then(|number| self.visit_u64(number))
    }

    fn visit_str<E: Error>(self, string: &str) -> Result<Option<bool>, E> {
        match string.trim() {
            "0" | "false" => Ok(Some(false)),
            "1" | "true" => Ok(Some(true)),
            _ => Err(E::invalid_value(Unexpected::Str(string), &self)),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};
    use serde_json::json;

    #[derive(Debug, PartialEq, Deserialize, Serialize)]
    struct Holder {
        #[serde(with = "super")]
        required: bool,
        #[serde(default, with = "super", skip_serializing_if = "Option::is_none")]
        optional: Option<bool>,
    }

    #[test]
    fn numbers_booleans_and_strings_are_read_and_numbers_written() {
        for (value, expected) in [
            (json!({"required": 1, "optional": 0}), (true, Some(false))),
            (json!({"required": false, "optional": "1"}), (false, Some(true))),
            (json!({"required": "true", "optional": null}), (true, None)),
            (json!({"required": " 0 "}), (false, None)),
        ] {
            let read: Holder = serde_json::from_value(value).unwrap();
            assert_eq!((read.required, read.optional), expected);
        }
        let written = serde_json::to_value(Holder { required: true, optional: Some(false) });
        assert_eq!(written.unwrap(), json!({"required": 1, "optional": 0}));
        let without = serde_json::to_value(Holder { required: false, optional: None });
        assert_eq!(without.unwrap(), json!({"required": 0}));
    }

    #[test]
    fn other_values_are_refused() {
        for value in [json!({"required": 2}), json!({"required": -1}), json!({"required": "yes"})] {
            assert!(serde_json::from_value::<Holder>(value.clone()).is_err(), "{value}");
        }
        assert!(serde_json::from_value::<Holder>(json!({"required": null})).is_err());
        assert!(serde_json::from_value::<Holder>(json!({})).is_err());
    }
}
