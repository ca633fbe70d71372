//! The members of an object, in the order in which they are read.
//!
//! | Pass | Members | Reason |
//! |---|---|---|
//! | first | documented names of which an alias exists too | of two spellings, serde reads the first it meets |
//! | regular | all others that are not `null` | |
//! | null | those that are `null` | a spelling with a value wins over one without |
//! | kept | those that could not be read, under a marked name | they end in the map of unknown members |

use std::cell::Cell;

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, IntoDeserializer, MapAccess, Visitor, value},
    forward_to_deserialize_any,
};

use super::{
    RepairKind,
    context::PathStep,
    failure::Failure,
    node::{Member, MemberState, Object},
    reader::{ContainerKind, Reader, read},
};
use crate::serde_with::extra::KEPT_PREFIX;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ReadPass {
    /// All members, as received.
    All,
    First,
    Regular,
    Null,
    Kept,
}

/// What the members are read into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MembersFor {
    /// Any value: as received, whatever was learned about them.
    AnyValue,
    /// A map, or a struct with a map of unknown members. Reading the first name shows which.
    MapOrStruct,
    /// A struct without such a map. It would ignore kept members, or reject them.
    Struct,
}

pub(super) struct Members<'c, 't> {
    reader: Reader<'c, 't>,
    object: &'t Object<'t>,
    pass: ReadPass,
    next: usize,
    current: usize,
    /// Learned from the first name: a struct requests an identifier, a map a string.
    container: Cell<ContainerKind>,
    /// Indexes of the members whose raw value is kept, if the struct has a map of unknown members.
    kept: Option<Vec<usize>>,
}

impl<'c, 't> Members<'c, 't> {
    pub(super) fn new(reader: Reader<'c, 't>, object: &'t Object<'t>, target: MembersFor) -> Self {
        let mut members = Self {
            reader,
            object,
            pass: if target == MembersFor::AnyValue { ReadPass::All } else { ReadPass::First },
            next: 0,
            current: 0,
            container: Cell::new(ContainerKind::Map),
            kept: (target == MembersFor::MapOrStruct).then(Vec::new),
        };
        if target == MembersFor::AnyValue {
            return members;
        }
        for (at, member) in object.members.iter().enumerate() {
            let reason = match member.state.get() {
                MemberState::OtherSpelling => RepairKind::TwoSpellings,
                MemberState::LeftOut if member.value.is_null() => RepairKind::NullEntry,
                MemberState::LeftOut => RepairKind::Absent,
                _ => continue,
            };
            members.keep(at, reason);
        }
        members
    }

    /// Records why a member is not read, and keeps its value.
    fn keep(&mut self, at: usize, reason: RepairKind) {
        let member = &self.object.members[at];
        let context = self.reader.context;
        context.within(PathStep::Member(&member.name), || match member.state.get() {
            MemberState::LeftOut => context.record_tentatively(reason),
            _ => context.record(reason),
        });
        if let Some(kept) = self.kept.as_mut().filter(|_| !member.value.is_null()) {
            kept.push(at);
        }
    }

    /// The index of the next member.
    fn advance(&mut self) -> Option<usize> {
        loop {
            if self.pass == ReadPass::Kept {
                let kept = self.kept.as_ref().and_then(|kept| kept.get(self.next)).copied();
                self.next += 1;
                return kept;
            }
            while let Some(member) = self.object.members.get(self.next) {
                self.next += 1;
                if self.pass == ReadPass::All || pass_of(member) == Some(self.pass) {
                    return Some(self.next - 1);
                }
            }
            self.next = 0;
            self.pass = match self.pass {
                ReadPass::First => ReadPass::Regular,
                ReadPass::Regular => ReadPass::Null,
                ReadPass::All | ReadPass::Null | ReadPass::Kept => ReadPass::Kept,
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
        let reader = self.reader.inner(&member.value, self.container.get());
        let context = reader.context;
        context.within(PathStep::Member(&member.name), || {
            read(self, reader).map_err(|failure| failure.at(|| context.path()))
        })
    }
}

/// The pass in which a member is read; `None` if it is skipped.
fn pass_of(member: &Member<'_>) -> Option<ReadPass> {
    match member.state.get() {
        MemberState::OtherSpelling | MemberState::LeftOut => None,
        MemberState::ReadFirst => Some(ReadPass::First),
        _ if member.value.is_null() => Some(ReadPass::Null),
        _ => Some(ReadPass::Regular),
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
        self.object.last_read.set(Some(at));
        let name = &*self.object.members[at].name;
        if self.pass == ReadPass::Kept {
            let name: value::StringDeserializer<Failure> =
                format!("{KEPT_PREFIX}{name}").into_deserializer();
            return seed.deserialize(name).map(Some);
        }
        seed.deserialize(MemberName { name, container: &self.container }).map(Some)
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
            if member.repeated && members.container.get() == ContainerKind::Struct {
                // Nobody knows which of two ids is meant.
                if T::deserialize(AbsentValue).is_err() || context.is_required() {
                    return Err(Failure::new("a required member occurs twice"));
                }
                context.record(RepairKind::Repeated);
            }
            let mark = context.mark();
            let failure = match read(reader) {
                Ok(value) => return Ok(value),
                Err(failure) if context.is_exhausted() => return Err(failure),
                Err(failure) => failure,
            };
            context.roll_back(mark);
            if members.container.get() == ContainerKind::Map {
                if member.value.is_null() {
                    members.leave_out_nulls();
                }
                return Err(failure);
            }
            if context.is_required() {
                return Err(failure);
            }
            let Ok(absent) = T::deserialize(AbsentValue) else {
                member.state.set(MemberState::Failed);
                return Err(failure);
            };
            member.state.set(MemberState::MadeAbsent);
            context.record(RepairKind::Absent);
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
    /// Marks the `null` entries of a map whose values cannot be `null`, to be left out. All at once, because each
    /// takes another read of the map.
    fn leave_out_nulls(&self) {
        for member in self.object.members.iter().filter(|member| member.value.is_null()) {
            member.state.set(MemberState::Failed);
        }
    }
}

/// The name of a member. How it is requested shows what the object is read into.
struct MemberName<'k, 't> {
    name: &'t str,
    container: &'k Cell<ContainerKind>,
}

/// Names of maps whose keys are numbers or booleans.
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

impl<'t> Deserializer<'t> for MemberName<'_, 't> {
    type Error = Failure;

    fn deserialize_any<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_borrowed_str(self.name)
    }

    fn deserialize_identifier<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Failure> {
        self.container.set(ContainerKind::Struct);
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

/// An absent member: `None` or unit, for types that have such a value.
struct AbsentValue;

impl<'t> Deserializer<'t> for AbsentValue {
    type Error = Failure;

    fn deserialize_any<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_unit()
    }

    fn deserialize_option<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_none()
    }

    forward_to_deserialize_any! {
        <W: Visitor<'t>>
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}
