use serde::{Deserialize, Serialize};

/// The version of a credential that a request was sent with.
///
/// A client passes it to [`Authenticator::refused`](crate::Authenticator::refused), so that the refusal of an
/// old credential does not evict a newer one. In a store it counts the changes of a session's tokens. There a
/// *different* version is a newer one, even if it is lower: a record that was deleted or restored starts
/// counting again.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub struct CredentialVersion(pub u64);

impl CredentialVersion {
    /// Whether a stored session of this version may hold other tokens than those of `stale`, the version
    /// that its reader wants to replace.
    #[cfg(feature = "oauth")]
    pub(crate) fn replaces(self, stale: Option<Self>) -> bool {
        stale != Some(self)
    }
}

#[cfg(test)]
mod tests {
    use super::CredentialVersion as Version;

    #[test]
    fn requests_are_compared_by_order() {
        assert!(Version(2) > Version(1));
        assert_eq!(Version::default(), Version(0));
    }

    #[test]
    fn a_stored_version_replaces_any_other_one() {
        assert!(!Version(7).replaces(Some(Version(7))));
        assert!(Version(8).replaces(Some(Version(7))));
        // The record was deleted and the session begun again.
        assert!(Version(1).replaces(Some(Version(7))));
        assert!(Version(1).replaces(None));
    }
}
