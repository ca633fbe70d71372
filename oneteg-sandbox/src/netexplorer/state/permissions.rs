//! What rights, groups and restrictions mean for a user.

use std::collections::BTreeSet;

use super::access::{CLIENT_ADDRESS, Right, Target};
use super::store::Store;
use crate::netexplorer::request::Caller;
use crate::netexplorer::response::ApiError;

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
    /// folder, that of the user rather than that of a group. No source shows which one applies.
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

    /// Whether the right that applies to the caller in a folder permits something. Without a right, everything is
    /// permitted.
    pub(crate) fn permits(&self, caller: Caller, folder: u64, permission: &str) -> bool {
        self.right_of(caller, folder).is_none_or(|right| right.permits(permission))
    }

    /// Refuses what is not permitted.
    pub(crate) fn check_permission(
        &self,
        caller: Caller,
        folder: u64,
        permission: &str,
    ) -> Result<(), ApiError> {
        match self.permits(caller, folder, permission) {
            true => Ok(()),
            false => Err(ApiError::forbidden()),
        }
    }

    /// Refuses a new file or version that the caller may not add to a folder.
    pub(crate) fn check_placement(
        &self,
        folder: u64,
        name: &str,
        caller: Caller,
    ) -> Result<(), ApiError> {
        self.tree.check_placement(folder, name, caller)?;
        self.check_permission(caller, folder, "write")
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
