//! The tolerant reader: an optional member that cannot be read never loses a response.
//!
//! | Order | Pass | If it fails |
//! |---|---|---|
//! | 1 | strict: serde_json decodes the document | the second pass; nearly every response ends here |
//! | 2 | the document is parsed into a tree ([`node`]) | 3 |
//! | 3 | invalid text is [sanitized](sanitize) (bytes that are not UTF-8, half an emoji, control characters), and 2 repeated | the strict error: it is not JSON |
//! | 4 | the type is decoded from the tree ([`deserializer`]), with repairs | the strict error, or the reason if something was repaired |
//!
//! Repairs of step 4, each [recorded](context) with its path and without its value:
//!
//! | Found | Done |
//! |---|---|
//! | a scalar of another type | converted, if nothing is lost |
//! | a list as an object with numeric names, where the list is optional | read in the order of the names |
//! | an optional member that cannot be read | absent; its raw value moves to the struct's `extra` |
//! | a required member that cannot be read | nothing: the error stands |
//! | a member under two names | the documented one is read, unless it is `null` or unreadable; the other moves to `extra` |
//! | an entry of a map that is `null` and may not be | left out |
//! | an item of a list that cannot be read | nothing: the whole list counts as the member |
//!
//! A failure is repaired where it occurs and nothing around it is read again, so the pass is linear in the size of
//! the document, except for a number of cases that [`context::ReadContext`] bounds.

mod context;
mod deserializer;
mod failure;
mod forms;
mod members;
mod node;
mod one_of;
mod reader;
mod repair;
mod sanitize;
mod scalar;

use serde::de::DeserializeOwned;
use serde_json::Value;

pub use forms::{Forms, ValueForm, read_forms};
pub use one_of::{OneOf, read_one_of};
pub(crate) use repair::Repairs;
pub use repair::{Repair, RepairKind};

use crate::{Error, ErrorKind};
use context::ReadContext;
use failure::FailureDetails;
use node::Node;

#[cfg(test)]
fn decode<T: DeserializeOwned>(
    json: &[u8],
    required: &[&'static str],
) -> Result<(T, Repairs), Error> {
    decode_with(json, || required.to_vec())
}

/// Decodes a value. `required` are the members that are required even if the type makes them optional, as dotted
/// paths. They are computed for the second pass only. The message of a failure names the member.
pub(crate) fn decode_with<T: DeserializeOwned>(
    json: &[u8],
    required: impl FnOnce() -> Vec<&'static str>,
) -> Result<(T, Repairs), Error> {
    // The body of `204 No Content` is empty; an optional value or any JSON value still decodes.
    let json = if json.iter().all(u8::is_ascii_whitespace) { &b"null"[..] } else { json };
    match serde_json::from_slice(json) {
        Ok(value) => Ok((value, Repairs::default())),
        Err(strict) => decode_with_repairs(without_byte_order_mark(json), &required(), strict),
    }
}

/// The second pass.
#[cold]
fn decode_with_repairs<T: DeserializeOwned>(
    json: &[u8],
    required: &[&'static str],
    strict: serde_json::Error,
) -> Result<(T, Repairs), Error> {
    let sanitized;
    let (tree, was_malformed) = match Node::parse(json) {
        Ok(tree) => (tree, false),
        Err(_) => {
            sanitized = sanitize::sanitize(json);
            match Node::parse(sanitized.as_bytes()) {
                Ok(tree) => (tree, true),
                Err(_) => return Err(decode_error("", strict, None)),
            }
        }
    };
    let context = ReadContext::new(&tree, required);
    if was_malformed {
        context.record(RepairKind::MalformedText);
    }
    read_tree(&tree, &context).map_err(|failure| {
        let path = failure.path.clone().unwrap_or_default();
        // Where nothing else was repaired, both passes failed at the same place, and the first knows the line.
        decode_error(&path, strict, context.has_repaired().then_some(failure.message))
    })
}

fn read_tree<'t, T: serde::Deserialize<'t>>(
    tree: &'t Node<'t>,
    context: &ReadContext<'t>,
) -> Result<(T, Repairs), FailureDetails> {
    match reader::read_root(tree, context) {
        Ok(value) => Ok((value, context.take_repairs())),
        Err(failure) => Err(failure.into_details()),
    }
}

/// Decodes a JSON value that was read before.
///
/// # Errors
/// [`ErrorKind::Decode`] if something required cannot be read.
#[doc(hidden)]
pub fn from_value<T: DeserializeOwned>(value: &Value) -> Result<T, Error> {
    match T::deserialize(value) {
        Ok(value) => Ok(value),
        Err(strict) => {
            let Ok(tree) = Node::parse_value(value) else {
                return Err(decode_error("", strict, None));
            };
            let context = ReadContext::new(&tree, &[]);
            read_tree(&tree, &context).map(|(value, _)| value).map_err(|failure| {
                decode_error(&failure.path.unwrap_or_default(), strict, Some(failure.message))
            })
        }
    }
}

/// Decodes a document as responses are decoded, and returns its repairs.
///
/// # Errors
/// [`ErrorKind::Decode`] if something required cannot be read, or it is not JSON.
#[doc(hidden)]
pub fn from_slice<T: DeserializeOwned>(json: &[u8]) -> Result<(T, Vec<Repair>), Error> {
    let json = without_byte_order_mark(json);
    decode_with(json, Vec::new).map(|(value, repairs)| (value, repairs.into_list()))
}

/// Any JSON, even with a byte order mark or invalid text; `None` if it is not JSON.
#[doc(hidden)]
pub fn any(json: &[u8]) -> Option<Value> {
    let json = without_byte_order_mark(json);
    let strict = serde_json::from_slice(json);
    strict.or_else(|_| serde_json::from_slice(sanitize::sanitize(json).as_bytes())).ok()
}

/// The document without byte order marks: a script that includes others writes the mark of each, and line breaks
/// between them.
pub(crate) fn without_byte_order_mark(mut bytes: &[u8]) -> &[u8] {
    while let Some(rest) = bytes.trim_ascii_start().strip_prefix(b"\xef\xbb\xbf") {
        bytes = rest;
    }
    bytes
}

#[cold]
fn decode_error(path: &str, strict: serde_json::Error, reason: Option<String>) -> Error {
    let place = if path.is_empty() { String::new() } else { format!(" at `{path}`") };
    let message = if strict.is_data() || reason.is_some() {
        let reason = reason.unwrap_or_else(|| strict.to_string());
        format!("the response does not have its documented form{place}: {reason}")
    } else {
        format!("the response is not valid JSON: {strict}")
    };
    Error::new(ErrorKind::Decode, message).with_source(strict)
}

#[cfg(test)]
mod tests;
