//! Types with several forms (`oneOf`), such as a list or an object.
//!
//! serde's `untagged` reads the value into a buffer, and every alternative strictly from that. Here each alternative
//! is read from the reader, so that the tolerant reader can repair inside it. The reader presents the value as a
//! sequence that repeats it for each alternative.

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

/// The name of the newtype by which the tolerant reader recognises that alternatives are read.
pub(super) const NAME: &str = "$oneteg_http::one_of";

/// A type with several forms. Implemented by [`one_of!`](crate::codegen::one_of).
#[doc(hidden)]
pub trait OneOf: Sized {
    /// Reads each alternative as the next element; all elements are the same value. The last one returned counts.
    fn read<'de, A: SeqAccess<'de>>(alternatives: &mut A) -> Option<Self>;
}

/// Implements `Deserialize` for an enum of one-field variants. The first variant that fits is taken.
#[doc(hidden)]
#[macro_export]
macro_rules! __one_of {
    ($name:ident { $($variant:ident),+ $(,)? }) => {
        impl $crate::codegen::OneOf for $name {
            fn read<'de, A: ::serde::de::SeqAccess<'de>>(alternatives: &mut A) -> ::std::option::Option<Self> {
                let mut found = ::std::option::Option::None;
                $(
                    if let ::std::result::Result::Ok(::std::option::Option::Some(value)) =
                        alternatives.next_element()
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

/// Reads a type with several forms.
///
/// # Errors
/// If the value has none of them.
#[doc(hidden)]
pub fn read_one_of<'de, D: Deserializer<'de>, T: OneOf>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_newtype_struct(NAME, OneOfVisitor(PhantomData))
}

struct OneOfVisitor<T>(PhantomData<T>);

impl<'de, T: OneOf> Visitor<'de> for OneOfVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("one of several documented forms")
    }

    /// For every other deserializer: the value is read into a buffer.
    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        let value = Value::deserialize(deserializer)?;
        T::read(&mut StrictAlternatives { value: &value, has_matched: false }).ok_or_else(no_match)
    }

    /// For the tolerant reader.
    fn visit_seq<A: SeqAccess<'de>>(self, mut alternatives: A) -> Result<T, A::Error> {
        T::read(&mut alternatives).ok_or_else(no_match)
    }
}

fn no_match<E: Error>() -> E {
    E::custom("it has none of the documented forms")
}

/// A value for each alternative, until one fits.
struct StrictAlternatives<'v> {
    value: &'v Value,
    has_matched: bool,
}

impl<'v> SeqAccess<'v> for StrictAlternatives<'v> {
    type Error = serde_json::Error;

    fn next_element_seed<S: DeserializeSeed<'v>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, serde_json::Error> {
        if self.has_matched {
            return Ok(None);
        }
        let read = seed.deserialize(self.value)?;
        self.has_matched = true;
        Ok(Some(read))
    }
}

/// A value for each alternative. Returns one after the other that takes fewer repairs than those before, so the last
/// one returned is the best, and of equals the first.
pub(super) struct Alternatives<'c, 't> {
    reader: Reader<'c, 't>,
    /// Where the repairs of the alternatives begin.
    start: (usize, usize),
    fewest_repairs: Option<usize>,
}

impl<'c, 't> Alternatives<'c, 't> {
    pub(super) fn new(reader: Reader<'c, 't>) -> Self {
        Self { reader, start: reader.context.mark(), fewest_repairs: None }
    }

    fn attempt<T>(
        &mut self,
        read: impl FnOnce(Reader<'c, 't>) -> Result<T, Failure>,
    ) -> Result<Option<T>, Failure> {
        let context = self.reader.context;
        // What was learned for another type does not hold for this one.
        self.reader.node.reset_states();
        let before = context.mark();
        let value = read(self.reader).inspect_err(|_| context.roll_back(before))?;
        let repairs = context.mark().1 - before.1;
        if self.fewest_repairs.is_some_and(|fewest| fewest <= repairs) {
            context.roll_back(before);
            return Ok(None);
        }
        // Discards the repairs of the best alternative so far.
        context.discard(self.start, before);
        self.fewest_repairs = Some(repairs);
        Ok(Some(value))
    }
}

impl<'t> SeqAccess<'t> for Alternatives<'_, 't> {
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
