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
pub enum ValueForm {
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

impl ValueForm {
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
    const FORMS: &'static [&'static [ValueForm]];

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
            const FORMS: &'static [&'static [$crate::codegen::ValueForm]] = &[
                $(&[$($crate::codegen::ValueForm::$form $({ $($members)* })?),*]),+
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
    let fit = |forms: &[ValueForm]| forms.iter().filter_map(|form| form.fit(value)).min();
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

#[cfg(test)]
// The macro is for public enums of other crates.
#[allow(unreachable_pub)]
mod tests {
    use serde_json::{Map, json};

    use super::super::{RepairKind, from_slice};
    use super::*;

    #[derive(Debug, PartialEq, serde::Deserialize)]
    pub struct Circle {
        kind: String,
        size: Option<i64>,
        #[serde(flatten, deserialize_with = "crate::serde_with::extra::deserialize")]
        extra: Map<String, Value>,
    }

    #[derive(Debug, PartialEq, serde::Deserialize)]
    pub struct Group {
        kind: String,
        members: Vec<Shape>,
    }

    #[derive(Debug, PartialEq)]
    #[non_exhaustive]
    pub enum Shape {
        Circle(Circle),
        Group(Box<Group>),
        Integer(i64),
        Other(Value),
    }
    crate::__forms! { Shape {
        Circle [Object { required: &["kind"], optional: &["size"], tags: &[("kind", &["circle", "1"])] }],
        Group [Object { required: &["kind", "members"], optional: &[], tags: &[("kind", &["group"])] }],
        Integer [Integer],
    } }

    #[derive(Debug, PartialEq, serde::Deserialize)]
    pub struct Person {
        name: Option<String>,
        born: Option<i64>,
    }

    #[derive(Debug, PartialEq, serde::Deserialize)]
    pub struct Company {
        name: Option<String>,
        members: Option<i64>,
    }

    #[derive(Debug, PartialEq)]
    pub enum Owner {
        Person(Person),
        Company(Company),
        Other(Value),
    }
    crate::__forms! { Owner {
        Person [Object { required: &[], optional: &["name", "born"], tags: &[] }],
        Company [Object { required: &[], optional: &["members", "name"], tags: &[] }]
    } }

    fn shape(json: &Value) -> Shape {
        let strict = serde_json::from_value(json.clone()).unwrap();
        let (tolerant, repairs) = from_slice::<Shape>(json.to_string().as_bytes()).unwrap();
        assert!(repairs.is_empty());
        assert_eq!(strict, tolerant);
        strict
    }

    #[test]
    fn the_tag_decides() {
        let circle =
            |kind: &str| Circle { kind: kind.to_owned(), size: Some(2), extra: Map::new() };
        let found = shape(&json!({ "kind": "circle", "size": 2 }));
        assert_eq!(found, Shape::Circle(circle("circle")));
        let group =
            shape(&json!({ "kind": "group", "members": [{ "kind": "circle", "size": 2 }, 7] }));
        let Shape::Group(group) = group else { panic!("another variant") };
        assert_eq!(group.members, [Shape::Circle(circle("circle")), Shape::Integer(7)]);
    }

    #[test]
    fn what_has_no_documented_form_is_kept() {
        for json in [
            json!({ "kind": "star" }),
            json!({ "size": 2 }),
            json!("circle"),
            json!([]),
            json!(1.5),
        ] {
            assert_eq!(shape(&json), Shape::Other(json));
        }
    }

    #[test]
    fn a_known_tag_on_something_else_is_an_error() {
        let json = br#"{"kind":"group","members":7}"#;
        assert!(serde_json::from_slice::<Shape>(json).is_err());
        let error = from_slice::<Shape>(json).unwrap_err();
        assert!(error.message().contains("members"), "{error}");
    }

    #[test]
    fn repairs_are_made_inside_the_form() {
        let (found, repairs) = from_slice::<Shape>(br#"{"kind":"circle","size":"3"}"#).unwrap();
        assert!(matches!(found, Shape::Circle(Circle { size: Some(3), .. })));
        assert_eq!((repairs.len(), repairs[0].kind()), (1, RepairKind::Converted));
        // A tag that is a number in one version, and a string in another.
        let (found, _) = from_slice::<Shape>(br#"{"kind":1,"size":[]}"#).unwrap();
        let Shape::Circle(circle) = found else { panic!("another variant") };
        assert_eq!(
            (circle.kind.as_str(), circle.size, &circle.extra["size"]),
            ("1", None, &json!([]))
        );
    }

    #[test]
    fn objects_are_read_as_the_form_with_which_they_share_most() {
        let read = |json: Value| serde_json::from_value::<Owner>(json).unwrap();
        let person = Person { name: None, born: Some(1990) };
        assert_eq!(read(json!({ "born": 1990 })), Owner::Person(person));
        let company = Company { name: Some("A".to_owned()), members: Some(3) };
        assert_eq!(read(json!({ "name": "A", "members": 3 })), Owner::Company(company));
        // The first of equals.
        let person = Person { name: Some("A".to_owned()), born: None };
        assert_eq!(read(json!({ "name": "A", "new": 1 })), Owner::Person(person));
        assert_eq!(read(json!(null)), Owner::Other(Value::Null));
    }
}
