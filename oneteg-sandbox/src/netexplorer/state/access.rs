//! Who may do what: rights on folders, delegates of groups, and restrictions of the sign-in.

use chrono::{DateTime, Datelike as _, Utc};
use serde_json::{Map, Value};

/// A user or a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    User(u64),
    Group(u64),
}

impl Target {
    pub(crate) fn id(self) -> u64 {
        match self {
            Self::User(id) | Self::Group(id) => id,
        }
    }

    pub(crate) fn is_group(self) -> bool {
        matches!(self, Self::Group(_))
    }
}

/// The names of what a right permits, as in the vendor's table.
pub(crate) const PERMISSIONS: [&str; 7] =
    ["browse", "read", "download", "write", "edit", "delete", "share"];

/// What a user or group may do in a folder and below it.
#[derive(Debug, Clone)]
pub(crate) struct Right {
    pub(crate) folder: u64,
    pub(crate) target: Target,
    /// In the order of [`PERMISSIONS`].
    pub(crate) permissions: [bool; 7],
}

impl Right {
    pub(crate) fn permits(&self, permission: &str) -> bool {
        let index = PERMISSIONS.iter().position(|name| *name == permission);
        index.and_then(|index| self.permissions.get(index)).copied().unwrap_or(false)
    }
}

/// The days and addresses from which a user may sign in.
#[derive(Debug, Clone)]
pub(crate) struct SignInRestriction {
    /// The sum of the allowed days: 1 is Sunday, 2 Monday, and so on to 64 for Saturday.
    pub(crate) days: i64,
    /// `None` is no restriction; an empty list blocks everyone.
    pub(crate) addresses: Option<Vec<String>>,
}

impl SignInRestriction {
    /// Every day, from everywhere.
    pub(crate) const NONE: Self = Self { days: 127, addresses: None };

    pub(super) fn permits(&self, now: DateTime<Utc>, address: &str) -> bool {
        let day = 1 << now.weekday().num_days_from_sunday();
        self.days & day != 0
            && self.addresses.as_ref().is_none_or(|known| known.iter().any(|it| it == address))
    }
}

/// A delegate of a group. What one consists of is not known, so its members are kept as they were sent.
#[derive(Debug, Clone)]
pub(crate) struct Delegate {
    pub(crate) group: Option<u64>,
    pub(crate) members: Map<String, Value>,
}

/// The address from which all clients of the sandbox come.
pub(crate) const CLIENT_ADDRESS: &str = "127.0.0.1";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_added_up_from_sunday_and_an_empty_list_of_addresses_blocks_everyone() {
        let sunday = DateTime::from_timestamp(1_700_352_000, 0).unwrap();
        let on = |days| SignInRestriction { days, addresses: None }.permits(sunday, "::1");
        assert_eq!([1, 2, 64, 127, 0].map(on), [true, false, false, true, false]);
        let from = |addresses: &[&str]| {
            let addresses = Some(addresses.iter().map(|it| (*it).to_owned()).collect());
            SignInRestriction { days: 127, addresses }.permits(sunday, "::1")
        };
        assert!(from(&["10.0.0.1", "::1"]));
        assert!(!from(&["10.0.0.1"]) && !from(&[]));
        assert!(SignInRestriction::NONE.permits(sunday, "::1"));
    }
}
