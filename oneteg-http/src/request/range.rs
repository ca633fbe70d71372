use std::ops::Range;

use http::{HeaderName, HeaderValue, header};

use crate::Error;

/// A part of a file to request, optionally only of one version of it (`Range` and `If-Range`, RFC 9110
/// sections 14.2 and 13.1.5).
///
/// ```
/// use oneteg_http::RangeRequest;
///
/// let rest = RangeRequest::from(1_048_576).if_range("\"v1\"");
/// assert_eq!((rest.start(), rest.end()), (1_048_576, None));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RangeRequest {
    start: u64,
    end: Option<u64>,
    if_range: Option<String>,
}

impl RangeRequest {
    /// Requests everything from a position, in bytes, to the end of the file.
    pub fn from(start: u64) -> Self {
        Self { start, end: None, if_range: None }
    }

    /// Requests a range of bytes. Its end is exclusive.
    pub fn bytes(range: Range<u64>) -> Self {
        Self { start: range.start, end: Some(range.end), if_range: None }
    }

    /// Requests the range only if the file is still the version of this strong `ETag` or `Last-Modified`.
    /// Otherwise the server sends the whole file with status 200.
    #[must_use]
    pub fn if_range(mut self, validator: impl Into<String>) -> Self {
        self.if_range = Some(validator.into());
        self
    }

    /// The start of the range, in bytes.
    pub fn start(&self) -> u64 {
        self.start
    }

    /// The exclusive end of the range, in bytes; `None` for the end of the file.
    pub fn end(&self) -> Option<u64> {
        self.end
    }

    pub(crate) fn headers(&self) -> Result<[Option<(HeaderName, HeaderValue)>; 2], Error> {
        let range = match self.end {
            // The whole file needs no range, and some servers respond to one for an empty file with 416.
            None if self.start == 0 => return Ok([None, None]),
            None => format!("bytes={}-", self.start),
            Some(end) if end > self.start => format!("bytes={}-{}", self.start, end - 1),
            Some(_) => return Err(Error::invalid_request("the requested range is empty")),
        };
        let header_value = |value: &str| {
            HeaderValue::from_str(value).map_err(|error| {
                Error::invalid_request("the version of the file cannot be sent in a header")
                    .with_source(error)
            })
        };
        let validator = self.if_range.as_deref().map(header_value).transpose()?;
        Ok([
            Some((header::RANGE, header_value(&range)?)),
            validator.map(|validator| (header::IF_RANGE, validator)),
        ])
    }
}
