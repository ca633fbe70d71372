//! The one reader of `Retry-After`, for token endpoints here and for API responses in `oneteg-http`.
//!
//! | Header | Value | Wait |
//! |---|---|---|
//! | `retry-after-ms`, `x-ms-retry-after-ms` | a number | milliseconds; preferred, because servers that send both round the seconds up |
//! | `Retry-After` | a number, also with a fraction | seconds |
//! | `Retry-After` | an HTTP date | until that date, by the response's own `Date` if it has one, else by our clock |
//!
//! Any other value is ignored. Every wait is capped at [`RetryAfter::MAX`].

use std::time::{Duration, SystemTime};

use http::{HeaderMap, header};

/// How long a response asks the client to wait before the next request (`Retry-After`, RFC 9110 section
/// 10.2.3).
///
/// ```
/// use http::HeaderMap;
/// use oneteg_auth::RetryAfter;
/// use std::time::{Duration, SystemTime};
///
/// let mut headers = HeaderMap::new();
/// headers.insert("retry-after", "120".parse()?);
/// let wait = RetryAfter::from_headers(&headers).map(|wait| wait.delay(SystemTime::now()));
/// assert_eq!(wait, Some(Duration::from_secs(120)));
/// # Ok::<(), http::header::InvalidHeaderValue>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RetryAfter {
    /// A time from now.
    Delay(Duration),
    /// A date. It is left to the caller's clock only if the response has no readable `Date`.
    Date(SystemTime),
}

impl RetryAfter {
    /// The longest wait that is ever reported, one year. It keeps arithmetic with waits from overflowing;
    /// how long a caller really waits is the caller's policy.
    pub const MAX: Duration = Duration::from_secs(365 * 24 * 60 * 60);

    /// Reads the headers of a response.
    ///
    /// `retry-after-ms` and `x-ms-retry-after-ms` (milliseconds) come first, because servers that send both
    /// round the seconds up; then `Retry-After`, as seconds (also with a fraction) or as a date. A date is
    /// compared with the response's own `Date` header if it has one.
    pub fn from_headers(headers: &HeaderMap) -> Option<Self> {
        let value = |name: &str| headers.get(name).map(|value| value.as_bytes());
        let in_milliseconds = ["retry-after-ms", "x-ms-retry-after-ms"]
            .iter()
            .find_map(|name| number(trimmed(value(name)?)?).map(|ms| Self::seconds(ms / 1000.0)));
        in_milliseconds.or_else(|| {
            let parsed = Self::parse(value(header::RETRY_AFTER.as_str())?)?;
            let server_now =
                value(header::DATE.as_str()).and_then(|date| http_date(trimmed(date)?));
            // By the server's own clock where it is known: ours may be wrong.
            Some(match (parsed, server_now) {
                (Self::Date(_), Some(now)) => Self::Delay(parsed.delay(now)),
                (parsed, _) => parsed,
            })
        })
    }

    /// Reads one `Retry-After` value. No bytes make it panic.
    ///
    /// ```
    /// use oneteg_auth::RetryAfter;
    /// use std::time::Duration;
    ///
    /// assert_eq!(RetryAfter::parse(b"120"), Some(RetryAfter::Delay(Duration::from_secs(120))));
    /// assert_eq!(RetryAfter::parse(b"soon"), None);
    /// ```
    pub fn parse(value: &[u8]) -> Option<Self> {
        let value = trimmed(value)?;
        number(value).map(Self::seconds).or_else(|| http_date(value).map(Self::Date))
    }

    /// How long to wait at `now`: zero for a date in the past, at most [`RetryAfter::MAX`].
    pub fn delay(self, now: SystemTime) -> Duration {
        match self {
            Self::Delay(delay) => delay,
            Self::Date(date) => date.duration_since(now).unwrap_or_default(),
        }
        .min(Self::MAX)
    }

    fn seconds(number: f64) -> Self {
        // A number with too many digits for a duration asks for a wait beyond the cap.
        Self::Delay(Duration::try_from_secs_f64(number).unwrap_or(Self::MAX).min(Self::MAX))
    }
}

