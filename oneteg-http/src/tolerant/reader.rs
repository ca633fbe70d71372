//! Decodes a type from a tree, and repairs what can be repaired where it is.
//!
//! serde's derived code asks for each member by [`MapAccess::next_value`] and for each item by
//! [`SeqAccess::next_element`]. Both know the type, so a value that could not be read can be read once more as
//! something else; this is why both are implemented here and not left to their defaults, which know a seed that
//! is used up.

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, Error as _, SeqAccess, Visitor},
    forward_to_deserialize_any,
};
use serde_json::{Number, Value};

use super::{
    RepairKind,
    failure::Failure,
    members::{Kind, Members, Use},
    node::{Node, Object, State},
    notes::{Context, Step},
    one_of, scalar,
};
use crate::serde_with::lenient_date_time;

/// Reads the whole document.
pub(super) fn root<'t, T: Deserialize<'t>>(
    node: &'t Node<'t>,
    context: &Context<'t>,
) -> Result<T, Failure> {
    read(Reader { node, context, optional: false, one_of_many: false, text: None })
}

/// A value in the document.
#[derive(Clone, Copy)]
pub(super) struct Reader<'c, 't> {
    pub(super) node: &'t Node<'t>,
    pub(super) context: &'c Context<'t>,
    /// Whether nothing is lost when it cannot be read: the member that it is, or that it is an item or an entry
    /// of, is optional.
    pub(super) optional: bool,
    /// Whether it is an item of a list or an entry of a map.
    pub(super) one_of_many: bool,
    /// Text that stands for that of the document.
    pub(super) text: Option<&'c str>,
}

/// Reads a value, and once more where what was learned by the failure helps.
pub(super) fn read<'t, T: Deserialize<'t>>(reader: Reader<'_, 't>) -> Result<T, Failure> {
    let context = reader.context;
    let mark = context.mark();
    let mut first = None;
    loop {
        context.begin_read()?;
        let failure = match T::deserialize(reader) {
            Ok(value) => return Ok(value),
            Err(failure) => failure.at(|| context.path()),
        };
        context.roll_back(mark);
        if !context.is_spent() {
            match reader.node {
                Node::Object(object) if learns(object, &failure) => {
                    if failure.twice().is_none() {
                        first.get_or_insert(failure);
                    }
                    continue;
                }
                Node::Text(text) => {
                    if let Some(time) = lenient_date_time::rewrite(text) {
                        context.note(RepairKind::Converted);
                        return T::deserialize(Reader { text: Some(&time), ..reader })
                            .map_err(|_| failure);
                    }
                }
                _ => {}
            }
        }
        return Err(first.unwrap_or(failure));
    }
}

/// Whether the object can be read in another way, after it failed in this.
fn learns(object: &Object<'_>, failure: &Failure) -> bool {
    if let Some(name) = failure.twice() {
        return prefers_one_spelling(object, name);
    }
    let mut learned = false;
    for member in object.members.iter().filter(|member| member.state.get() == State::Failed) {
        // Perhaps the type has a default for it.
        member.state.set(State::LeftOut);
        learned = true;
    }
    learned
}

/// Of two spellings of a member, the one of the specification is read, unless it is `null` or cannot be. `null`
/// comes last, so the second that was met is the one to leave out, or the one of the specification.
fn prefers_one_spelling(object: &Object<'_>, name: &str) -> bool {
    let Some(last) = object.last.get().and_then(|at| object.members.get(at)) else { return false };
    let proper = object.find(name);
    let unread = proper.filter(|member| member.state.get() == State::Unread);
    match (last.state.get(), unread) {
        (_, Some(unread)) if last.name != name && !last.value.is_null() => {
            unread.state.set(State::OtherSpelling);
        }
        (State::Plain, _) if last.name == name && !last.value.is_null() => {
            last.state.set(State::First);
        }
        (state, _) if !state.is_out() => last.state.set(State::OtherSpelling),
        _ => return false,
    }
    true
}

impl<'c, 't> Reader<'c, 't> {
    /// A value inside of this one. Items and entries are as optional as the whole.
    pub(super) fn inner(self, node: &'t Node<'t>, kind: Kind) -> Self {
        let one_of_many = kind != Kind::Struct;
        Self { node, optional: self.optional && one_of_many, one_of_many, text: None, ..self }
    }

    fn unexpected<E: serde::de::Error>(&self, expected: &dyn serde::de::Expected) -> E {
        E::invalid_type(self.node.unexpected(), expected)
    }

    fn converted(&self) {
        self.context.note(RepairKind::Converted);
    }

    fn integer<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Failure> {
        let Some(number) = scalar::integer(self.node) else {
            return Err(self.unexpected(&visitor));
        };
        if !matches!(self.node, Node::Number(as_is) if *as_is == number) {
            self.converted();
        }
        visit_number(&number, visitor)
    }

    fn float<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Failure> {
        let Some(number) = scalar::float(self.node) else { return Err(self.unexpected(&visitor)) };
        if !matches!(self.node, Node::Number(_)) {
            self.converted();
        }
        visit_number(&number, visitor)
    }
}

fn visit_number<'t, V: Visitor<'t>>(number: &Number, visitor: V) -> Result<V::Value, Failure> {
    match (number.as_u64(), number.as_i64(), number.as_f64()) {
        (Some(number), ..) => visitor.visit_u64(number),
        (_, Some(number), _) => visitor.visit_i64(number),
        (_, _, Some(number)) => visitor.visit_f64(number),
        _ => Err(Failure::new("the number is out of range")),
    }
}

