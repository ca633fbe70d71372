//! Decodes a type from the tree, and repairs what can be repaired in place.
//!
//! serde's derived code requests each member by `MapAccess::next_value` and each item by
//! [`SeqAccess::next_element`]. Both know the type, so a value that could not be read can be read again in another
//! way. This is why both are implemented here and in [`members`](super::members) rather than left to their
//! defaults, which know only a seed that is consumed.

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, Error as _, SeqAccess, Visitor},
    forward_to_deserialize_any,
};
use serde_json::{Number, Value};

use super::{
    RepairKind,
    context::PathStep,
    failure::Failure,
    forms,
    members::{Members, MembersFor},
    node::Node,
    one_of,
    reader::{ContainerKind, Reader, read},
    scalar,
};

impl<'t> Reader<'_, 't> {
    fn unexpected<E: serde::de::Error>(&self, expected: &dyn serde::de::Expected) -> E {
        E::invalid_type(self.node.unexpected(), expected)
    }

    fn record_conversion(&self) {
        self.context.record(RepairKind::Converted);
    }

    fn integer<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Failure> {
        let Some(number) = scalar::integer(self.node) else {
            return Err(self.unexpected(&visitor));
        };
        if !matches!(self.node, Node::Number(sent) if *sent == number) {
            self.record_conversion();
        }
        visit_number(&number, visitor)
    }

    fn float<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Failure> {
        let Some(number) = scalar::float(self.node) else { return Err(self.unexpected(&visitor)) };
        if !matches!(self.node, Node::Number(_)) {
            self.record_conversion();
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

/// Implements methods of `Deserializer` by calling another one.
macro_rules! forward_to {
    ($target:ident: $($method:ident)*) => {$(
        fn $method<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Failure> {
            self.$target(visitor)
        }
    )*};
}

impl<'t> Deserializer<'t> for Reader<'_, 't> {
    type Error = Failure;

    forward_to! {
        integer: deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
            deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
    }
    forward_to! { float: deserialize_f32 deserialize_f64 }
    forward_to! { deserialize_str: deserialize_string deserialize_char deserialize_identifier }

    fn deserialize_any<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Failure> {
        match (self.replacement, self.node) {
            (Some(string), _) => visitor.visit_str(string),
            (_, Node::Null) => visitor.visit_unit(),
            (_, Node::Bool(flag)) => visitor.visit_bool(*flag),
            (_, Node::Number(number)) => visit_number(number, visitor),
            (_, Node::String(string)) => visitor.visit_borrowed_str(string),
            (_, Node::List(items)) => visitor.visit_seq(Items::new(self, items.iter())),
            (_, Node::Object(object)) => {
                visitor.visit_map(Members::new(self, object, MembersFor::AnyValue))
            }
        }
    }

    fn deserialize_bool<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Failure> {
        let Some(flag) = scalar::boolean(self.node) else { return Err(self.unexpected(&visitor)) };
        if !matches!(self.node, Node::Bool(_)) {
            self.record_conversion();
        }
        visitor.visit_bool(flag)
    }

    fn deserialize_str<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Failure> {
        if let Some(string) = self.replacement {
            return visitor.visit_str(string);
        }
        if let Node::String(string) = self.node {
            return visitor.visit_borrowed_str(string);
        }
        let string = scalar::string(self.node, self.is_entry);
        let string = string.ok_or_else(|| self.unexpected(&visitor))?;
        self.record_conversion();
        visitor.visit_string(string)
    }

    fn deserialize_option<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Failure> {
        match self.node {
            Node::Null => visitor.visit_none(),
            _ => visitor.visit_some(Self { is_optional: true, ..self }),
        }
    }

    fn deserialize_seq<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Failure> {
        match self.node {
            Node::List(items) => visitor.visit_seq(Items::new(self, items.iter())),
            // What PHP writes for a list that lost an item.
            Node::Object(object) if self.is_optional => match object.as_list() {
                // An empty list in place of the items of a page would silently end a listing.
                Some(items) if !(items.is_empty() && self.context.is_required()) => {
                    self.record_conversion();
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
            Node::Object(object) => {
                visitor.visit_map(Members::new(self, object, MembersFor::MapOrStruct))
            }
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
            Node::Object(object) => {
                visitor.visit_map(Members::new(self, object, MembersFor::Struct))
            }
            _ => Err(self.unexpected(&visitor)),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'t>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        if name == one_of::NAME {
            return visitor.visit_seq(one_of::Alternatives::new(self));
        }
        if name == forms::NAME {
            return visitor.visit_seq(forms::Repeated::new(self));
        }
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'t>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        // No specification has such types: read without repairs.
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
        let reader = self.list.inner(node, ContainerKind::List);
        let context = reader.context;
        let index = self.index;
        self.index += 1;
        context.within(PathStep::Item(index), || {
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
