//! A place in the document, and how it is read more than once.
//!
//! | A failed read of | taught that | so the next read |
//! |---|---|---|
//! | an object, with two spellings of one member | the type has an alias | skips one of the two, see [`prefer_one_spelling`] |
//! | an object, with a member that could not be read | the member has no absent value | leaves it out: the type may have a default |
//! | a string that is a time in another notation | | uses the time in RFC 3339 |
//! | anything else | | does not happen: the failure stands |
//!
//! What was learned is stored in the members' [states](MemberState).

use serde::Deserialize;

use super::{
    RepairKind,
    context::ReadContext,
    failure::Failure,
    node::{MemberState, Node, Object},
};
use crate::serde_with::lenient_date_time;

/// A value in the document. `deserializer` implements serde's `Deserializer` for it.
#[derive(Clone, Copy)]
pub(super) struct Reader<'c, 't> {
    pub(super) node: &'t Node<'t>,
    pub(super) context: &'c ReadContext<'t>,
    /// Whether nothing is lost if it cannot be read: it is an optional member, or an item or entry of one.
    pub(super) is_optional: bool,
    /// Whether it is an item of a list or an entry of a map.
    pub(super) is_entry: bool,
    /// A string that replaces the one in the document.
    pub(super) replacement: Option<&'c str>,
}

/// What contains a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ContainerKind {
    List,
    Map,
    Struct,
}

impl<'t> Reader<'_, 't> {
    /// A value inside this one. Items and entries are as optional as the whole.
    pub(super) fn inner(self, node: &'t Node<'t>, container: ContainerKind) -> Self {
        let is_entry = container != ContainerKind::Struct;
        Self {
            node,
            is_optional: self.is_optional && is_entry,
            is_entry,
            replacement: None,
            ..self
        }
    }
}

/// Reads the whole document.
pub(super) fn read_root<'t, T: Deserialize<'t>>(
    node: &'t Node<'t>,
    context: &ReadContext<'t>,
) -> Result<T, Failure> {
    read(Reader { node, context, is_optional: false, is_entry: false, replacement: None })
}

/// Reads a value, and again where a failure taught something that helps.
pub(super) fn read<'t, T: Deserialize<'t>>(reader: Reader<'_, 't>) -> Result<T, Failure> {
    let context = reader.context;
    let mark = context.mark();
    // What another reading finds wrong may only be a consequence of what was left out.
    let mut first_failure = None;
    loop {
        context.begin_read()?;
        let failure = match T::deserialize(reader) {
            Ok(value) => return Ok(value),
            Err(failure) => failure.at(|| context.path()),
        };
        context.roll_back(mark);
        if !context.is_exhausted() {
            match reader.node {
                Node::Object(object) if learn(object, &failure) => {
                    if failure.duplicate().is_none() {
                        first_failure.get_or_insert(failure);
                    }
                    continue;
                }
                Node::String(string) => {
                    if let Some(time) = lenient_date_time::rewrite(string) {
                        context.record(RepairKind::Converted);
                        return T::deserialize(Reader { replacement: Some(&time), ..reader })
                            .map_err(|_| failure);
                    }
                }
                _ => {}
            }
        }
        return Err(first_failure.unwrap_or(failure));
    }
}

/// Whether the object can be read in another way than the one that failed.
fn learn(object: &Object<'_>, failure: &Failure) -> bool {
    if let Some(name) = failure.duplicate() {
        return prefer_one_spelling(object, name);
    }
    let mut has_learned = false;
    let failed = |state| state == MemberState::Failed;
    for member in object.members.iter().filter(|member| failed(member.state.get())) {
        // Perhaps the type has a default for it.
        member.state.set(MemberState::LeftOut);
        has_learned = true;
    }
    has_learned
}

/// Of two spellings of a member, the documented one is read, unless it is `null` or cannot be read. Members that are
/// `null` are read last, so the second spelling that was met is the one to skip, or else the documented one.
fn prefer_one_spelling(object: &Object<'_>, name: &str) -> bool {
    let Some(last) = object.last_read.get().and_then(|at| object.members.get(at)) else {
        return false;
    };
    let documented = object.find(name);
    let unreadable = documented.filter(|member| member.state.get() == MemberState::MadeAbsent);
    match (last.state.get(), unreadable) {
        (_, Some(unreadable)) if last.name != name && !last.value.is_null() => {
            unreadable.state.set(MemberState::OtherSpelling);
        }
        (MemberState::Unknown, _) if last.name == name && !last.value.is_null() => {
            last.state.set(MemberState::ReadFirst);
        }
        (state, _) if !state.is_skipped() => last.state.set(MemberState::OtherSpelling),
        _ => return false,
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The states of the members after an object with these was read, up to a failure at its `last` member.
    fn learned(json: &'static str, absent: &str, last: &str) -> Option<Vec<MemberState>> {
        let Ok(Node::Object(object)) = Node::parse(json.as_bytes()) else { panic!("{json}") };
        if let Some(member) = object.find(absent) {
            member.state.set(MemberState::MadeAbsent);
        }
        let at = object.members.iter().position(|member| member.name == last);
        object.last_read.set(at);
        let states = |object: &Object<'_>| object.members.iter().map(|m| m.state.get()).collect();
        prefer_one_spelling(&object, "nb_files").then(|| states(&object))
    }

    #[test]
    fn the_documented_spelling_is_preferred() {
        use MemberState::{OtherSpelling, ReadFirst, Unknown};
        let json = r#"{"nbFiles":1,"nb_files":2}"#;
        assert_eq!(learned(json, "", "nb_files"), Some(vec![Unknown, ReadFirst]));
        assert_eq!(learned(json, "", "nbFiles"), Some(vec![OtherSpelling, Unknown]));
        // `null` is met last, and skipped whichever spelling has it.
        let json = r#"{"nbFiles":1,"nb_files":null}"#;
        assert_eq!(learned(json, "", "nb_files"), Some(vec![Unknown, OtherSpelling]));
        // The documented spelling could not be read.
        let json = r#"{"nbFiles":1,"nb_files":[]}"#;
        assert_eq!(learned(json, "nb_files", "nbFiles"), Some(vec![Unknown, OtherSpelling]));
    }
}
