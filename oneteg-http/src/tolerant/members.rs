//! The members of an object, in the order in which they are best read.

use std::cell::Cell;

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, IntoDeserializer, MapAccess, Visitor, value},
    forward_to_deserialize_any,
};

use super::{
    KEPT, RepairKind,
    failure::Failure,
    node::{Member, Object, State},
    notes::Step,
    reader::{Absent, Reader, read},
};

/// What holds a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    List,
    Map,
    Struct,
}

/// Members that are `null` come last, after everything that can be read: of two spellings, the first one met
/// is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    /// All, as they came.
    Raw,
    First,
    Usual,
    Null,
    /// What could not be read, for the map of unknown members.
    Kept,
}

/// For what members are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// For any value: as received, whatever was learned of them.
    Raw,
    /// For a map, or for a struct with a map of unknown members. Only the first name tells.
    MapOrStruct,
    /// For a struct without such a map. It would ignore what is kept for that, or refuse it.
    Struct,
}

pub(super) struct Members<'c, 't> {
    reader: Reader<'c, 't>,
    object: &'t Object<'t>,
    turn: Turn,
    next: usize,
    current: usize,
    /// Learned by the first name: a struct asks for an identifier, a map for text.
    kind: Cell<Kind>,
    /// Places of the members whose raw value is kept, where the struct has room for unknown members.
    kept: Option<Vec<usize>>,
}

impl<'c, 't> Members<'c, 't> {
    pub(super) fn new(reader: Reader<'c, 't>, object: &'t Object<'t>, r#use: Use) -> Self {
        let mut members = Self {
            reader,
            object,
            turn: if r#use == Use::Raw { Turn::Raw } else { Turn::First },
            next: 0,
            current: 0,
            kind: Cell::new(Kind::Map),
            kept: (r#use == Use::MapOrStruct).then(Vec::new),
        };
        if r#use == Use::Raw {
            return members;
        }
        for (at, member) in object.members.iter().enumerate() {
            let reason = match member.state.get() {
                State::OtherSpelling => RepairKind::TwoSpellings,
                State::LeftOut if member.value.is_null() => RepairKind::NullEntry,
                State::LeftOut => RepairKind::Absent,
                _ => continue,
            };
            members.keep(at, reason);
        }
        members
    }

    /// Notes why a member is not read, and keeps its value.
    fn keep(&mut self, at: usize, reason: RepairKind) {
        let member = &self.object.members[at];
        let context = self.reader.context;
        context.within(Step::Name(&member.name), || match member.state.get() {
            State::LeftOut => context.note_attempt(reason),
            _ => context.note(reason),
        });
        if let Some(kept) = self.kept.as_mut().filter(|_| !member.value.is_null()) {
            kept.push(at);
        }
    }

    /// The place of the next member.
    fn advance(&mut self) -> Option<usize> {
        loop {
            if self.turn == Turn::Kept {
                let kept = self.kept.as_ref().and_then(|kept| kept.get(self.next)).copied();
                self.next += 1;
                return kept;
            }
            while let Some(member) = self.object.members.get(self.next) {
                self.next += 1;
                if self.turn == Turn::Raw || turn(member) == Some(self.turn) {
                    return Some(self.next - 1);
                }
            }
            self.next = 0;
            self.turn = match self.turn {
                Turn::First => Turn::Usual,
                Turn::Usual => Turn::Null,
                Turn::Raw | Turn::Null | Turn::Kept => Turn::Kept,
            };
        }
    }

    /// Reads the value of the current member.
    fn value<T>(
        &mut self,
        read: impl FnOnce(&mut Self, Reader<'c, 't>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let object = self.object;
        let member = &object.members[self.current];
        let reader = self.reader.inner(&member.value, self.kind.get());
        let context = reader.context;
        context.within(Step::Name(&member.name), || {
            read(self, reader).map_err(|failure| failure.at(|| context.path()))
        })
    }
}

/// When a member is read; never, if it is left out.
fn turn(member: &Member<'_>) -> Option<Turn> {
    match member.state.get() {
        State::OtherSpelling | State::LeftOut => None,
        State::First => Some(Turn::First),
        _ if member.value.is_null() => Some(Turn::Null),
        _ => Some(Turn::Usual),
    }
}

impl<'t> MapAccess<'t> for Members<'_, 't> {
    type Error = Failure;

