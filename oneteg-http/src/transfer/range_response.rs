//! How a response to a range request is used, and whether a failed request is worth repeating.
//!
//! | Response | Version | Used as |
//! |---|---|---|
//! | 206 that begins where requested | the same | the range |
//! | 206 with all bytes, or 200 | the same | the whole file |
//! | 206 without a usable `Content-Range`, or with another one | the same | not at all |
//! | any | not reported, although it was at first | not at all |
//! | any with another length of the file or another version | | the download fails: the file has changed |

use std::{sync::Arc, time::Duration};

use http::{HeaderMap, StatusCode};
use oneteg_auth::BoxFuture;

use super::version::{FileVersion, VersionMatch};
use crate::{
    ByteStream, Error, ErrorKind, RangeRequest, ResponseValue,
    response::{ContentRange, content_length},
};

pub(super) type RangeResponse = ResponseValue<ByteStream>;

/// Requests a range of the file.
pub(super) type FetchRange =
    Arc<dyn Fn(RangeRequest) -> BoxFuture<'static, Result<RangeResponse, Error>> + Send + Sync>;

/// The number of attempts in a row without a byte, and of attempts to read a file in one piece.
pub(super) const MAX_ATTEMPTS: u32 = 4;

/// What a response can be used for, given that the file has not changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RangeMatch {
    /// It begins where requested, and announces this number of bytes.
    Requested(u64),
    /// It is the whole file, from its beginning.
    WholeFile,
    /// It does not specify its part of the file, or that is another one than requested.
    OtherRange,
    /// It does not report its version.
    UnknownVersion,
}

/// Compares a response with what the first one reported about the file.
///
/// # Errors
/// If the file has changed.
pub(super) fn match_response(
    response: &RangeResponse,
    requested_start: u64,
    version: &FileVersion,
    total: Option<u64>,
) -> Result<RangeMatch, Error> {
    match_head(response.status(), response.headers(), requested_start, version, total)
}

fn match_head(
    status: StatusCode,
    headers: &HeaderMap,
    requested_start: u64,
    version: &FileVersion,
    total: Option<u64>,
) -> Result<RangeMatch, Error> {
    let is_partial = status == StatusCode::PARTIAL_CONTENT;
    let range = ContentRange::of(headers).filter(|_| is_partial);
    let announced =
        if is_partial { range.map(|range| range.total) } else { content_length(headers) };
    if let (Some(total), Some(announced)) = (total, announced)
        && total != announced
    {
        return Err(file_changed(&format!("its length is {announced} bytes and was {total}")));
    }
    match version.compare(&FileVersion::from_headers(headers)) {
        VersionMatch::Changed => return Err(file_changed("the server has another version")),
        VersionMatch::Unknown if version.is_comparable() => return Ok(RangeMatch::UnknownVersion),
        VersionMatch::Unknown | VersionMatch::Same => {}
    }
    Ok(match range {
        Some(range) if range.start == requested_start => {
            RangeMatch::Requested(range.end - range.start)
        }
        Some(range) if range.is_whole() => RangeMatch::WholeFile,
        None if !is_partial => RangeMatch::WholeFile,
        _ => RangeMatch::OtherRange,
    })
}

/// The announced length of a response to a request for the whole file.
///
/// # Errors
/// If it is only a part of the file.
pub(super) fn whole_file_length(response: &RangeResponse) -> Result<Option<u64>, Error> {
    if response.status() != StatusCode::PARTIAL_CONTENT {
        return Ok(content_length(response.headers()));
    }
    let range = ContentRange::of(response.headers()).filter(ContentRange::is_whole);
    let message = "the server sent part of the file although the whole file was requested";
    Ok(Some(range.ok_or_else(|| Error::new(ErrorKind::Integrity, message))?.total))
}

pub(super) fn file_changed(how: &str) -> Error {
    let message = format!("the file changed during the download: {how}; start over");
    Error::new(ErrorKind::Integrity, message)
}

/// The error of a request for the rest of a file. If the range does not exist, the file is shorter now.
pub(super) fn rest_error(error: Error) -> Error {
    match error.status() {
        Some(StatusCode::RANGE_NOT_SATISFIABLE) => {
            file_changed("it ends before the requested range")
        }
        _ => error,
    }
}

/// Whether a server may have rejected a range request for its `If-Range`: some do not support the two headers
/// together, or treat it as `If-Match`. The same request without `If-Range` shows which.
pub(super) fn may_reject_if_range(error: &Error) -> bool {
    matches!(error.status().map(|status| status.as_u16()), Some(400 | 412 | 416 | 501))
}

/// Whether the connection failed, so that repeating the request may succeed.
pub(super) fn is_connection_failure(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Transport | ErrorKind::Timeout)
}

/// The delay before the next request, after this many without a byte: full jitter over 100 ms, doubled each time.
pub(super) fn retry_delay(attempts: u32) -> Duration {
    Duration::from_millis(100 << attempts.min(6)).mul_f64(fastrand::f64())
}

#[cfg(test)]
mod tests {
    use http::HeaderName;

    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), value.parse().unwrap())
        };
        pairs.iter().map(pair).collect()
    }

    /// What a response is used for, after one of version "1" with 300 bytes; the bytes from 100 were requested.
    fn matched(status: u16, pairs: &[(&'static str, &'static str)]) -> Option<RangeMatch> {
        let version = FileVersion::from_headers(&headers(&[("etag", "\"1\"")]));
        let status = StatusCode::from_u16(status).unwrap();
        let result = match_head(status, &headers(pairs), 100, &version, Some(300));
        result.map_err(|error| assert_eq!(error.kind(), ErrorKind::Integrity)).ok()
    }

    #[test]
    fn a_response_is_used_only_for_what_it_reports() {
        use RangeMatch::{OtherRange, Requested, UnknownVersion, WholeFile};
        let (tag, range) = (("etag", "\"1\""), "content-range");
        for (status, pairs, expected) in [
            (206, &[tag, (range, "bytes 100-199/300")][..], Some(Requested(100))),
            (206, &[tag, (range, "bytes 0-299/300")], Some(WholeFile)),
            (206, &[tag, (range, "bytes 0-99/300")], Some(OtherRange)),
            (206, &[tag, (range, "bytes */300")], Some(OtherRange)),
            (206, &[tag], Some(OtherRange)),
            (200, &[tag, ("content-length", "300")], Some(WholeFile)),
            (200, &[tag], Some(WholeFile)),
            // The header has no meaning without 206.
            (200, &[tag, (range, "bytes 100-199/300")], Some(WholeFile)),
            (206, &[(range, "bytes 100-199/300")], Some(UnknownVersion)),
            (200, &[("content-length", "300")], Some(UnknownVersion)),
            // The file has changed.
            (206, &[tag, (range, "bytes 100-199/301")], None),
            (200, &[tag, ("content-length", "299")], None),
            (206, &[("etag", "\"2\""), (range, "bytes 100-199/300")], None),
        ] {
            assert_eq!(matched(status, pairs), expected, "{status} {pairs:?}");
        }
    }

    #[test]
    fn a_range_that_does_not_exist_means_a_shorter_file() {
        let error = |status: u16| {
            Error::new(ErrorKind::Api, "").with_status(StatusCode::from_u16(status).unwrap())
        };
        assert_eq!(rest_error(error(416)).kind(), ErrorKind::Integrity);
        assert_eq!(rest_error(error(404)).kind(), ErrorKind::Api);
        assert!(may_reject_if_range(&error(412)) && !may_reject_if_range(&error(404)));
    }
}
