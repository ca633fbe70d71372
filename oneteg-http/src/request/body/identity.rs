use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use crate::{Error, ErrorKind};

/// Identifies the source of an upload, so that a resumed upload, perhaps in another process, can detect another
/// source. It is stored in [`TransferState`](crate::TransferState) as JSON.
///
/// A file has a name, a length and a modification time. Bytes and readers have only a length, streams possibly
/// none. Missing members are not compared, and neither is the content.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceIdentity {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    length: Option<u64>,
    /// In nanoseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    modified: Option<i64>,
}

const SECOND: i64 = 1_000_000_000;

impl SourceIdentity {
    /// Creates an identity from a file's name, its length in bytes and its modification time, as far as they
    /// are known.
    pub fn new(name: Option<String>, length: Option<u64>, modified: Option<SystemTime>) -> Self {
        Self { name, length, modified: modified.and_then(nanoseconds) }
    }

    /// The name of the file.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The length in bytes.
    pub fn length(&self) -> Option<u64> {
        self.length
    }

    /// When the file was last modified.
    pub fn modified(&self) -> Option<SystemTime> {
        let nanoseconds = self.modified?;
        let distance = Duration::from_nanos(nanoseconds.unsigned_abs());
        if nanoseconds < 0 {
            SystemTime::UNIX_EPOCH.checked_sub(distance)
        } else {
            SystemTime::UNIX_EPOCH.checked_add(distance)
        }
    }

    /// Compares the identity in a state with that of the current source. Times are compared in full seconds if
    /// one of them has no fraction, as on some file systems.
    ///
    /// # Errors
    /// [`ErrorKind::Integrity`] if they differ; the message names what does.
    pub fn check(&self, current: &Self) -> Result<(), Error> {
        let what = if differs(self.length, current.length) {
            "its length"
        } else if differs(self.modified.map(seconds), current.modified.map(seconds))
            || differs(self.modified.filter(has_fraction), current.modified.filter(has_fraction))
        {
            "its modification time"
        } else if differs(self.name.as_deref(), current.name.as_deref()) {
            "its name"
        } else {
            return Ok(());
        };
        let message = format!(
            "the state belongs to another file, or the file has changed since: {what} differs; start over"
        );
        Err(Error::new(ErrorKind::Integrity, message))
    }
}

/// Whether both are known and different.
fn differs<T: PartialEq>(saved: Option<T>, current: Option<T>) -> bool {
    saved.zip(current).is_some_and(|(saved, current)| saved != current)
}

fn seconds(nanoseconds: i64) -> i64 {
    nanoseconds.div_euclid(SECOND)
}

fn has_fraction(nanoseconds: &i64) -> bool {
    nanoseconds.rem_euclid(SECOND) != 0
}

fn nanoseconds(time: SystemTime) -> Option<i64> {
    match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_nanos()).ok(),
        Err(before) => i64::try_from(before.duration().as_nanos()).ok().map(|before| -before),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, length: u64, milliseconds: u64) -> SourceIdentity {
        let modified = SystemTime::UNIX_EPOCH + Duration::from_millis(milliseconds);
        SourceIdentity::new(Some(name.to_owned()), Some(length), Some(modified))
    }

    #[test]
    fn what_is_known_of_both_is_compared() {
        let saved = file("a", 5, 1_500);
        for same in [
            file("a", 5, 1_500),
            // From a file system without fractions of a second.
            file("a", 5, 1_000),
            SourceIdentity::default(),
            SourceIdentity::new(None, Some(5), None),
        ] {
            saved.check(&same).unwrap();
            same.check(&saved).unwrap();
        }
        for other in [
            file("b", 5, 1_500),
            file("a", 6, 1_500),
            file("a", 5, 1_501),
            file("a", 5, 2_000),
            file("a", 5, 2_500),
            SourceIdentity::new(None, Some(6), None),
        ] {
            assert_eq!(saved.check(&other).unwrap_err().kind(), ErrorKind::Integrity, "{other:?}");
            assert_eq!(other.check(&saved).unwrap_err().kind(), ErrorKind::Integrity, "{other:?}");
        }
    }

    #[test]
    fn times_come_back_from_json() {
        for time in [
            SystemTime::UNIX_EPOCH + Duration::new(1_700_000_000, 123_456_789),
            SystemTime::UNIX_EPOCH - Duration::new(86_400, 1),
        ] {
            let identity = SourceIdentity::new(None, None, Some(time));
            let json = serde_json::to_string(&identity).unwrap();
            let read: SourceIdentity = serde_json::from_str(&json).unwrap();
            assert_eq!((read.modified(), &read), (Some(time), &identity));
        }
        let nothing: SourceIdentity = serde_json::from_str("{}").unwrap();
        assert_eq!(nothing, SourceIdentity::default());
    }
}
