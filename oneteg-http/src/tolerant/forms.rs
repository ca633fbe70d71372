//! Types with several forms that overlap: unions with a tag, and objects that differ only in the members they have.
//!
//! The value decides which form is read, before anything is decoded:
//!
//! | Order | Rule |
//! |---|---|
//! | 1 | forms of another kind (object, list, string, ...) do not count |
//! | 2 | forms whose tag has another value do not count |
//! | 3 | the forms that remain are attempted: first those with all required members, of these the one with the fewest unknown members, then the one with the most known ones |
//! | 4 | if no form counts, the value is kept as it is, in the variant `Other` |
//!
//! A value with a known tag that cannot be read is an error, as for every other type.

use std::{cmp::Reverse, fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, Error, SeqAccess, Visitor},
};
use serde_json::Value;

use super::{
    failure::Failure,
    reader::{Reader, read},
};

/// The name of the newtype by which the tolerant reader recognises that forms are read.
pub(super) const NAME: &str = "$oneteg_http::forms";

/// One form of a variant.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub enum Form {
    Any,
    Array,
    String,
    Integer,
    Number,
    Boolean,
    /// Tags are members with the values that they have in this form; `3` and `"3"` are the same value.
    Object {
        required: &'static [&'static str],
        optional: &'static [&'static str],
        tags: &'static [(&'static str, &'static [&'static str])],
    },
}

/// How well a form fits: smaller is better.
type Fit = (usize, usize, Reverse<usize>);

impl Form {
    /// `None` if the value does not have this form.
    fn fit(&self, value: &Value) -> Option<Fit> {
        const FITS: Fit = (0, 0, Reverse(0));
        match (self, value) {
            (Self::Any, _)
            | (Self::Array, Value::Array(_))
            | (Self::String, Value::String(_))
            | (Self::Number, Value::Number(_))
            | (Self::Boolean, Value::Bool(_)) => Some(FITS),
            (Self::Integer, Value::Number(number)) => {
                (number.is_i64() || number.is_u64()).then_some(FITS)
            }
            (Self::Object { required, optional, tags }, Value::Object(members)) => {
                for (tag, values) in *tags {
                    match members.get(*tag) {
                        Some(Value::String(value)) if values.contains(&value.as_str()) => {}
                        Some(value @ (Value::Number(_) | Value::Bool(_)))
                            if values.contains(&value.to_string().as_str()) => {}
                        None if !required.contains(tag) => {}
                        _ => return None,
                    }
                }
                let missing = required.iter().filter(|name| !members.contains_key(**name)).count();
                let is_known = |name: &str| required.contains(&name) || optional.contains(&name);
                let known = members.keys().filter(|name| is_known(name)).count();
                Some((missing, members.len() - known, Reverse(known)))
            }
            _ => None,
        }
    }
}

/// A type with several forms. Implemented by [`forms!`](crate::codegen::forms).
#[doc(hidden)]
pub trait Forms: Sized {
    /// The forms of each variant but the last, which is `Other`.
    const FORMS: &'static [&'static [Form]];

    /// Reads the next element as the variant with this index.
    ///
    /// # Errors
    /// If it cannot be read.
    fn read<'de, A: SeqAccess<'de>>(index: usize, values: &mut A)
    -> Result<Option<Self>, A::Error>;

    /// A value that has none of the forms.
    fn other(value: Value) -> Self;
}

/// Implements `Deserialize` for an enum of one-field variants, by the forms of each.
#[doc(hidden)]
#[macro_export]
macro_rules! __forms {
    ($name:ident { $($variant:ident [$($form:ident $({ $($members:tt)* })?),* $(,)?]),+ $(,)? }) => {
        impl $crate::codegen::Forms for $name {
            const FORMS: &'static [&'static [$crate::codegen::Form]] = &[
                $(&[$($crate::codegen::Form::$form $({ $($members)* })?),*]),+
            ];

            fn read<'de, A: ::serde::de::SeqAccess<'de>>(
                index: usize,
                values: &mut A,
            ) -> ::std::result::Result<::std::option::Option<Self>, A::Error> {
                let mut variant = 0;
                $(
                    if index == variant {
                        let value = values.next_element()?;
                        return ::std::result::Result::Ok(value.map(Self::$variant));
                    }
                    variant += 1;
                )+
                let _ = variant;
                ::std::result::Result::Ok(::std::option::Option::None)
            }

            fn other(value: ::serde_json::Value) -> Self {
                Self::Other(value)
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::std::result::Result<Self, D::Error> {
                $crate::codegen::read_forms(deserializer)
            }
        }
    };
}

/// The variants that a value may be, the best first.
fn candidates<T: Forms>(value: &Value) -> Vec<usize> {
    let fit = |forms: &[Form]| forms.iter().filter_map(|form| form.fit(value)).min();
    let mut found: Vec<(Fit, usize)> = T::FORMS
        .iter()
        .enumerate()
        .filter_map(|(index, forms)| Some((fit(forms)?, index)))
        .collect();
    found.sort_unstable();
    found.into_iter().map(|(_, index)| index).collect()
}

/// Reads a type by its forms.
///
/// # Errors
/// If the value has the form of a variant but cannot be read as one.
#[doc(hidden)]
pub fn read_forms<'de, D: Deserializer<'de>, T: Forms>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_newtype_struct(NAME, FormsVisitor(PhantomData))
}

struct FormsVisitor<T>(PhantomData<T>);

impl<'de, T: Forms> Visitor<'de> for FormsVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("one of several documented forms")
    }

    /// For every other deserializer: the value is read into a buffer.
    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        let value = Value::deserialize(deserializer)?;
        choose(&value, &mut Buffered(&value)).map_err(Error::custom)
    }

    /// For the tolerant reader.
    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<T, A::Error> {
        let value: Value =
            values.next_element()?.ok_or_else(|| Error::custom("there is no value"))?;
        choose(&value, &mut values)
    }
}

fn choose<'de, T: Forms, A: SeqAccess<'de>>(value: &Value, values: &mut A) -> Result<T, A::Error> {
    let mut failure = None;
    for index in candidates::<T>(value) {
        match T::read(index, values) {
            Ok(Some(read)) => return Ok(read),
            Ok(None) => {}
            // The best form tells best what is wrong.
            Err(error) => failure = failure.or(Some(error)),
        }
    }
    failure.map_or_else(|| Ok(T::other(value.clone())), Err)
}

/// Repeats a value.
struct Buffered<'v>(&'v Value);

impl<'v> SeqAccess<'v> for Buffered<'v> {
    type Error = serde_json::Error;

    fn next_element_seed<S: DeserializeSeed<'v>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, serde_json::Error> {
        seed.deserialize(self.0).map(Some)
    }
}

/// Repeats a value for the tolerant reader. The repairs of an attempt that fails are discarded.
pub(super) struct Repeated<'c, 't> {
    reader: Reader<'c, 't>,
}

impl<'c, 't> Repeated<'c, 't> {
    pub(super) fn new(reader: Reader<'c, 't>) -> Self {
        Self { reader }
    }

    fn attempt<T>(
        &mut self,
        read: impl FnOnce(Reader<'c, 't>) -> Result<T, Failure>,
    ) -> Result<Option<T>, Failure> {
        let context = self.reader.context;
        // What was learned for another type does not hold for this one.
        self.reader.node.reset_states();
        let before = context.mark();
        read(self.reader).map(Some).inspect_err(|_| context.roll_back(before))
    }
}

impl<'t> SeqAccess<'t> for Repeated<'_, 't> {
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
