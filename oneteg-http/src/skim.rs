//! Finds the members of an object without reading what is in them.
//!
//! The value in an envelope is decoded where it is, into the type the caller asked for, which checks its
//! JSON. Checking it here as well would cost a sixth of a call's instructions.

use std::ops::Range;

/// Hands over the name of each member and the place of its JSON. `None` for everything unusual, and where
/// the visitor says so: a real parser then says what it is. A value that was decoded before is known by its
/// place, and not looked at again.
pub(crate) fn members<'a>(
    body: &'a [u8],
    known: Option<&Range<usize>>,
    mut visit: impl FnMut(&'a [u8], Range<usize>) -> Option<()>,
) -> Option<()> {
    let mut rest = skip_space(body).strip_prefix(b"{")?;
    loop {
        let (name, after) = member_name(rest)?;
        let begin = body.len() - after.len();
        let place = match known {
            Some(place) if place.start == begin => place.clone(),
            _ => begin..begin + value_length(after)?,
        };
        rest = skip_space(body.get(place.end..)?);
        visit(name, place)?;
        match rest.split_first()? {
            (b',', after) => rest = after,
            (b'}', after) => return skip_space(after).is_empty().then_some(()),
            _ => return None,
        }
    }
}

/// Where the value of a member begins, when it is there and only members that the visitor lets pass come
/// before it.
pub(crate) fn begin_of(
    body: &[u8],
    name: impl Fn(&[u8]) -> bool,
    mut passes: impl FnMut(&[u8], &[u8]) -> bool,
) -> Option<usize> {
    let mut rest = skip_space(body).strip_prefix(b"{")?;
    loop {
        let (found, after) = member_name(rest)?;
        if name(found) {
            return Some(body.len() - after.len());
        }
        let (value, after) = after.split_at(value_length(after)?);
        if !passes(found, value) {
            return None;
        }
        rest = skip_space(after).strip_prefix(b",")?;
    }
}

/// The name of the member that begins here, and what follows its colon.
fn member_name(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let rest = skip_space(bytes).strip_prefix(b"\"")?;
    let length = rest.iter().position(|byte| matches!(byte, b'"' | b'\\'))?;
    let (name, after) = rest.split_at(length);
    Some((name, skip_space(skip_space(after.strip_prefix(b"\"")?).strip_prefix(b":")?)))
}

/// Puts a member in its place; `None` when one is there already.
pub(crate) fn once<T>(place: &mut Option<T>, value: T) -> Option<()> {
    place.replace(value).is_none().then_some(())
}

fn skip_space(bytes: &[u8]) -> &[u8] {
    bytes.trim_ascii_start()
}

/// How many bytes the value at the beginning has.
fn value_length(bytes: &[u8]) -> Option<usize> {
    match bytes.first()? {
        b'"' => return string_end(bytes, 1),
        b'{' | b'[' => {}
        // A number or a word.
        _ => {
            let ends = |byte: &u8| matches!(byte, b',' | b'}' | b']') || byte.is_ascii_whitespace();
            return bytes.iter().position(ends).filter(|length| *length > 0);
        }
    }
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        at += 1;
        match byte {
            b'"' => at = string_end(bytes, at)?,
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth -= 1;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

/// Behind the closing quote of a string whose content begins at a position.
fn string_end(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at += memchr::memchr2(b'"', b'\\', bytes.get(at..)?)?;
        if bytes[at] == b'"' {
            return Some(at + 1);
        }
        at += 2;
    }
}
