//! Who may do what: rights on folders, delegates of groups, and restrictions of the sign-in.

use std::collections::BTreeSet;

use chrono::{DateTime, Datelike as _, Utc};
use serde_json::{Map, Value};

use super::store::Store;
use crate::netexplorer::request::Caller;
use crate::netexplorer::response::ApiError;

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

    fn permits(&self, now: DateTime<Utc>, address: &str) -> bool {
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

impl Store {
    /// Refuses a user or group that does not exist.
    pub(crate) fn check_target(&self, target: Target) -> Result<(), ApiError> {
        let exists = match target {
            Target::User(id) => self.users.get(id).is_some(),
            Target::Group(id) => self.groups.get(id).is_some(),
        };
        if exists { Ok(()) } else { Err(ApiError::not_found()) }
    }

    /// The name of a user or group; empty for one that was deleted.
    pub(crate) fn target_name(&self, target: Target) -> String {
        match target {
            Target::User(id) => self.display_name(id),
            Target::Group(id) => {
                self.groups.get(id).map(|group| group.name.clone()).unwrap_or_default()
            }
        }
    }

    fn users_of(&self, target: Target) -> BTreeSet<u64> {
        match target {
            Target::User(id) => BTreeSet::from([id]),
            Target::Group(id) => {
                self.groups.get(id).map(|group| group.members.clone()).unwrap_or_default()
            }
        }
    }

    /// The right that applies to the caller in a folder: the one on the nearest folder, upwards; on the same
    /// folder, that of the user rather than that of a group. Which one applies is the sandbox's own choice.
    pub(crate) fn right_of(&self, caller: Caller, folder: u64) -> Option<&Right> {
        if caller.admin || self.rights.len() == 0 {
            return None;
        }
        self.tree.lineage(folder).into_iter().rev().find_map(|folder| {
            let here = self.rights.iter().map(|(_, right)| right);
            here.filter(|right| right.folder == folder)
                .filter(|right| self.users_of(right.target).contains(&caller.user))
                .min_by_key(|right| right.target.is_group())
        })
    }

    /// Excludes users from folders according to the rights that deny browsing. To be called when rights or groups
    /// have changed.
    pub(crate) fn apply_rights(&mut self) {
        let mut excluded: Vec<(u64, BTreeSet<u64>)> = Vec::new();
        for (_, right) in self.rights.iter() {
            if !right.permits("browse") {
                excluded.push((right.folder, self.users_of(right.target)));
            }
        }
        self.tree.exclude(excluded);
    }

    /// Whether the restrictions of a user permit a sign-in now.
    pub(crate) fn may_sign_in(&self, user: u64) -> bool {
        let restriction = self.sign_in_restrictions.get(&user);
        restriction.is_none_or(|restriction| restriction.permits(self.now(), CLIENT_ADDRESS))
    }
}

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
