//! `Content-Range`, in the spellings that servers use.

use http::{HeaderMap, header};

/// The bytes of a file that a response carries (RFC 9110 section 14.4). The end is exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ContentRange {
    pub(crate) start: u64,
    pub(crate) end: u64,
    pub(crate) total: u64,
}

impl ContentRange {
    /// Reads `bytes 0-99/1234`. `None` if there is none, if it does not give the whole length (`*`), if it
    /// contradicts itself, or if the body has another length: some servers repeat the requested range over
    /// the whole file.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        let mut values = headers.get_all(header::CONTENT_RANGE).iter();
        let (Some(value), None) = (values.next(), values.next()) else { return None };
        let value = value.to_str().ok()?.trim();
        // The unit is compared without case. Some servers put `=` or `:` after it.
        let (unit, rest) = value.split_at_checked(5)?;
        if !unit.eq_ignore_ascii_case("bytes") || !rest.starts_with([' ', '\t', '=', ':']) {
            return None;
        }
        let (range, total) = rest.trim_start_matches([' ', '\t', '=', ':']).split_once('/')?;
        let (start, last) = range.split_once('-')?;
        let (start, last, total) = (number(start)?, number(last)?, number(total)?);
        let range = (start <= last && last < total).then(|| Self { start, end: last + 1, total });
        range.filter(|range| {
            content_length(headers).is_none_or(|length| length == range.end - range.start)
        })
    }

    /// Whether it is the whole file.
    pub(crate) fn is_whole(&self) -> bool {
        self.start == 0 && self.end == self.total
    }
}

/// The length of a body in bytes, if the server announces it.
pub(crate) fn content_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn number(digits: &str) -> Option<u64> {
    let digits = digits.trim();
    digits.parse().ok().filter(|_| digits.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<(u64, u64, u64)> {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_RANGE, text.parse().unwrap());
        ContentRange::of(&headers).map(|range| (range.start, range.end, range.total))
    }

    #[test]
    fn reads_the_spellings_of_servers() {
        for text in [
            "bytes 0-99/300",
            "Bytes 0-99/300",
            "BYTES  0 - 99 / 300 ",
            "bytes=0-99/300",
            "bytes: 0-99/300",
        ] {
            assert_eq!(read(text), Some((0, 100, 300)), "{text}");
        }
    }

    #[test]
    fn ignores_what_does_not_specify_its_place() {
        for text in [
            "",
            "bytes",
            "bytes */300",
            "bytes 0-99/*",
            "bytes 0-99",
            "items 0-99/300",
            "bytes0-99/300",
            "bytes 99-0/300",
            "bytes 0-300/300",
            "bytes 0-99/99",
            "bytes +0-99/300",
            "bytes -1-99/300",
            "bytes 0-99/99999999999999999999",
            "bytes 0-18446744073709551615/18446744073709551615",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
        let mut headers = HeaderMap::new();
        headers.append(header::CONTENT_RANGE, "bytes 0-99/300".parse().unwrap());
        headers.append(header::CONTENT_RANGE, "bytes 100-199/300".parse().unwrap());
        assert_eq!(ContentRange::of(&headers), None);
    }
    #[test]
    fn a_range_that_contradicts_the_length_of_the_body_is_rejected() {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_RANGE, "bytes 100-199/300".parse().unwrap());
        for (length, accepted) in [("100", true), ("300", false), ("x", true)] {
            headers.insert(header::CONTENT_LENGTH, length.parse().unwrap());
            assert_eq!(ContentRange::of(&headers).is_some(), accepted, "{length}");
        }
        let whole = ContentRange { start: 0, end: 300, total: 300 };
        assert!(whole.is_whole());
        assert!(!ContentRange { start: 1, ..whole }.is_whole());
        assert!(!ContentRange { end: 299, ..whole }.is_whole());
    }
}
