//! The tolerant reader: an optional member that cannot be read never loses a response.
//!
//! A response is decoded strictly, by serde_json, and nearly always that is all. Only when it fails, a second
//! pass reads the same document again:
//!
//! 1. [`node`] parses it into a tree. Text that is broken (bytes that are not UTF-8, half an emoji, control
//!    characters) is [mended](mend) first.
//! 2. [`reader`] decodes the type from the tree. It converts a scalar to the requested type, and makes an
//!    optional member absent when that does not help; the raw value moves to the struct's `extra`.
//! 3. Each repair is [noted](notes), with its path and without its value.
//!
//! A member that is required stays strict: where the repaired member turns out to be required, the error of
//! the first pass stands. The pass is linear in the size of the document: a failure is repaired where it occurs
//! and nothing around it is read again, but for a bounded number of cases that [`notes::Context`] counts.

mod failure;
mod members;
mod mend;
mod node;
mod notes;
mod one_of;
mod reader;
mod repair;
mod scalar;

use serde::de::DeserializeOwned;
use serde_json::Value;

pub use one_of::{OneOf, read_one_of};
pub(crate) use repair::Repairs;
pub use repair::{Repair, RepairKind};

use crate::{Error, ErrorKind, Operation, PaginationStyle};
use node::Node;
use notes::Context;

/// What a member's name begins with on its way to the map of unknown members, when it is one that the type
/// knows: under its own name it would be read as that member. [`extra`](crate::serde_with::extra) takes it
/// off. No vendor's member begins with a NUL.
pub(crate) const KEPT: char = '\0';

/// Decodes the value of an operation's response.
pub(crate) fn decode_response<T: DeserializeOwned>(
    json: &[u8],
    operation: &Operation,
) -> Result<(T, Repairs), Error> {
    decode_with(json, || needed(operation))
}

#[cfg(test)]
fn decode<T: DeserializeOwned>(
    json: &[u8],
    needed: &[&'static str],
) -> Result<(T, Repairs), Error> {
    decode_with(json, || needed.to_vec())
}

/// Decodes a value; the message of a failure names the member. `needed` are the members that are not optional,
/// whatever the type says: dotted paths. They are computed only for the second pass.
fn decode_with<T: DeserializeOwned>(
    json: &[u8],
    needed: impl FnOnce() -> Vec<&'static str>,
) -> Result<(T, Repairs), Error> {
    // An empty body is what `204 No Content` has; an optional value or any JSON value still decodes.
    let json = if json.iter().all(u8::is_ascii_whitespace) { &b"null"[..] } else { json };
    match serde_json::from_slice(json) {
        Ok(value) => Ok((value, Repairs::default())),
        Err(strict) => again(without_mark(json), &needed(), strict),
    }
}

/// The second pass.
#[cold]
fn again<T: DeserializeOwned>(
    json: &[u8],
    needed: &[&'static str],
    strict: serde_json::Error,
) -> Result<(T, Repairs), Error> {
    let mended;
    let (tree, broken) = match Node::parse(json) {
        Ok(tree) => (tree, false),
        Err(_) => {
            mended = mend::mend(json);
            match Node::parse(mended.as_bytes()) {
                Ok(tree) => (tree, true),
                Err(_) => return Err(undecodable("", strict, None)),
            }
        }
    };
    let context = Context::new(&tree, needed);
    if broken {
        context.note(RepairKind::MalformedText);
    }
    read_tree(&tree, &context).map_err(|failure| {
        let path = failure.path.clone().unwrap_or_default();
        // Where nothing else was odd, both passes failed at the same place, and the first knows the line.
        undecodable(&path, strict, context.met_oddities().then_some(failure.message))
    })
}

fn read_tree<'t, T: serde::Deserialize<'t>>(
    tree: &'t Node<'t>,
    context: &Context<'t>,
) -> Result<(T, Repairs), failure::Inner> {
    match reader::root(tree, context) {
        Ok(value) => Ok((value, context.take_repairs())),
        Err(failure) => Err(failure.into_inner()),
    }
}

/// Decodes a value that was read as any JSON before.
///
/// # Errors
/// [`ErrorKind::Decode`] when something required cannot be read.
#[doc(hidden)]
pub fn from_value<T: DeserializeOwned>(value: &Value) -> Result<T, Error> {
    match T::deserialize(value) {
        Ok(value) => Ok(value),
        Err(strict) => {
            let Ok(tree) = Node::parse_value(value) else {
                return Err(undecodable("", strict, None));
            };
            let context = Context::new(&tree, &[]);
            read_tree(&tree, &context).map(|(value, _)| value).map_err(|failure| {
                undecodable(&failure.path.unwrap_or_default(), strict, Some(failure.message))
            })
        }
    }
}

/// Decodes a document as responses are decoded, and returns what had to be repaired.
///
/// # Errors
/// [`ErrorKind::Decode`] when something required cannot be read, or it is not JSON.
#[doc(hidden)]
pub fn from_slice<T: DeserializeOwned>(json: &[u8]) -> Result<(T, Vec<Repair>), Error> {
    decode_with(without_mark(json), Vec::new).map(|(value, repairs)| (value, repairs.into_list()))
}

/// Any JSON, also with a byte order mark or broken text in it; `None` for what is not JSON.
#[doc(hidden)]
pub fn any(json: &[u8]) -> Option<Value> {
    let json = without_mark(json);
    let strict = serde_json::from_slice(json);
    strict.or_else(|_| serde_json::from_slice(mend::mend(json).as_bytes())).ok()
}

/// The document without byte order marks: a script that includes others writes that of each, and the line breaks
/// between them.
pub(crate) fn without_mark(mut bytes: &[u8]) -> &[u8] {
    while let Some(rest) = bytes.trim_ascii_start().strip_prefix(b"\xef\xbb\xbf") {
        bytes = rest;
    }
    bytes
}

/// The members of an operation's response that are not optional, although its type says so: without its items,
/// a page would look like the empty one that ends a listing, and without its cursor like the last one.
fn needed(operation: &Operation) -> Vec<&'static str> {
    let Some(pages) = operation.pagination else { return Vec::new() };
    let cursor = (pages.style == PaginationStyle::Cursor).then_some(pages.total);
    [Some(pages.items), cursor].into_iter().flatten().filter(|path| !path.is_empty()).collect()
}

#[cold]
fn undecodable(path: &str, strict: serde_json::Error, reason: Option<String>) -> Error {
    let place = if path.is_empty() { String::new() } else { format!(" at `{path}`") };
    let message = if strict.is_data() || reason.is_some() {
        let reason = reason.unwrap_or_else(|| strict.to_string());
        format!("the answer has another form than documented{place}: {reason}")
    } else {
        format!("the answer is not valid JSON: {strict}")
    };
    Error::new(ErrorKind::Decode, message).with_source(strict)
}

#[cfg(test)]
mod tests;
