//! The versions of the tables, and which of them this release can use.

use crate::ServerFault;

/// One migration.
pub(super) struct Migration {
    /// The oldest version of the tables whose releases can use them after this migration.
    pub(super) usable_since: u32,
    pub(super) statements: &'static str,
}

/// Their versions are 1, 2 and so on. A released migration is never changed.
pub(super) const MIGRATIONS: [Migration; 1] = [Migration {
    usable_since: 1,
    statements: concat!(
        include_str!("migrations/0001_sessions.sql"),
        include_str!("migrations/0001_quotas.sql"),
    ),
}];

/// The version of the tables that this release needs.
#[allow(clippy::cast_possible_truncation)]
pub(super) const NEEDED: u32 = MIGRATIONS.len() as u32;

/// Whether this release can use tables of version `found`.
pub(super) fn judge(found: u32, usable_since: u32) -> Result<(), ServerFault> {
    if found < NEEDED {
        Err(ServerFault::NotMigrated { found, needed: NEEDED })
    } else if usable_since > NEEDED {
        Err(ServerFault::NewerSchema { found, known: NEEDED })
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_used_while_they_are_usable() {
        assert_eq!(judge(0, 0), Err(ServerFault::NotMigrated { found: 0, needed: NEEDED }));
        assert_eq!(judge(NEEDED, 1), Ok(()));
        assert_eq!(judge(NEEDED + 3, NEEDED), Ok(()));
        let newer = ServerFault::NewerSchema { found: NEEDED + 3, known: NEEDED };
        assert_eq!(judge(NEEDED + 3, NEEDED + 1), Err(newer));
    }
}
