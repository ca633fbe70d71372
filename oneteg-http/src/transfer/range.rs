use std::ops::Range;

use http::{HeaderName, HeaderValue, header};

use crate::Error;

/// The part of a file that is asked for, and which version of the file it must belong to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RangeRequest {
    start: u64,
    end: Option<u64>,
    if_range: Option<String>,
}

impl RangeRequest {
    /// From a position in bytes to the end of the file.
    pub fn from(start: u64) -> Self {
        Self { start, end: None, if_range: None }
    }

    /// The bytes of a range, its end excluded.
    pub fn bytes(range: Range<u64>) -> Self {
        Self { start: range.start, end: Some(range.end), if_range: None }
    }

    /// Only if the file still is the version of this strong `ETag` or `Last-Modified`; otherwise the
    /// server sends the whole file with status 200 (`If-Range`, RFC 9110 section 13.1.5).
    #[must_use]
    pub fn if_range(mut self, validator: impl Into<String>) -> Self {
        self.if_range = Some(validator.into());
        self
    }

    /// Where the range begins, in bytes.
    pub fn start(&self) -> u64 {
        self.start
    }

    /// Where the range ends, excluded; `None` for the end of the file.
    pub fn end(&self) -> Option<u64> {
        self.end
    }

    pub(crate) fn headers(&self) -> Result<[Option<(HeaderName, HeaderValue)>; 2], Error> {
        let text = match self.end {
            // The whole file needs no range, and some servers answer 416 to one for an empty file.
            None if self.start == 0 => return Ok([None, None]),
            None => format!("bytes={}-", self.start),
            Some(end) if end > self.start => format!("bytes={}-{}", self.start, end - 1),
            Some(_) => return Err(Error::invalid_request("the range of bytes asked for is empty")),
        };
        let value = |text: &str| {
            HeaderValue::from_str(text).map_err(|error| {
                Error::invalid_request("the version of the file cannot be sent in a header")
                    .with_source(error)
            })
        };
        let validator = self.if_range.as_deref().map(value).transpose()?;
        Ok([
            Some((header::RANGE, value(&text)?)),
            validator.map(|validator| (header::IF_RANGE, validator)),
        ])
    }
}
