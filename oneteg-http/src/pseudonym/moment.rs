//! Fakes of dates and times: the same format, shifted by one secret span, so that their order stays.

use chrono::{DateTime, Datelike as _, Days, NaiveDate, NaiveDateTime, TimeDelta};

/// Other years are in values that mean "never" or "unknown", which stay.
const YEARS: std::ops::Range<i32> = 1900..2200;

/// Formats with a date and a time.
const TIMES: [&str; 6] = [
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%d %H:%M",
    "%d/%m/%Y %H:%M:%S",
    "%a, %d %b %Y %H:%M:%S GMT",
];

/// Formats with a date alone.
const DATES: [&str; 4] = ["%Y-%m-%d", "%Y/%m/%d", "%d/%m/%Y", "%d.%m.%Y"];

/// How times are shifted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shift {
    /// What is added to times, in seconds.
    pub(super) seconds: i64,
    /// When the fakes were begun, in seconds since 1970. Later times are shifted by another century, so that what had not
    /// expired then has not expired when the fakes are used.
    pub(super) now: i64,
}

impl Shift {
    /// What is added to a time, in seconds. The time is in seconds since 1970.
    pub(super) fn of(self, time: i64) -> i64 {
        const CENTURY: i64 = 36_525 * 86_400;
        if time > self.now { self.seconds.saturating_add(CENTURY) } else { self.seconds }
    }
}

/// The string as a date or time, shifted. `None` if it is neither.
pub(super) fn shifted(string: &str, shift: Shift) -> Option<String> {
    // Neither shorter nor longer than what the formats describe.
    if !(8..=40).contains(&string.len()) || !string.is_ascii() {
        return None;
    }
    if let Some(format) = DATES.iter().find(|format| is_written(string, format)) {
        let date = NaiveDate::parse_from_str(string, format).ok()?;
        if !YEARS.contains(&date.year()) {
            return Some(string.to_owned());
        }
        let seconds = shift.of(date.and_time(chrono::NaiveTime::MIN).and_utc().timestamp());
        let days = Days::new((seconds / 86_400).unsigned_abs());
        let date =
            if seconds < 0 { date.checked_sub_days(days) } else { date.checked_add_days(days) };
        return Some(date?.format(format).to_string());
    }
    // The fraction and the offset stay as they are written.
    let (main, fraction, offset) = parts(string);
    let known_offset = offset.is_empty()
        || offset == "Z"
        || DateTime::parse_from_str(&format!("2000-01-01T00:00:00{offset}"), "%Y-%m-%dT%H:%M:%S%z")
            .is_ok();
    if !known_offset {
        return None;
    }
    TIMES.iter().find_map(|format| {
        let time = NaiveDateTime::parse_from_str(main, format).ok()?;
        let written = time.format(format).to_string();
        if written != main {
            return None;
        }
        if !YEARS.contains(&time.year()) {
            return Some(string.to_owned());
        }
        let seconds = shift.of(time.and_utc().timestamp());
        let time = time.checked_add_signed(TimeDelta::try_seconds(seconds)?)?;
        Some(format!("{}{fraction}{offset}", time.format(format)))
    })
}

fn is_written(string: &str, format: &str) -> bool {
    NaiveDate::parse_from_str(string, format)
        .is_ok_and(|date| date.format(format).to_string() == string)
}

/// What stands before the fraction, the fraction with its point, and the offset.
fn parts(string: &str) -> (&str, &str, &str) {
    let time = string.find([':', 'T']).unwrap_or(string.len());
    let offset = string[time..].find(['Z', '+', '-']).map_or(string.len(), |at| time + at);
    let fraction = string[time..offset].find('.').map_or(offset, |at| time + at);
    (&string[..fraction], &string[fraction..offset], &string[offset..])
}

#[cfg(test)]
mod tests {
    use super::*;

    const BACK: Shift = Shift { seconds: -90_061, now: i64::MAX };

    #[test]
    fn what_has_not_expired_does_not_expire() {
        let shift = Shift { seconds: -90_061, now: 1_700_000_000 };
        assert_eq!(shifted("2023-11-14", shift).as_deref(), Some("2023-11-13"));
        assert_eq!(shifted("2023-11-15", shift).as_deref(), Some("2123-11-14"));
        let later = shifted("2023-11-15T00:00:00Z", shift).unwrap();
        assert_eq!(later, "2123-11-14T22:58:59Z");
    }

    #[test]
    fn dates_and_times_keep_their_format_and_order() {
        // A day, an hour, a minute and a second.
        for (string, expected) in [
            ("2024-03-01", "2024-02-29"),
            ("01/03/2024", "29/02/2024"),
            ("2024-03-01T10:00:00Z", "2024-02-29T08:58:59Z"),
            ("2024-03-01T10:00:00.1230000+02:00", "2024-02-29T08:58:59.1230000+02:00"),
            ("2024-03-01T10:00:00-0500", "2024-02-29T08:58:59-0500"),
            ("2024-03-01 10:00:00", "2024-02-29 08:58:59"),
            ("2024-03-01T10:00:00.5", "2024-02-29T08:58:59.5"),
            ("0001-01-01T00:00:00", "0001-01-01T00:00:00"),
            ("9999-12-31", "9999-12-31"),
            ("Fri, 01 Mar 2024 10:00:00 GMT", "Thu, 29 Feb 2024 08:58:59 GMT"),
        ] {
            assert_eq!(shifted(string, BACK).as_deref(), Some(expected), "{string}");
        }
        for other in [
            "",
            "harbour",
            "2024-13-01",
            "2024-3-1",
            "20240301",
            "10:00:00",
            "1.2.3",
            "2024-03-01T10:00:00X",
        ] {
            assert_eq!(shifted(other, BACK), None, "{other}");
        }
    }
}