    fn next_key_seed<S: DeserializeSeed<'t>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Failure> {
        let Some(at) = self.advance() else { return Ok(None) };
        self.current = at;
        self.object.last.set(Some(at));
        let name = &*self.object.members[at].name;
        if self.turn == Turn::Kept {
            let name: value::StringDeserializer<Failure> =
                format!("{KEPT}{name}").into_deserializer();
            return seed.deserialize(name).map(Some);
        }
        seed.deserialize(Name { name, kind: &self.kind }).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'t>>(&mut self, seed: S) -> Result<S::Value, Failure> {
        self.value(|_, reader| {
            reader.context.begin_read()?;
            seed.deserialize(reader)
        })
    }

    fn next_value<T: Deserialize<'t>>(&mut self) -> Result<T, Failure> {
        self.value(|members, reader| {
            let context = reader.context;
            let (at, member) = (members.current, &members.object.members[members.current]);
            if member.repeated && members.kind.get() == Kind::Struct {
                // Which of two ids is meant, nobody knows.
                if T::deserialize(Absent).is_err() || context.is_needed() {
                    return Err(Failure::new("a required member comes twice"));
                }
                context.note(RepairKind::Repeated);
            }
            let mark = context.mark();
            let failure = match read(reader) {
                Ok(value) => return Ok(value),
                Err(failure) if context.is_spent() => return Err(failure),
                Err(failure) => failure,
            };
            context.roll_back(mark);
            if members.kind.get() == Kind::Map {
                if member.value.is_null() {
                    members.leave_out_nulls();
                }
                return Err(failure);
            }
            if context.is_needed() {
                return Err(failure);
            }
            let Ok(absent) = T::deserialize(Absent) else {
                member.state.set(State::Failed);
                return Err(failure);
            };
            member.state.set(State::Unread);
            context.note(RepairKind::Absent);
            if let Some(kept) = &mut members.kept {
                kept.push(at);
            }
            Ok(absent)
        })
    }

    fn next_entry<K: Deserialize<'t>, V: Deserialize<'t>>(
        &mut self,
    ) -> Result<Option<(K, V)>, Failure> {
        let Some(name) = self.next_key()? else { return Ok(None) };
        Ok(Some((name, self.next_value()?)))
    }
}

impl Members<'_, '_> {
    /// A map whose values cannot be `null` has no value under such a name. All at once: each is a reading of
    /// the map.
    fn leave_out_nulls(&self) {
        for member in self.object.members.iter().filter(|member| member.value.is_null()) {
            member.state.set(State::Failed);
        }
    }
}

/// The name of a member, which learns who asks for it.
struct Name<'k, 't> {
    name: &'t str,
    kind: &'k Cell<Kind>,
}

macro_rules! parsed {
    ($($method:ident $visit:ident)*) => {$(
        fn $method<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Failure> {
            match self.name.parse() {
                Ok(number) => visitor.$visit(number),
                Err(_) => visitor.visit_borrowed_str(self.name),
            }
        }
    )*};
}

impl<'t> Deserializer<'t> for Name<'_, 't> {
    type Error = Failure;

    fn deserialize_any<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_borrowed_str(self.name)
    }

    fn deserialize_identifier<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Failure> {
        self.kind.set(Kind::Struct);
        visitor.visit_borrowed_str(self.name)
    }

    parsed! {
        deserialize_i8 visit_i8 deserialize_i16 visit_i16 deserialize_i32 visit_i32
        deserialize_i64 visit_i64 deserialize_u8 visit_u8 deserialize_u16 visit_u16
        deserialize_u32 visit_u32 deserialize_u64 visit_u64 deserialize_bool visit_bool
    }

    fn deserialize_option<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'t>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'t>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        visitor.visit_enum(value::BorrowedStrDeserializer::new(self.name))
    }

    forward_to_deserialize_any! {
        <W: Visitor<'t>>
        i128 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple tuple_struct
        map struct ignored_any
    }
}
