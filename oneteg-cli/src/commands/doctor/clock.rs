//! The clock of this machine, compared with a server's.

use std::time::{Duration, SystemTime};

use super::finding::Finding;

const CHECK: &str = "clock";
/// A `Date` header has whole seconds, and a response takes time.
const TOLERATED: Duration = Duration::from_secs(5);
/// Signed links and certificates are judged with more tolerance than this.
const HARMFUL: Duration = Duration::from_secs(60);

/// Compares the `Date` of a response, which was received at `now` after `took`.
pub(super) fn compare(date: Option<&str>, now: SystemTime, took: Duration) -> Finding {
    let Some(date) = date.and_then(|date| httpdate::parse_http_date(date).ok()) else {
        return Finding::skipped(CHECK, "the server's responses have no date to compare with");
    };
    let (difference, direction) = match now.duration_since(date) {
        Ok(ahead) => (ahead, "ahead of"),
        Err(behind) => (behind.duration(), "behind"),
    };
    let tolerated = TOLERATED + took;
    if difference <= tolerated {
        return Finding::ok(CHECK, "this machine and the server show the same time");
    }
    let found = format!("this machine's clock is {} {direction} the server's", rounded(difference));
    let remedy = "Set the clock of the machine that is wrong (Linux: `timedatectl set-ntp true`). A wrong clock makes \
                  certificates and signed links look expired or not yet valid";
    if difference < HARMFUL + took {
        Finding::warning(CHECK, found, remedy)
    } else {
        Finding::problem(CHECK, found, remedy)
    }
}

/// `3 h`, `12 min`, `50 s`: the largest unit.
fn rounded(duration: Duration) -> String {
    match duration.as_secs() {
        seconds @ 172_800.. => format!("{} days", seconds / 86_400),
        seconds @ 7_200.. => format!("{} h", seconds / 3_600),
        seconds @ 120.. => format!("{} min", seconds / 60),
        seconds => format!("{seconds} s"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::State;
    use super::*;

    #[test]
    fn a_clock_is_judged_by_its_difference() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        let at = |seconds: i64| {
            let date = match u64::try_from(seconds) {
                Ok(later) => now + Duration::from_secs(later),
                Err(_) => now - Duration::from_secs(seconds.unsigned_abs()),
            };
            let finding = compare(Some(&httpdate::fmt_http_date(date)), now, Duration::ZERO);
            (finding.state, finding.found)
        };
        assert_eq!(at(0).0, State::Ok);
        assert_eq!(at(-5).0, State::Ok);
        let found = "this machine's clock is 30 s behind the server's".to_owned();
        assert_eq!(at(30), (State::Warning, found));
        let found = "this machine's clock is 15 min ahead of the server's".to_owned();
        assert_eq!(at(-900), (State::Problem, found));
        assert!(at(86_400 * 40).1.contains("40 days behind"));
        assert_eq!(compare(None, now, Duration::ZERO).state, State::Skipped);
        assert_eq!(compare(Some("yesterday"), now, Duration::ZERO).state, State::Skipped);
    }

    #[test]
    fn a_slow_response_is_no_wrong_clock() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        let date = httpdate::fmt_http_date(now - Duration::from_secs(12));
        assert_eq!(compare(Some(&date), now, Duration::from_secs(10)).state, State::Ok);
    }
}
