//! A document as a tree, whose strings stay in the document where they need no decoding.

use std::{borrow::Cow, cell::Cell, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Unexpected, Visitor},
};
use serde_json::{Number, Value};

/// The most values that a tree may have. It bounds the memory of the second pass at 64 bytes each, 256 MiB;
/// the document of usual responses takes three times its size.
const MOST_VALUES: usize = 4_000_000;

#[derive(Debug)]
pub(super) enum Node<'a> {
    Null,
    Bool(bool),
    Number(Number),
    Text(Cow<'a, str>),
    List(Vec<Node<'a>>),
    Object(Object<'a>),
}

/// The members of an object, each name once.
#[derive(Debug)]
pub(super) struct Object<'a> {
    pub(super) members: Vec<Member<'a>>,
    /// The member that was returned last.
    pub(super) last: Cell<Option<usize>>,
}

#[derive(Debug)]
pub(super) struct Member<'a> {
    pub(super) name: Cow<'a, str>,
    pub(super) value: Node<'a>,
    /// Whether the name came more than once.
    pub(super) repeated: bool,
    pub(super) state: Cell<State>,
}

/// What was learned of a member while its object was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// Nothing.
    Plain,
    /// It is read before the others: it has the name of the specification, and an alias of it is there as well.
    First,
    /// It could not be read, and was made absent.
    Unread,
    /// It could not be read, and there is no value that means its absence.
    Failed,
    /// It is left out: another spelling of it is read.
    OtherSpelling,
    /// It is left out: it could not be read.
    LeftOut,
}

impl State {
    pub(super) fn is_out(self) -> bool {
        matches!(self, Self::OtherSpelling | Self::LeftOut)
    }
}

impl<'a> Node<'a> {
    pub(super) fn parse(json: &'a [u8]) -> Result<Self, serde_json::Error> {
        let mut decoder = serde_json::Deserializer::from_slice(json);
        let left = Cell::new(MOST_VALUES);
        let tree = Build(&left).deserialize(&mut decoder)?;
        decoder.end()?;
        Ok(tree)
    }

    pub(super) fn parse_value(value: &'a Value) -> Result<Self, serde_json::Error> {
        Build(&Cell::new(MOST_VALUES)).deserialize(value)
    }

    pub(super) fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The number of values in it.
    pub(super) fn count(&self) -> usize {
        1 + match self {
            Self::List(items) => items.iter().map(Node::count).sum(),
            Self::Object(object) => object.members.iter().map(|member| member.value.count()).sum(),
            _ => 0_usize,
        }
    }

    /// Forgets what was learned of its members.
    pub(super) fn forget(&self) {
        match self {
            Self::List(items) => items.iter().for_each(Node::forget),
            Self::Object(object) => object.members.iter().for_each(|member| {
                member.state.set(State::Plain);
                member.value.forget();
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
            Self::Text(text) => Unexpected::Str(text),
            Self::List(_) => Unexpected::Seq,
            Self::Object(_) => Unexpected::Map,
        }
    }
}

impl<'a> Object<'a> {
    /// Of members with the same name the last counts, unless it is `null`.
    fn new(mut members: Vec<Member<'a>>) -> Self {
        // Stable, so equal names stay in their order.
        members.sort_by(|one, other| one.name.cmp(&other.name));
        members.dedup_by(|later, earlier| {
            let same = later.name == earlier.name;
            if same {
                earlier.repeated = true;
                if !later.value.is_null() {
                    std::mem::swap(&mut earlier.value, &mut later.value);
                }
            }
            same
        });
        Self { members, last: Cell::new(None) }
    }

    /// The members in the order of their names as numbers, when all are: `{"0": a, "2": b}`.
    pub(super) fn as_list(&self) -> Option<Vec<&Node<'a>>> {
        let number = |member: &Member<'a>| {
            let digits = member.name.bytes().all(|byte| byte.is_ascii_digit());
            digits.then(|| member.name.parse::<u64>().ok()).flatten()
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

/// Builds a tree; counts down the values that it may still have.
#[derive(Clone, Copy)]
struct Build<'c>(&'c Cell<usize>);

impl<'de> DeserializeSeed<'de> for Build<'_> {
    type Value = Node<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node<'de>, D::Error> {
        let left = self.0.get().checked_sub(1);
        self.0.set(left.ok_or_else(|| D::Error::custom("the document has too many values"))?);
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Build<'_> {
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

    fn visit_str<E>(self, text: &str) -> Result<Node<'de>, E> {
        Ok(Node::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_string<E>(self, text: String) -> Result<Node<'de>, E> {
        Ok(Node::Text(Cow::Owned(text)))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Node<'de>, E> {
        Ok(Node::Text(Cow::Borrowed(text)))
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
            let state = Cell::new(State::Plain);
            members.push(Member { name, value, repeated: false, state });
        }
        Ok(Node::Object(Object::new(members)))
    }
}

/// A member's name, borrowed where it can be.
struct Name<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl<'de> Visitor<'de> for Read {
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
        deserializer.deserialize_str(Read)
    }
}
