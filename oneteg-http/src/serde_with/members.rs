//! Objects with documented members and a map of the others.
//!
//! serde's derived code of such a type is fifty times as long as the table here, and most of the time in which a client
//! is built. It also reads every unknown member into a buffer first.
//!
//! | Member | Read |
//! |---|---|
//! | documented, under its name or an alias | into its field |
//! | documented, a second time | `duplicate field`, as derived code does |
//! | unknown, or [kept](super::extra) by the tolerant reader | into the map |
//! | required and absent | `missing field`, as derived code does |

use std::{fmt, marker::PhantomData};

use serde::{
    Deserializer,
    de::{DeserializeSeed, Error, MapAccess, Visitor},
};
use serde_json::{Map, Value};

use super::extra;

/// A documented member.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub struct Member {
    /// The documented name, and then its aliases.
    pub names: &'static [&'static str],
    pub required: bool,
}

/// The most members of a type that is read so; the generator derives `Deserialize` for larger ones.
const MAX_MEMBERS: usize = u128::BITS as usize;

/// A type that is read by its members. Implemented by [`read_members!`](crate::codegen::read_members).
#[doc(hidden)]
pub trait ReadMembers: Default {
    const NAME: &'static str;
    const MEMBERS: &'static [Member];

    /// Reads the next value into the field of the member with this index.
    ///
    /// # Errors
    /// Those of the deserializer.
    fn read<'de, A: MapAccess<'de>>(
        &mut self,
        index: usize,
        values: &mut A,
    ) -> Result<(), A::Error>;

    /// Sets the map of unknown members.
    fn set_unknown(&mut self, unknown: Map<String, Value>);
}

/// Implements `Deserialize` for a struct that implements `Default`: each field, whether the member is required, its names,
/// and how it is read if not as its type is.
#[doc(hidden)]
#[macro_export]
macro_rules! __read_members {
    ($name:ident, $unknown:ident { $(
        $field:ident $presence:ident [$($names:literal),+] $(with $with:ident)?;
    )* }) => {
        impl $crate::codegen::ReadMembers for $name {
            const NAME: &'static str = ::std::stringify!($name);
            const MEMBERS: &'static [$crate::codegen::Member] = &[
                $($crate::__read_members!(@member $presence [$($names),+])),*
            ];

            fn read<'de, A: ::serde::de::MapAccess<'de>>(
                &mut self,
                index: usize,
                values: &mut A,
            ) -> ::std::result::Result<(), A::Error> {
                // Without indices in the table, a new member is one new line. The compiler makes a jump of it.
                let mut at = 0;
                $(
                    if index == at {
                        self.$field = $crate::__read_members!(@value values $($with)?);
                        return ::std::result::Result::Ok(());
                    }
                    at += 1;
                )*
                let _ = at;
                ::std::result::Result::Ok(())
            }

            fn set_unknown(
                &mut self,
                unknown: ::serde_json::Map<::std::string::String, ::serde_json::Value>,
            ) {
                self.$unknown = unknown;
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::std::result::Result<Self, D::Error> {
                $crate::codegen::read_members_of(deserializer)
            }
        }
    };
    (@member required [$($names:literal),+]) => {
        $crate::codegen::Member { names: &[$($names),+], required: true }
    };
    (@member optional [$($names:literal),+]) => {
        $crate::codegen::Member { names: &[$($names),+], required: false }
    };
    (@value $values:ident) => { $values.next_value()? };
    (@value $values:ident $with:ident) => {{
        let $crate::codegen::serde_with::$with::Member(value) = $values.next_value()?;
        value
    }};
}

/// Reads a type by its members.
///
/// # Errors
/// Those of the deserializer; if a member occurs twice, or a required one is absent.
#[doc(hidden)]
pub fn read_members_of<'de, D: Deserializer<'de>, T: ReadMembers>(
    deserializer: D,
) -> Result<T, D::Error> {
    const { assert!(T::MEMBERS.len() <= MAX_MEMBERS) }
    deserializer.deserialize_map(MembersVisitor(PhantomData))
}

struct MembersVisitor<T>(PhantomData<T>);

impl<'de, T: ReadMembers> Visitor<'de> for MembersVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "struct {}", T::NAME)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut values: A) -> Result<T, A::Error> {
        let mut read = T::default();
        let mut progress = Progress::new(T::MEMBERS);
        while let Some(index) = progress.next(&mut values)? {
            read.read(index, &mut values)?;
        }
        read.set_unknown(progress.finish()?);
        Ok(read)
    }
}

/// What was read of an object; the same for all types.
struct Progress {
    members: &'static [Member],
    /// A bit for each member that occurred.
    seen: u128,
    /// Where the next name is looked for first: servers send members in the order that is documented, or in another one
    /// that is the same in every object.
    expected: usize,
    unknown: Map<String, Value>,
}

impl Progress {
    fn new(members: &'static [Member]) -> Self {
        Self { members, seen: 0, expected: 0, unknown: Map::new() }
    }

    /// Reads names up to a documented one, and returns its index. `None` at the end.
    fn next<'de, A: MapAccess<'de>>(&mut self, values: &mut A) -> Result<Option<usize>, A::Error> {
        while let Some(name) = values.next_key_seed(Name { progress: self })? {
            match name {
                Found::Member(index) => {
                    let bit = 1 << index;
                    if self.seen & bit != 0 {
                        let documented = self.members[index].names.first();
                        return Err(A::Error::duplicate_field(documented.copied().unwrap_or("")));
                    }
                    self.seen |= bit;
                    self.expected = index + 1;
                    return Ok(Some(index));
                }
                Found::Unknown(name) => {
                    // With a seed, as derived code does: the tolerant reader repairs nothing in a value of any kind.
                    let value = values.next_value_seed(PhantomData::<Value>)?;
                    self.unknown.insert(name, value);
                }
            }
        }
        Ok(None)
    }

    /// The unknown members.
    fn finish<E: Error>(self) -> Result<Map<String, Value>, E> {
        for (index, member) in self.members.iter().enumerate() {
            if member.required && self.seen & (1 << index) == 0 {
                return Err(E::missing_field(member.names.first().copied().unwrap_or("")));
            }
        }
        Ok(extra::without_marks(self.unknown))
    }

    fn find(&self, name: &str) -> Option<usize> {
        let (before, after) = self.members.split_at(self.expected);
        let is_named = |member: &Member| member.names.contains(&name);
        match after.iter().position(is_named) {
            Some(index) => Some(self.expected + index),
            None => before.iter().position(is_named),
        }
    }
}

enum Found {
    Member(usize),
    Unknown(String),
}

/// Reads a name. Requested as an identifier, which shows the tolerant reader that the object is no map.
struct Name<'p> {
    progress: &'p Progress,
}

impl<'de> DeserializeSeed<'de> for Name<'_> {
    type Value = Found;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Found, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for Name<'_> {
    type Value = Found;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("field identifier")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Found, E> {
        let found = self.progress.find(name);
        Ok(found.map_or_else(|| Found::Unknown(name.to_owned()), Found::Member))
    }
}