macro_rules! like {
    ($how:ident: $($method:ident)*) => {$(
        fn $method<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Failure> {
            self.$how(visitor)
        }
    )*};
}

impl<'t> Deserializer<'t> for Reader<'_, 't> {
    type Error = Failure;

    like! {
        integer: deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
            deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
    }
    like! { float: deserialize_f32 deserialize_f64 }
    like! { deserialize_str: deserialize_string deserialize_char deserialize_identifier }

    fn deserialize_any<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Failure> {
        match (self.text, self.node) {
            (Some(text), _) => visitor.visit_str(text),
            (_, Node::Null) => visitor.visit_unit(),
            (_, Node::Bool(flag)) => visitor.visit_bool(*flag),
            (_, Node::Number(number)) => visit_number(number, visitor),
            (_, Node::Text(text)) => visitor.visit_borrowed_str(text),
            (_, Node::List(items)) => visitor.visit_seq(Items::new(self, items.iter())),
            (_, Node::Object(object)) => visitor.visit_map(Members::new(self, object, Use::Raw)),
        }
    }

    fn deserialize_bool<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Failure> {
        let Some(flag) = scalar::boolean(self.node) else { return Err(self.unexpected(&visitor)) };
        if !matches!(self.node, Node::Bool(_)) {
            self.converted();
        }
        visitor.visit_bool(flag)
    }

    fn deserialize_str<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Failure> {
        if let Some(text) = self.text {
            return visitor.visit_str(text);
        }
        if let Node::Text(text) = self.node {
            return visitor.visit_borrowed_str(text);
        }
        let text = scalar::text(self.node, self.one_of_many);
        let text = text.ok_or_else(|| self.unexpected(&visitor))?;
        self.converted();
        visitor.visit_string(text)
    }

    fn deserialize_option<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Failure> {
        match self.node {
            Node::Null => visitor.visit_none(),
            _ => visitor.visit_some(Self { optional: true, ..self }),
        }
    }

    fn deserialize_seq<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Failure> {
        match self.node {
            Node::List(items) => visitor.visit_seq(Items::new(self, items.iter())),
            // What PHP makes of a list that lost an item.
            Node::Object(object) if self.optional => match object.as_list() {
                // Nothing in place of the items of a page would end a listing without a word.
                Some(items) if !(items.is_empty() && self.context.is_needed()) => {
                    self.converted();
                    visitor.visit_seq(Items::new(self, items.into_iter()))
                }
                _ => Err(self.unexpected(&visitor)),
            },
            _ => Err(self.unexpected(&visitor)),
        }
    }

    fn deserialize_tuple<V: Visitor<'t>>(self, _: usize, visitor: V) -> Result<V::Value, Failure> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'t>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Failure> {
        match self.node {
            Node::Object(object) => visitor.visit_map(Members::new(self, object, Use::MapOrStruct)),
            _ => Err(self.unexpected(&visitor)),
        }
    }

    fn deserialize_struct<V: Visitor<'t>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        match self.node {
            Node::Object(object) => visitor.visit_map(Members::new(self, object, Use::Struct)),
            _ => Err(self.unexpected(&visitor)),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'t>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        if name == one_of::NAME {
            return visitor.visit_seq(one_of::Again::new(self));
        }
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'t>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        // No type of a specification is one: read as it is.
        let value = Value::deserialize(self)?;
        value.deserialize_enum(name, variants, visitor).map_err(Failure::custom)
    }

    fn deserialize_ignored_any<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
    <W: Visitor<'t>> bytes byte_buf unit unit_struct }
}

/// The items of a list.
struct Items<'c, 't, I> {
    list: Reader<'c, 't>,
    items: I,
    index: usize,
}

impl<'c, 't, I: Iterator<Item = &'t Node<'t>>> Items<'c, 't, I> {
    fn new(list: Reader<'c, 't>, items: I) -> Self {
        Self { list, items, index: 0 }
    }

    fn next<T>(
        &mut self,
        read: impl FnOnce(Reader<'c, 't>) -> Result<T, Failure>,
    ) -> Result<Option<T>, Failure> {
        let Some(node) = self.items.next() else { return Ok(None) };
        let reader = self.list.inner(node, Kind::List);
        let context = reader.context;
        let index = self.index;
        self.index += 1;
        context.within(Step::Item(index), || {
            read(reader).map(Some).map_err(|failure| failure.at(|| context.path()))
        })
    }
}

impl<'t, I: Iterator<Item = &'t Node<'t>>> SeqAccess<'t> for Items<'_, 't, I> {
    type Error = Failure;

    fn next_element_seed<S: DeserializeSeed<'t>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Failure> {
        self.next(|reader| {
            reader.context.begin_read()?;
            seed.deserialize(reader)
        })
    }

    fn next_element<T: Deserialize<'t>>(&mut self) -> Result<Option<T>, Failure> {
        self.next(read)
    }

    fn size_hint(&self) -> Option<usize> {
        self.items.size_hint().1
    }
}

/// What stands for an absent member: nothing, where the type has that.
pub(super) struct Absent;

impl<'t> Deserializer<'t> for Absent {
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
