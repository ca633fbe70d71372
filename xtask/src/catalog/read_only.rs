//! Which operations only read.
//!
//! A program that may only read must not change anything at the vendor, so what is not known to read counts as writing.

use crate::model::Operation;

/// The first words of the names of operations that only read, although their method is POST: procedures, and searches
/// and checks with a body.
const READING: [&str; 5] = ["get", "list", "search", "find", "validate"];

/// Whether a call changes nothing at the vendor.
///
/// GET and HEAD are defined to be safe (RFC 9110 section 9.2.1). A specification marks those that are not by
/// `x-idempotent: false`.
pub(super) fn is_read_only(operation: &Operation) -> bool {
    if !operation.idempotent {
        return false;
    }
    match operation.method.as_str() {
        "GET" | "HEAD" => true,
        "POST" => {
            let ident = operation.ident();
            READING.contains(&ident.split('_').next().unwrap_or_default())
        }
        _ => false,
    }
}
