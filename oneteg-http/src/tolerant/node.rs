//! A document as a tree. Strings without escapes are borrowed from the document.

use std::{borrow::Cow, cell::Cell, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Unexpected, Visitor},
};
use serde_json::{Number, Value};

/// The limit of values in a tree. It bounds the memory of the second pass to 256 MiB, at 64 bytes each; the tree of a
/// typical response takes three times the size of the document.
const MAX_VALUES: usize = 4_000_000;

#[derive(Debug)]
pub(super) enum Node<'a> {
    Null,
    Bool(bool),
    Number(Number),
    String(Cow<'a, str>),
    List(Vec<Node<'a>>),
    Object(Object<'a>),
}

/// The members of an object, each name once.
#[derive(Debug)]
pub(super) struct Object<'a> {
    pub(super) members: Vec<Member<'a>>,
    /// The member that was read last.
    pub(super) last_read: Cell<Option<usize>>,
}

#[derive(Debug)]
pub(super) struct Member<'a> {
    pub(super) name: Cow<'a, str>,
    pub(super) value: Node<'a>,
    /// Whether the name occurred more than once.
    pub(super) repeated: bool,
    pub(super) state: Cell<MemberState>,
}

/// What was learned about a member while its object was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MemberState {
    /// Nothing.
    Unknown,
    /// It is read before the others: it has the documented name, and an alias of it exists as well.
    ReadFirst,
    /// It could not be read, and was made absent.
    MadeAbsent,
    /// It could not be read, and its type has no absent value.
    Failed,
    /// It is skipped: another spelling of it is read.
    OtherSpelling,
    /// It is skipped: it could not be read.
    LeftOut,
}

impl MemberState {
    pub(super) fn is_skipped(self) -> bool {
        matches!(self, Self::OtherSpelling | Self::LeftOut)
    }
}

impl<'a> Node<'a> {
    pub(super) fn parse(json: &'a [u8]) -> Result<Self, serde_json::Error> {
        let mut decoder = serde_json::Deserializer::from_slice(json);
        let left = Cell::new(MAX_VALUES);
        let tree = TreeBuilder(&left).deserialize(&mut decoder)?;
        decoder.end()?;
        Ok(tree)
    }

    pub(super) fn parse_value(value: &'a Value) -> Result<Self, serde_json::Error> {
        TreeBuilder(&Cell::new(MAX_VALUES)).deserialize(value)
    }

    pub(super) fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The number of values in the tree.
    pub(super) fn count(&self) -> usize {
        1 + match self {
            Self::List(items) => items.iter().map(Node::count).sum(),
            Self::Object(object) => object.members.iter().map(|member| member.value.count()).sum(),
            _ => 0_usize,
        }
    }

    /// Resets what was learned about all members.
    pub(super) fn reset_states(&self) {
        match self {
            Self::List(items) => items.iter().for_each(Node::reset_states),
            Self::Object(object) => object.members.iter().for_each(|member| {
                member.state.set(MemberState::Unknown);
                member.value.reset_states();
            }),
            _ => {}
        }
    }

    pub(super) fn unexpected(&self) -> Unexpected<'_> {
        match self {
            Self::Null => Unexpected::Unit,
            Self::Bool(flag) => Unexpected::Bool(*flag),
            Self::Number(number) => match (number.as_u64(), number.as_i64(), number.as_f64()) {
                (Some(number), ..) => Unexpected::Unsigned(number),
                (_, Some(number), _) => Unexpected::Signed(number),
                (_, _, number) => Unexpected::Float(number.unwrap_or_default()),
            },
            Self::String(string) => Unexpected::Str(string),
            Self::List(_) => Unexpected::Seq,
            Self::Object(_) => Unexpected::Map,
        }
    }
}

impl<'a> Object<'a> {
    /// Of members with the same name, the last one that is not `null` is kept.
    fn new(mut members: Vec<Member<'a>>) -> Self {
        // The sort is stable, so equal names keep their order.
        members.sort_by(|one, other| one.name.cmp(&other.name));
        members.dedup_by(|later, earlier| {
            let is_same = later.name == earlier.name;
            if is_same {
                earlier.repeated = true;
                if !later.value.is_null() {
                    std::mem::swap(&mut earlier.value, &mut later.value);
                }
            }
            is_same
        });
        Self { members, last_read: Cell::new(None) }
    }

