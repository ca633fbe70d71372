//! Types with several forms (`oneOf`): a list or an object, for example.
//!
//! serde's own `untagged` reads the value into a buffer, from which every alternative is then read strictly.
//! Here the reader is asked again for each alternative, so that the tolerant reader can repair inside them.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, Error, SeqAccess, Visitor},
};
use serde_json::Value;

use super::{
    failure::Failure,
    reader::{Reader, read},
};

/// By this name the tolerant reader knows that alternatives are read.
pub(super) const NAME: &str = "$oneteg_http::one_of";

/// A type that is one of several. Implemented by [`one_of!`](crate::codegen::one_of).
#[doc(hidden)]
pub trait OneOf: Sized {
    /// Reads each alternative as the next element: all are the same value. The last one that is returned counts.
    fn read<'de, A: SeqAccess<'de>>(again: &mut A) -> Option<Self>;
}

/// Implements reading for an enum of one-field variants, of which the first that fits is taken.
#[doc(hidden)]
#[macro_export]
macro_rules! __one_of {
    ($name:ident { $($variant:ident),+ $(,)? }) => {
        impl $crate::codegen::OneOf for $name {
            fn read<'de, A: ::serde::de::SeqAccess<'de>>(again: &mut A) -> ::std::option::Option<Self> {
                let mut found = ::std::option::Option::None;
                $(
                    if let ::std::result::Result::Ok(::std::option::Option::Some(value)) =
                        again.next_element()
                    {
                        found = ::std::option::Option::Some(Self::$variant(value));
                    }
                )+
                found
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::std::result::Result<Self, D::Error> {
                $crate::codegen::read_one_of(deserializer)
            }
        }
    };
}

/// Reads a type that is one of several.
///
/// # Errors
/// When the value is none of them.
#[doc(hidden)]
pub fn read_one_of<'de, D: Deserializer<'de>, T: OneOf>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_newtype_struct(NAME, Alternatives(PhantomData))
}

struct Alternatives<T>(PhantomData<T>);

impl<'de, T: OneOf> Visitor<'de> for Alternatives<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("one of several documented forms")
    }

    /// Every other reader: the value is read first.
    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        let value = Value::deserialize(deserializer)?;
        T::read(&mut Strictly { value: &value, found: false }).ok_or_else(none_fits)
    }

    /// The tolerant reader.
    fn visit_seq<A: SeqAccess<'de>>(self, mut again: A) -> Result<T, A::Error> {
        T::read(&mut again).ok_or_else(none_fits)
    }
}

fn none_fits<E: Error>() -> E {
    E::custom("it has none of the documented forms")
}

/// A value as every alternative, until one fits.
struct Strictly<'v> {
    value: &'v Value,
    found: bool,
}

impl<'v> SeqAccess<'v> for Strictly<'v> {
    type Error = serde_json::Error;

    fn next_element_seed<S: DeserializeSeed<'v>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, serde_json::Error> {
        if self.found {
            return Ok(None);
        }
        let read = seed.deserialize(self.value)?;
        self.found = true;
        Ok(Some(read))
    }
}

/// A value as every alternative: of those that can be read, the one that takes the fewest repairs, and the first
/// of these.
pub(super) struct Again<'c, 't> {
    reader: Reader<'c, 't>,
    /// Where the notes of the alternatives begin, and how many the best one has.
    begin: (usize, usize),
    best: Option<usize>,
}

impl<'c, 't> Again<'c, 't> {
    pub(super) fn new(reader: Reader<'c, 't>) -> Self {
        Self { reader, begin: reader.context.mark(), best: None }
    }

    fn attempt<T>(
        &mut self,
        read: impl FnOnce(Reader<'c, 't>) -> Result<T, Failure>,
    ) -> Result<Option<T>, Failure> {
        let context = self.reader.context;
        // What another type made of the members.
        self.reader.node.forget();
        let before = context.mark();
        let value = read(self.reader).inspect_err(|_| context.roll_back(before))?;
        let repairs = context.mark().1 - before.1;
        if self.best.is_some_and(|best| best <= repairs) {
            context.roll_back(before);
            return Ok(None);
        }
        // The notes of the one that was the best so far.
        context.forget(self.begin, before);
        self.best = Some(repairs);
        Ok(Some(value))
    }
}

impl<'t> SeqAccess<'t> for Again<'_, 't> {
    type Error = Failure;

    fn next_element_seed<S: DeserializeSeed<'t>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Failure> {
        self.attempt(|reader| seed.deserialize(reader))
    }

    fn next_element<T: Deserialize<'t>>(&mut self) -> Result<Option<T>, Failure> {
        self.attempt(read)
    }
}
