//! Finds the members of a JSON object without parsing their values.
//!
//! The value in an envelope is decoded in place, into the type that the caller requested, which also validates
//! its JSON. Validating it here as well would cost a sixth of the instructions of a call.

use std::ops::Range;

/// Visits the name of each member and the range of its JSON. `None` for anything unusual, and if the visitor
/// returns it: the body then needs a parser. A value at `known` was decoded before, and is not scanned again.
pub(crate) fn members<'a>(
    body: &'a [u8],
    known: Option<&Range<usize>>,
    mut visit: impl FnMut(&'a [u8], Range<usize>) -> Option<()>,
) -> Option<()> {
    let mut rest = skip_space(body).strip_prefix(b"{")?;
    loop {
        let (name, after) = member_name(rest)?;
        let begin = body.len() - after.len();
        let range = match known {
            Some(range) if range.start == begin => range.clone(),
            _ => begin..begin + value_length(after)?,
        };
        rest = skip_space(body.get(range.end..)?);
        visit(name, range)?;
        match rest.split_first()? {
            (b',', after) => rest = after,
            (b'}', after) => return skip_space(after).is_empty().then_some(()),
            _ => return None,
        }
    }
}

/// Where the value of a member begins, if all members before it are `accepted`.
pub(crate) fn begin_of(
    body: &[u8],
    name: impl Fn(&[u8]) -> bool,
    mut accepted: impl FnMut(&[u8], &[u8]) -> bool,
) -> Option<usize> {
    let mut rest = skip_space(body).strip_prefix(b"{")?;
    loop {
        let (found, after) = member_name(rest)?;
        if name(found) {
            return Some(body.len() - after.len());
        }
        let (value, after) = after.split_at(value_length(after)?);
        if !accepted(found, value) {
            return None;
        }
        rest = skip_space(after).strip_prefix(b",")?;
    }
}

/// The name of the member that begins here, and the bytes after its colon.
fn member_name(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let rest = skip_space(bytes).strip_prefix(b"\"")?;
    let length = rest.iter().position(|byte| matches!(byte, b'"' | b'\\'))?;
    let (name, after) = rest.split_at(length);
    Some((name, skip_space(skip_space(after.strip_prefix(b"\"")?).strip_prefix(b":")?)))
}

/// Sets a member; `None` if it is already set.
pub(crate) fn set_once<T>(member: &mut Option<T>, value: T) -> Option<()> {
    member.replace(value).is_none().then_some(())
}

fn skip_space(bytes: &[u8]) -> &[u8] {
    bytes.trim_ascii_start()
}

/// The length of the value at the beginning, in bytes.
fn value_length(bytes: &[u8]) -> Option<usize> {
    match bytes.first()? {
        b'"' => return string_end(bytes, 1),
        b'{' | b'[' => {}
        // A number, `true`, `false` or `null`.
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

/// The position after the closing quote of a string whose content begins at `at`.
fn string_end(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at += memchr::memchr2(b'"', b'\\', bytes.get(at..)?)?;
        if bytes[at] == b'"' {
            return Some(at + 1);
        }
        at += 2;
    }
}
