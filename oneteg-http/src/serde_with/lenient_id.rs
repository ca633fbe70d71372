//! Ids, which vendors send as numbers in one place and as texts in another: both are read as the type
//! that is documented. Written as that type.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserializer,
    de::{Error, SeqAccess, Visitor},
};

/// What an id is read into: a text, an integer, an optional one or a list.
pub trait LenientId: Sized {
    #[doc(hidden)]
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error>;
}

/// Reads an id from a text or a number.
///
/// # Errors
/// When it is neither, or a text without a number where one is documented.
pub fn deserialize<'de, D: Deserializer<'de>, T: LenientId>(
    deserializer: D,
) -> Result<T, D::Error> {
    T::read(deserializer)
}

/// One id from what JSON has for it.
trait Scalar: Sized {
    const EXPECTED: &'static str;
    fn from_text(text: &str) -> Option<Self>;
    fn from_owned(text: String) -> Option<Self> {
        Self::from_text(&text)
    }
    fn from_signed(number: i64) -> Option<Self>;
    fn from_unsigned(number: u64) -> Option<Self>;
    /// From a number that was written with a zero fraction: `7.0`.
    fn from_float(number: f64) -> Option<Self> {
        // 2^53: beyond it a float no longer says which integer is meant.
        const EXACT: f64 = 9_007_199_254_740_992.0;
        // A float of 0 is also what remains of one too small to be told from it.
        let is_exact = number != 0.0 && number.fract() == 0.0 && number.abs() <= EXACT;
        #[allow(clippy::cast_possible_truncation)]
        let whole = is_exact.then_some(number as i64);
        Self::from_signed(whole?)
    }
}

impl Scalar for String {
    const EXPECTED: &'static str = "an id: a text or a number";
    fn from_text(text: &str) -> Option<Self> {
        Some(text.to_owned())
    }
    fn from_owned(text: String) -> Option<Self> {
        Some(text)
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
        impl Scalar for $integer {
            const EXPECTED: &'static str = "an id: an integer, or a text with one";
            fn from_text(text: &str) -> Option<Self> {
                text.trim().parse().ok()
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

struct One<T>(PhantomData<T>);

impl<T: Scalar> Visitor<'_> for One<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::EXPECTED)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        T::from_text(text).ok_or_else(|| E::invalid_value(serde::de::Unexpected::Str(text), &self))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<T, E> {
        T::from_owned(text).ok_or_else(|| E::custom(format_args!("expected {}", T::EXPECTED)))
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

struct Optional<T>(PhantomData<T>);

impl<'de, T: LenientId> Visitor<'de> for Optional<T> {
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

struct Listed<T>(PhantomData<T>);

impl<'de, T: Scalar> Visitor<'de> for Listed<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of ids")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Vec<T>, A::Error> {
        struct Item<T>(PhantomData<T>);
        impl<'de, T: Scalar> serde::de::DeserializeSeed<'de> for Item<T> {
            type Value = T;
            fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
                deserializer.deserialize_any(One(PhantomData))
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
                deserializer.deserialize_any(One(PhantomData))
            }
        }

        impl LenientId for Vec<$scalar> {
            fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_seq(Listed(PhantomData))
            }
        }
    )*};
}

scalars!(String, i32, i64);

impl<T: LenientId> LenientId for Option<T> {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_option(Optional(PhantomData))
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
    fn reads_numbers_and_texts() {
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
