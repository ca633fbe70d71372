//! Bounds of ranges.
//!
//! NetX counts dates in milliseconds. A day is more than one of them, so its bounds are those of its first
//! millisecond and of the first one after it:
//!
//! | Bound | A value | A day |
//! |---|---|---|
//! | at least | from it | from the beginning of the day |
//! | after | from it, exclusive | from the beginning of the next day |
//! | at most | to it | to the beginning of the next day, exclusive |
//! | before | to it, exclusive | to the beginning of the day, exclusive |

use std::ops::Bound;

use chrono::{DateTime, NaiveDate, NaiveTime, TimeZone};

use crate::types::SearchValue;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// A value that a search can compare with as greater or less: a number, a point in time, or a day in UTC.
///
/// A string is not one: NetX counts dates in milliseconds, and would compare `"2026-01-01"` with them as a string.
///
/// ```compile_fail,E0277
/// use netx_sdk::{search::field, types::SearchField};
///
/// let condition = field(SearchField::ImportDate).at_least("2026-01-01");
/// ```
///
/// For an attribute whose values are strings, pass a [`SearchValue`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a bound of a search range",
    note = "pass a `chrono::NaiveDate`, a `chrono::DateTime` or an `i64`",
    note = "for an attribute whose values are strings, pass a `SearchValue::String`"
)]
pub trait SearchBound {
    /// The value as the beginning of a range, and as its end.
    #[doc(hidden)]
    fn moment(self) -> Moment;
}

/// A point that a range begins or ends at, or a day.
#[doc(hidden)]
#[derive(Debug, Clone)]
pub enum Moment {
    Value(SearchValue),
    Day(NaiveDate),
}

impl SearchBound for i64 {
    fn moment(self) -> Moment {
        Moment::Value(SearchValue::Int64(self))
    }
}

impl<Tz: TimeZone> SearchBound for DateTime<Tz> {
    fn moment(self) -> Moment {
        Moment::Value(SearchValue::Int64(self.timestamp_millis()))
    }
}

impl SearchBound for NaiveDate {
    fn moment(self) -> Moment {
        Moment::Day(self)
    }
}

impl SearchBound for SearchValue {
    fn moment(self) -> Moment {
        Moment::Value(self)
    }
}

/// One end of a range: the value, and whether the range includes it. An open end has no value.
pub(super) type RangeEnd = (Option<SearchValue>, bool);

/// The lower end of a range.
pub(super) fn lower_end(bound: Bound<Moment>) -> RangeEnd {
    match bound {
        Bound::Included(Moment::Value(value)) => (Some(value), true),
        Bound::Excluded(Moment::Value(value)) => (Some(value), false),
        Bound::Included(Moment::Day(day)) => (Some(beginning(day, 0)), true),
        Bound::Excluded(Moment::Day(day)) => (Some(beginning(day, 1)), true),
        Bound::Unbounded => (None, true),
    }
}

/// The upper end of a range.
pub(super) fn upper_end(bound: Bound<Moment>) -> RangeEnd {
    match bound {
        Bound::Included(Moment::Value(value)) => (Some(value), true),
        Bound::Excluded(Moment::Value(value)) => (Some(value), false),
        Bound::Included(Moment::Day(day)) => (Some(beginning(day, 1)), false),
        Bound::Excluded(Moment::Day(day)) => (Some(beginning(day, 0)), false),
        Bound::Unbounded => (None, true),
    }
}

/// The beginning of a day, or of one some days later, in milliseconds.
fn beginning(day: NaiveDate, days_later: i64) -> SearchValue {
    let midnight = day.and_time(NaiveTime::MIN).and_utc().timestamp_millis();
    // Every day that chrono knows is far from the limits of an `i64`.
    SearchValue::Int64(midnight.saturating_add(days_later.saturating_mul(DAY_MS)))
}

#[cfg(test)]
mod tests {
    use chrono::{FixedOffset, Utc};

    use super::*;

    /// 1 January 2026, 00:00 UTC.
    const NEW_YEAR: i64 = 1_767_225_600_000;

    fn day() -> Moment {
        NaiveDate::from_ymd_opt(2026, 1, 1).unwrap().moment()
    }

    fn at(milliseconds: i64) -> Option<SearchValue> {
        Some(SearchValue::Int64(milliseconds))
    }

    #[test]
    fn a_day_has_all_its_milliseconds() {
        assert_eq!(lower_end(Bound::Included(day())), (at(NEW_YEAR), true));
        assert_eq!(lower_end(Bound::Excluded(day())), (at(NEW_YEAR + DAY_MS), true));
        assert_eq!(upper_end(Bound::Included(day())), (at(NEW_YEAR + DAY_MS), false));
        assert_eq!(upper_end(Bound::Excluded(day())), (at(NEW_YEAR), false));
        // The limits of chrono.
        for day in [NaiveDate::MIN, NaiveDate::MAX] {
            assert!(upper_end(Bound::Included(day.moment())).0.is_some());
        }
    }

    #[test]
    fn a_point_in_time_is_the_same_in_every_time_zone() {
        let utc = DateTime::<Utc>::from_timestamp_millis(NEW_YEAR).unwrap();
        let elsewhere = utc.with_timezone(&FixedOffset::east_opt(5 * 3600).unwrap());
        assert_eq!(lower_end(Bound::Excluded(utc.moment())), (at(NEW_YEAR), false));
        assert_eq!(upper_end(Bound::Excluded(elsewhere.moment())), (at(NEW_YEAR), false));
    }

    #[test]
    fn values_are_sent_unchanged() {
        let string = SearchValue::String("b".to_owned());
        assert_eq!(lower_end(Bound::Included(string.clone().moment())), (Some(string), true));
        assert_eq!(upper_end(Bound::Included(7.moment())), (at(7), true));
        assert_eq!(lower_end(Bound::Unbounded), (None, true));
        assert_eq!(upper_end(Bound::Unbounded), (None, true));
    }
}
