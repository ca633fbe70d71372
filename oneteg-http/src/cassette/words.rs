//! Which words of a call are the vendor's.

use serde_json::Value;

use crate::{
    Operation,
    pseudonym::{AnyName, Known, Vocabulary},
};

/// Members of envelopes and error documents, which specifications do not list. Their case varies.
const ENVELOPE: [&str; 26] = [
    "_links",
    "apiVersion",
    "buildVersion",
    "code",
    "data",
    "detail",
    "error",
    "error_description",
    "errorCode",
    "errors",
    "exceptionMessage",
    "exceptionType",
    "jsonrpc",
    "message",
    "meta",
    "method",
    "params",
    "payload",
    "recordCount",
    "recordsReturned",
    "result",
    "startingRecord",
    "statusCode",
    "title",
    "totalRecordsFound",
    "warnings",
];

/// Members with numbers that programs compare.
const NUMBERS: [&str; 7] = [
    "code",
    "errorCode",
    "recordsReturned",
    "startingRecord",
    "status",
    "statusCode",
    "totalRecordsFound",
];

/// Parts of the names of request members with numbers that clients compute.
const SIZES: [&str; 8] = ["chunk", "count", "length", "limit", "offset", "page", "size", "total"];

/// Members of error documents with strings that programs compare. Elsewhere, a `code` may open a share.
const CODES: [&str; 4] = ["code", "error", "errorCode", "exceptionType"];

/// Whether one of the names is this one, in any case.
fn has(names: &[&str], name: &str) -> bool {
    names.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// What is known of the words of one call.
pub(super) struct Words<'a> {
    pub(super) vocabulary: &'a Vocabulary,
    pub(super) operation: &'static Operation,
    pub(super) part: CallPart,
}

/// The part of a call that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CallPart {
    Request,
    Success,
    Failure,
}

impl Words<'_> {
    /// Whether a member or parameter has the position, the size or the total of a page, or of what is sent.
    pub(super) fn is_paging(&self, name: &str) -> bool {
        let lower = name.to_ascii_lowercase();
        let is_size =
            || self.part == CallPart::Request && SIZES.iter().any(|size| lower.contains(size));
        let is_page = || {
            self.operation.pagination.is_some_and(|pagination| {
                [pagination.start, pagination.size, pagination.total]
                    .iter()
                    .any(|path| path.rsplit('.').next() == Some(name) && !name.is_empty())
            })
        };
        is_size() || is_page()
    }

    fn is_kept(&self, place: &str, name: &str, string: &str) -> bool {
        let is_rpc = self.operation.rpc.is_some();
        let is_error = self.part == CallPart::Failure || (is_rpc && place.starts_with("/error/"));
        (is_rpc && ["/jsonrpc", "/method"].contains(&place))
            || (name.eq_ignore_ascii_case("apiVersion") && is_version(string))
            || (is_error && has(&CODES, name) && is_code(string))
    }
}

impl Known for Words<'_> {
    fn is_name(&self, place: &str, name: &str) -> bool {
        if self.vocabulary.is_empty() {
            return AnyName.is_name(place, name);
        }
        self.vocabulary.is_name(place, name) || has(&ENVELOPE, name)
    }

    fn is_value(&self, place: &str, value: &Value) -> bool {
        let name = place.rsplit('/').next().unwrap_or_default();
        match value {
            Value::Number(_) => has(&NUMBERS, name) || self.is_paging(name),
            Value::String(string) => {
                self.is_kept(place, name, string) || self.vocabulary.is_value(place, value)
            }
            _ => false,
        }
    }
}

/// Whether a string is rather the code of an error than something that a user wrote: `invalid_grant`, `BlobNotFound`.
pub(super) fn is_code(string: &str) -> bool {
    const LONGEST: usize = 40;
    let is_sign = |byte: u8| byte.is_ascii_alphabetic() || b"_.-".contains(&byte);
    (1..=LONGEST).contains(&string.len()) && string.bytes().all(is_sign) || is_version(string)
}

/// A short number, such as `1.2` or `401`.
fn is_version(string: &str) -> bool {
    (1..=5).contains(&string.len())
        && string.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{Confidence, Evidence, Method, operation::Pagination, operation::PaginationStyle};

    static LIST: Operation = Operation::new(
        "list",
        "test",
        Method::GET,
        "/things",
        true,
        Evidence::new(Confidence::Inferred, &[], None),
    )
    .paged(Pagination::new(PaginationStyle::Offset, "from", "most", "items", "found.all"));

    #[test]
    fn codes_stay_in_errors_and_positions_in_pages() {
        let vocabulary = Vocabulary::new(["name"], ["draft"]);
        let words = |part| Words { vocabulary: &vocabulary, operation: &LIST, part };
        let kept = |part, place, value| words(part).is_value(place, &value);
        for (part, place, value, expected) in [
            (CallPart::Failure, "/code", json!("NoSuchThing"), true),
            (CallPart::Success, "/code", json!("AbCdEf"), false),
            (CallPart::Failure, "/message", json!("NoSuchThing"), false),
            (CallPart::Success, "/apiVersion", json!("1.2"), true),
            (CallPart::Success, "/name", json!("draft"), true),
            (CallPart::Success, "/found/all", json!(1234), true),
            (CallPart::Success, "/size", json!(1234), false),
            (CallPart::Request, "/fileSize", json!(1234), true),
            (CallPart::Request, "/from", json!(1234), true),
            (CallPart::Request, "/id", json!(1234), false),
            (CallPart::Failure, "/statusCode", json!(1234), true),
        ] {
            assert_eq!(kept(part, place, value), expected, "{place}");
        }
        assert!(words(CallPart::Success).is_name("", "Errors"));
        assert!(!words(CallPart::Success).is_name("", "Client name"));
    }
}