fn trimmed(value: &[u8]) -> Option<&str> {
    std::str::from_utf8(value).ok().map(str::trim)
}

/// A decimal number, with a fraction as some servers send it. No sign and no exponent.
fn number(value: &str) -> Option<f64> {
    let plain = value.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    value.parse().ok().filter(|_| plain)
}

fn http_date(value: &str) -> Option<SystemTime> {
    httpdate::parse_http_date(value).ok()
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;

    const DATE: (&str, &str) = ("date", "Sun, 06 Nov 1994 08:49:37 GMT");

    /// The wait in milliseconds.
    fn wait(pairs: &[(&str, &str)]) -> Option<u128> {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            let name: HeaderName = name.parse().unwrap();
            // As bytes: servers also send what is not visible ASCII.
            headers.insert(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        let wait = RetryAfter::from_headers(&headers)?;
        Some(wait.delay(SystemTime::now()).as_millis())
    }

    #[test]
    fn reads_seconds_with_and_without_a_fraction() {
        assert_eq!(wait(&[("retry-after", "3")]), Some(3_000));
        assert_eq!(wait(&[("retry-after", " 0 ")]), Some(0));
        assert_eq!(wait(&[("retry-after", "1.5")]), Some(1_500));
    }

    #[test]
    fn milliseconds_come_before_rounded_seconds() {
        assert_eq!(wait(&[("retry-after-ms", "250"), ("retry-after", "1")]), Some(250));
        assert_eq!(wait(&[("x-ms-retry-after-ms", "40")]), Some(40));
        assert_eq!(wait(&[("retry-after-ms", "soon"), ("retry-after", "2")]), Some(2_000));
    }

    #[test]
    fn a_date_is_measured_by_the_servers_clock() {
        assert_eq!(wait(&[DATE, ("retry-after", "Sun, 06 Nov 1994 08:49:57 GMT")]), Some(20_000));
        // The two obsolete forms of a date (RFC 9110 section 5.6.7).
        assert_eq!(wait(&[DATE, ("retry-after", "Sunday, 06-Nov-94 08:49:38 GMT")]), Some(1_000));
        assert_eq!(wait(&[DATE, ("retry-after", "Sun Nov  6 08:49:39 1994")]), Some(2_000));
        assert_eq!(wait(&[DATE, ("retry-after", "Sun, 06 Nov 1994 08:00:00 GMT")]), Some(0));
        assert_eq!(wait(&[("date", "now"), ("retry-after", "2")]), Some(2_000));
    }

    #[test]
    fn without_a_date_header_our_clock_counts() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        let parsed = RetryAfter::parse(b"Sun, 06 Nov 1994 08:49:57 GMT").unwrap();
        assert_eq!(parsed.delay(now), Duration::from_secs(20));
        assert_eq!(parsed.delay(now + Duration::from_secs(60)), Duration::ZERO);
        let mut headers = HeaderMap::new();
        headers.insert("retry-after", "Sun, 06 Nov 1994 08:49:57 GMT".parse().unwrap());
        assert_eq!(RetryAfter::from_headers(&headers), Some(parsed));
    }

    #[test]
    fn anything_else_asks_for_no_wait() {
        for bad in [
            "",
            "soon",
            "-1",
            "1e9",
            "NaN",
            "inf",
            "1;2",
            ".",
            "1.2.3",
            "+3",
            "0x10",
            "1 2",
            "3,4",
            "\u{663}",
            "Sun, 32 Nov 1994 08:49:37 GMT",
        ] {
            assert_eq!(wait(&[("retry-after", bad), ("retry-after-ms", bad)]), None, "{bad}");
        }
        assert_eq!(RetryAfter::parse(b"\xff\x7f"), None);
        assert_eq!(wait(&[]), None);
    }

    #[test]
    fn a_wait_is_bounded() {
        for huge in
            ["99999999999999999999999999", "18446744073709551615", "Fri, 31 Dec 9999 23:59:59 GMT"]
        {
            assert_eq!(wait(&[("retry-after", huge)]), Some(RetryAfter::MAX.as_millis()), "{huge}");
        }
    }
}