    /// The members in the order of their names, if all of these are numbers: `{"0": a, "2": b}`.
    pub(super) fn as_list(&self) -> Option<Vec<&Node<'a>>> {
        let number = |member: &Member<'a>| {
            let is_number = member.name.bytes().all(|byte| byte.is_ascii_digit());
            is_number.then(|| member.name.parse::<u64>().ok()).flatten()
        };
        let numbered = self.members.iter().map(|member| Some((number(member)?, &member.value)));
        let mut numbered: Vec<_> = numbered.collect::<Option<_>>()?;
        numbered.sort_by_key(|(number, _)| *number);
        Some(numbered.into_iter().map(|(_, value)| value).collect())
    }

    pub(super) fn find(&self, name: &str) -> Option<&Member<'a>> {
        let at = self.members.binary_search_by(|member| (*member.name).cmp(name)).ok()?;
        self.members.get(at)
    }
}

/// Builds a tree, counting down the values it may still have.
#[derive(Clone, Copy)]
struct TreeBuilder<'c>(&'c Cell<usize>);

impl<'de> DeserializeSeed<'de> for TreeBuilder<'_> {
    type Value = Node<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node<'de>, D::Error> {
        let left = self.0.get().checked_sub(1);
        self.0.set(left.ok_or_else(|| D::Error::custom("the document has too many values"))?);
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for TreeBuilder<'_> {
    type Value = Node<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON")
    }

    fn visit_unit<E>(self) -> Result<Node<'de>, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Node<'de>, E> {
        Ok(Node::Bool(flag))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Node<'de>, E> {
        Ok(Node::Number(number.into()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Node<'de>, E> {
        Ok(Node::Number(number.into()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Node<'de>, E> {
        Ok(Number::from_f64(number).map_or(Node::Null, Node::Number))
    }

    fn visit_str<E>(self, string: &str) -> Result<Node<'de>, E> {
        Ok(Node::String(Cow::Owned(string.to_owned())))
    }

    fn visit_string<E>(self, string: String) -> Result<Node<'de>, E> {
        Ok(Node::String(Cow::Owned(string)))
    }

    fn visit_borrowed_str<E>(self, string: &'de str) -> Result<Node<'de>, E> {
        Ok(Node::String(Cow::Borrowed(string)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Node<'de>, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self)? {
            list.push(item);
        }
        Ok(Node::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Node<'de>, A::Error> {
        let mut members = Vec::new();
        while let Some(Name(name)) = access.next_key()? {
            let value = access.next_value_seed(self)?;
            let state = Cell::new(MemberState::Unknown);
            members.push(Member { name, value, repeated: false, state });
        }
        Ok(Node::Object(Object::new(members)))
    }
}

/// A member's name, borrowed if it has no escapes.
struct Name<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NameVisitor;
        impl<'de> Visitor<'de> for NameVisitor {
            type Value = Name<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }
            fn visit_str<E>(self, name: &str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Owned(name.to_owned())))
            }
            fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Borrowed(name)))
            }
        }
        deserializer.deserialize_str(NameVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(json: &str) -> Object<'_> {
        match Node::parse(json.as_bytes()).unwrap() {
            Node::Object(object) => object,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn of_repeated_names_the_last_value_is_kept() {
        for (json, kept) in [
            (r#"{"a":1,"a":2}"#, 2),
            (r#"{"a":1,"b":0,"a":null}"#, 1),
            (r#"{"a":null,"a":1,"a":null}"#, 1),
        ] {
            let object = object(json);
            let member = object.find("a").unwrap();
            assert!(
                matches!(&member.value, Node::Number(number) if *number == kept.into()),
                "{json}"
            );
            assert!(member.repeated, "{json}");
        }
        assert!(!object(r#"{"a":1}"#).find("a").unwrap().repeated);
    }

    #[test]
    fn only_an_object_with_numeric_names_is_a_list() {
        let numbers = |json: &str| {
            let object = object(json);
            let number = |item: &&Node<'_>| {
                matches!(item, Node::Number(_)).then(|| item.unexpected().to_string())
            };
            object
                .as_list()
                .map(|items| items.iter().filter_map(number).collect::<Vec<_>>().join(", "))
        };
        assert_eq!(numbers(r#"{"10":3,"2":1}"#).unwrap(), "integer `1`, integer `3`");
        assert_eq!(numbers("{}").unwrap(), "");
        for json in [r#"{"a":1}"#, r#"{"1":1,"a":2}"#, r#"{"-1":1}"#, r#"{"":1}"#] {
            assert_eq!(numbers(json), None, "{json}");
        }
    }
}
