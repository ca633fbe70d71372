//! How long a server asks to wait.

use std::time::{Duration, SystemTime};

use http::{HeaderMap, header};

/// A longer wait is cut to this: nobody waits a year, and arithmetic with it must not overflow.
pub(super) const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// The wait that an answer's headers ask for. The forms in milliseconds are looked at first, because a
/// server that sends both rounds the one in seconds up.
pub(super) fn of(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: &str| std::str::from_utf8(headers.get(name)?.as_bytes()).ok().map(str::trim);
    let in_milliseconds = ["retry-after-ms", "x-ms-retry-after-ms"]
        .iter()
        .find_map(|name| number(text(name)?).map(|ms| ms / 1000.0));
    let wait = in_milliseconds.map(seconds).or_else(|| {
        let value = text(header::RETRY_AFTER.as_str())?;
        number(value).map(seconds).or_else(|| {
            // The server's own clock, where it shows it, so that ours may be wrong.
            let now = text(header::DATE.as_str()).and_then(date).unwrap_or_else(SystemTime::now);
            // A date in the past asks for no wait.
            date(value).map(|at| at.duration_since(now).unwrap_or_default())
        })
    });
    wait.map(|wait| wait.min(LONGEST))
}

/// A number as it should be, or with a fraction, as some servers send. No sign, no exponent.
fn number(text: &str) -> Option<f64> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    text.parse().ok().filter(|_| plain)
}

fn seconds(number: f64) -> Duration {
    Duration::try_from_secs_f64(number).unwrap_or(LONGEST)
}

fn date(text: &str) -> Option<SystemTime> {
    httpdate::parse_http_date(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&'static str, &str)]) -> Option<u128> {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(*name, value.parse().unwrap());
        }
        of(&headers).map(|wait| wait.as_millis())
    }

    #[test]
    fn reads_seconds_dates_and_milliseconds() {
        const DATE: (&str, &str) = ("date", "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(read(&[("retry-after", "3")]), Some(3_000));
        assert_eq!(read(&[("retry-after", " 0 ")]), Some(0));
        assert_eq!(read(&[("retry-after", "1.5")]), Some(1_500));
        assert_eq!(read(&[("retry-after-ms", "250"), ("retry-after", "1")]), Some(250));
        assert_eq!(read(&[("x-ms-retry-after-ms", "40")]), Some(40));
        assert_eq!(read(&[DATE, ("retry-after", "Sun, 06 Nov 1994 08:49:57 GMT")]), Some(20_000));
        // The two old forms of a date (RFC 9110 section 5.6.7).
        assert_eq!(read(&[DATE, ("retry-after", "Sunday, 06-Nov-94 08:49:38 GMT")]), Some(1_000));
        assert_eq!(read(&[DATE, ("retry-after", "Sun Nov  6 08:49:39 1994")]), Some(2_000));
        assert_eq!(read(&[DATE, ("retry-after", "Sun, 06 Nov 1994 08:00:00 GMT")]), Some(0));
    }

    #[test]
    fn without_a_date_header_the_own_clock_counts() {
        let at = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(1000));
        let wait = read(&[("retry-after", &at)]).unwrap();
        assert!((900_000..=1_000_000).contains(&wait), "{wait}");
    }

    #[test]
    fn takes_nothing_from_nonsense_and_bounds_the_rest() {
        for bad in ["", "soon", "-1", "1e9", "NaN", "inf", "1;2", "\u{7f}"] {
            let mut headers = HeaderMap::new();
            if let Ok(value) = http::HeaderValue::from_str(bad) {
                headers.insert("retry-after", value.clone());
                headers.insert("retry-after-ms", value);
            }
            assert_eq!(of(&headers), None, "{bad}");
        }
        for bad in
            [".", "1.2.3", "+3", "0x10", "1 2", "3,4", "\u{663}", "Sun, 32 Nov 1994 08:49:37 GMT"]
        {
            assert_eq!(read(&[("retry-after", bad)]), None, "{bad}");
        }
        assert_eq!(read(&[("retry-after-ms", "soon"), ("retry-after", "2")]), Some(2_000));
        assert_eq!(read(&[("date", "now"), ("retry-after", "2")]), Some(2_000));
        for huge in ["99999999999999999999999999", "18446744073709551615"] {
            assert_eq!(read(&[("retry-after", huge)]), Some(LONGEST.as_millis()));
        }
        assert_eq!(
            read(&[("retry-after", "Fri, 31 Dec 9999 23:59:59 GMT")]),
            Some(LONGEST.as_millis())
        );
    }
}
