use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use crate::{Error, ErrorKind};

/// What identifies the source of an upload: enough to notice later, perhaps in another process, that a
/// state is used with another source. It is kept in states as JSON.
///
/// A file has all three members. Bytes and readers have only a length, streams perhaps not even that;
/// unknown members are not compared. The content is not compared.
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
    /// An identity from the known facts: the file's own name, its length in bytes, and when it was
    /// last changed.
    pub fn new(name: Option<String>, length: Option<u64>, modified: Option<SystemTime>) -> Self {
        Self { name, length, modified: modified.and_then(nanoseconds) }
    }

    /// The file's own name.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The length in bytes.
    pub fn length(&self) -> Option<u64> {
        self.length
    }

    /// When the file was last changed.
    pub fn modified(&self) -> Option<SystemTime> {
        let nanoseconds = self.modified?;
        let distance = Duration::from_nanos(nanoseconds.unsigned_abs());
        if nanoseconds < 0 {
            SystemTime::UNIX_EPOCH.checked_sub(distance)
        } else {
            SystemTime::UNIX_EPOCH.checked_add(distance)
        }
    }

    /// Compares the identity in a state with that of the source that is to be sent now. Times are
    /// compared to the second if one of them has no finer part, as on some file systems.
    ///
    /// # Errors
    /// [`ErrorKind::Integrity`], with what differs.
    pub fn check(&self, now: &Self) -> Result<(), Error> {
        let what = if differs(self.length, now.length) {
            "its length"
        } else if differs(self.modified.map(seconds), now.modified.map(seconds))
            || differs(self.modified.filter(is_fine), now.modified.filter(is_fine))
        {
            "the time of its last change"
        } else if differs(self.name.as_deref(), now.name.as_deref()) {
            "its name"
        } else {
            return Ok(());
        };
        let message = format!(
            "the state belongs to another file, or the file has changed since: {what} differs; begin anew"
        );
        Err(Error::new(ErrorKind::Integrity, message))
    }
}

fn differs<T: PartialEq>(saved: Option<T>, now: Option<T>) -> bool {
    saved.zip(now).is_some_and(|(saved, now)| saved != now)
}

fn seconds(nanoseconds: i64) -> i64 {
    nanoseconds.div_euclid(SECOND)
}

fn is_fine(nanoseconds: &i64) -> bool {
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
            // A file system without fractions of a second.
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
