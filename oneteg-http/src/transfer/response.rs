//! How a response to a range request is to be used.

use std::time::Duration;

use http::StatusCode;

use super::version::{Comparison, Version};
pub(super) use crate::response::content_length as length;
use crate::{ByteStream, Error, ErrorKind, ResponseValue, response::ContentRange};

pub(super) type Response = ResponseValue<ByteStream>;

/// How often a range is requested in a row without receiving a byte, and how often a whole file is
/// begun.
pub(super) const ATTEMPTS: u32 = 4;

/// What a response to a range request is good for, if its file is still the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It begins where requested, and announces this many bytes.
    Range(u64),
    /// It is all of the file, from its beginning.
    Whole,
    /// It does not specify its part of the file, or that is not the requested one.
    Elsewhere,
    /// It does not specify its version.
    Unproven,
}

/// Compares a response with what is known of the file since the first one.
pub(super) fn judge(
    response: &Response,
    at: u64,
    version: &Version,
    total: Option<u64>,
) -> Result<Verdict, Error> {
    let headers = response.headers();
    let partial = response.status() == StatusCode::PARTIAL_CONTENT;
    let range = ContentRange::of(headers).filter(|_| partial);
    let announced = if partial { range.map(|range| range.total) } else { length(headers) };
    if let (Some(total), Some(announced)) = (total, announced)
        && total != announced
    {
        return Err(changed(&format!("it has {announced} bytes and had {total}")));
    }
    match version.compare(&Version::of(headers)) {
        Comparison::Changed => return Err(changed("the server has another version of it")),
        Comparison::Unknown if version.is_known() => return Ok(Verdict::Unproven),
        Comparison::Unknown | Comparison::Same => {}
    }
    Ok(match range {
        Some(range) if range.start == at => Verdict::Range(range.end - range.start),
        Some(range) if range.is_whole() => Verdict::Whole,
        None if !partial => Verdict::Whole,
        _ => Verdict::Elsewhere,
    })
}

pub(super) fn changed(how: &str) -> Error {
    let message = format!("the file changed while it was downloaded: {how}; begin anew");
    Error::new(ErrorKind::Integrity, message)
}

/// The error of a request for the rest of a file. If the range does not exist, the file is shorter now.
pub(super) fn of_rest(error: Error) -> Error {
    match error.status() {
        Some(StatusCode::RANGE_NOT_SATISFIABLE) => changed("it ends before the requested range"),
        _ => error,
    }
}

/// Whether a server refuses a request for a range for its condition: some know `If-Range` and no range with it, or
/// take it for `If-Match`. Without it, the same request tells.
pub(super) fn refuses_condition(error: &Error) -> bool {
    matches!(error.status().map(|status| status.as_u16()), Some(400 | 412 | 416 | 501))
}

/// Whether the connection broke, so that repeating the request may succeed.
pub(super) fn broke(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Transport | ErrorKind::Timeout)
}

/// How long to wait before the next request, after this many without a byte.
pub(super) fn wait(fruitless: u32) -> Duration {
    Duration::from_millis(100 << fruitless.min(6)).mul_f64(fastrand::f64())
}
