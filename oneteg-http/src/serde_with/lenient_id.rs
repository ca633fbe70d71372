//! Ids, which vendors send as numbers in one place and as strings in another. Both are read as the documented type,
//! and written as that type.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserializer,
    de::{Error, SeqAccess, Visitor},
};

/// The type of an id: a string, an integer, or an `Option` or list of these.
pub trait LenientId: Sized {
    #[doc(hidden)]
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error>;
}

/// Reads an id from a string or a number.
///
/// # Errors
/// If it is neither, or a string without a number where an integer is documented.
pub fn deserialize<'de, D: Deserializer<'de>, T: LenientId>(
    deserializer: D,
) -> Result<T, D::Error> {
    T::read(deserializer)
}

super::member!(T, T: LenientId);

/// A single id, from the JSON types that may stand for it.
trait ScalarId: Sized {
    const EXPECTED: &'static str;
    fn from_str(value: &str) -> Option<Self>;
    fn from_string(value: String) -> Option<Self> {
        Self::from_str(&value)
    }
    fn from_signed(number: i64) -> Option<Self>;
    fn from_unsigned(number: u64) -> Option<Self>;
    /// From a number written with a zero fraction: `7.0`.
    fn from_float(number: f64) -> Option<Self> {
        // 2^53: above it, a float does not identify an integer.
        const EXACT: f64 = 9_007_199_254_740_992.0;
        // Numbers too small for a float are 0 as well.
        let is_exact = number != 0.0 && number.fract() == 0.0 && number.abs() <= EXACT;
        #[allow(clippy::cast_possible_truncation)]
        let whole = is_exact.then_some(number as i64);
        Self::from_signed(whole?)
    }
}

impl ScalarId for String {
    const EXPECTED: &'static str = "an id: a string or a number";
    fn from_str(value: &str) -> Option<Self> {
        Some(value.to_owned())
    }
    fn from_string(value: String) -> Option<Self> {
        Some(value)
    }
    fn from_signed(number: i64) -> Option<Self> {
        Some(number.to_string())
    }
    fn from_unsigned(number: u64) -> Option<Self> {
        Some(number.to_string())
    }
}

macro_rules! integers {
    ($($integer:ty),*) => {$(
        impl ScalarId for $integer {
            const EXPECTED: &'static str = "an id: an integer, or a string with one";
            fn from_str(value: &str) -> Option<Self> {
                value.trim().parse().ok()
            }
            fn from_signed(number: i64) -> Option<Self> {
                number.try_into().ok()
            }
            fn from_unsigned(number: u64) -> Option<Self> {
                number.try_into().ok()
            }
        }
    )*};
}

integers!(i32, i64);

struct ScalarVisitor<T>(PhantomData<T>);

impl<T: ScalarId> Visitor<'_> for ScalarVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::EXPECTED)
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<T, E> {
        T::from_str(value).ok_or_else(|| E::invalid_value(serde::de::Unexpected::Str(value), &self))
    }

    fn visit_string<E: Error>(self, value: String) -> Result<T, E> {
        T::from_string(value).ok_or_else(|| E::custom(format_args!("expected {}", T::EXPECTED)))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<T, E> {
        T::from_signed(number)
            .ok_or_else(|| E::invalid_value(serde::de::Unexpected::Signed(number), &self))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<T, E> {
        T::from_unsigned(number)
            .ok_or_else(|| E::invalid_value(serde::de::Unexpected::Unsigned(number), &self))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<T, E> {
        T::from_float(number)
            .ok_or_else(|| E::invalid_value(serde::de::Unexpected::Float(number), &self))
    }
}

struct OptionVisitor<T>(PhantomData<T>);

impl<'de, T: LenientId> Visitor<'de> for OptionVisitor<T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an id or nothing")
    }

    fn visit_none<E: Error>(self) -> Result<Option<T>, E> {
        Ok(None)
    }

    fn visit_unit<E: Error>(self) -> Result<Option<T>, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<T>, D::Error> {
        T::read(deserializer).map(Some)
    }
}

struct ListVisitor<T>(PhantomData<T>);

impl<'de, T: ScalarId> Visitor<'de> for ListVisitor<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of ids")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Vec<T>, A::Error> {
        struct Item<T>(PhantomData<T>);
        impl<'de, T: ScalarId> serde::de::DeserializeSeed<'de> for Item<T> {
            type Value = T;
            fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
                deserializer.deserialize_any(ScalarVisitor(PhantomData))
            }
        }
        let mut all = Vec::new();
        while let Some(item) = items.next_element_seed(Item(PhantomData))? {
            all.push(item);
        }
        Ok(all)
    }
}

macro_rules! scalars {
    ($($scalar:ty),*) => {$(
        impl LenientId for $scalar {
            fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_any(ScalarVisitor(PhantomData))
            }
        }

        impl LenientId for Vec<$scalar> {
            fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_seq(ListVisitor(PhantomData))
            }
        }
    )*};
}

scalars!(String, i32, i64);

impl<T: LenientId> LenientId for Option<T> {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_option(OptionVisitor(PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    #[derive(Debug, Default, PartialEq, Deserialize)]
    struct Holder {
        #[serde(default, deserialize_with = "super::deserialize")]
        text: Option<String>,
        #[serde(default, deserialize_with = "super::deserialize")]
        number: Option<i64>,
        #[serde(default, deserialize_with = "super::deserialize")]
        many: Option<Vec<i64>>,
        #[serde(default, deserialize_with = "super::deserialize")]
        names: Vec<String>,
    }

    #[test]
    fn reads_numbers_and_strings() {
        let holder: Holder = serde_json::from_value(
            json!({"text": 7, "number": " 8 ", "many": ["1", 2.0], "names": [1, "a"]}),
        )
        .unwrap();
        let expected = Holder {
            text: Some("7".into()),
            number: Some(8),
            many: Some(vec![1, 2]),
            names: vec!["1".into(), "a".into()],
        };
        assert_eq!(holder, expected);
        let none = json!({"text": null, "number": null, "many": null});
        assert_eq!(serde_json::from_value::<Holder>(none).unwrap(), Holder::default());
        assert_eq!(serde_json::from_value::<Holder>(json!({})).unwrap(), Holder::default());
        let huge = json!({"text": u64::MAX}).to_string();
        let holder: Holder = serde_json::from_str(&huge).unwrap();
        assert_eq!(holder.text.unwrap(), u64::MAX.to_string());
    }

    #[test]
    fn refuses_what_is_no_id() {
        for bad in [
            json!({"number": "abc"}),
            json!({"number": u64::MAX}),
            json!({"number": 1.5}),
            json!({"number": 0.0}),
            json!({"text": true}),
            json!({"text": [1]}),
            json!({"many": 1}),
        ] {
            assert!(serde_json::from_value::<Holder>(bad.clone()).is_err(), "{bad}");
        }
    }
}
