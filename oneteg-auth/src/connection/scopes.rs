use std::fmt;

use serde::{Serialize, Serializer};

/// An ordered set of OAuth scopes (RFC 6749 section 3.3), written with spaces between them.
///
/// ```
/// use oneteg_auth::Scopes;
///
/// let scopes = Scopes::parse("openid api  openid");
/// assert_eq!(scopes.to_string(), "openid api");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scopes(Vec<String>);

impl Scopes {
    /// Reads scopes separated by white space. Any name is accepted;
    /// [`Connection::validate`](crate::Connection::validate) reports characters that no scope can have.
    pub fn parse(value: &str) -> Self {
        value.split_whitespace().collect()
    }

    /// The scopes in their order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Whether the set contains this scope.
    pub fn contains(&self, scope: &str) -> bool {
        self.iter().any(|own| own == scope)
    }

    /// Whether no scope is requested.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The scopes in NetExplorer's terms.
    pub fn netexplorer(&self) -> impl Iterator<Item = NetExplorerScope> {
        self.iter().map(NetExplorerScope::parse)
    }

    /// RFC 6749 appendix A.4.
    pub(crate) fn are_valid(&self) -> bool {
        let allowed = |byte| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
        self.iter().all(|scope| !scope.is_empty() && scope.bytes().all(allowed))
    }
}

impl<S: Into<String>> FromIterator<S> for Scopes {
    fn from_iter<I: IntoIterator<Item = S>>(scopes: I) -> Self {
        let mut set: Vec<String> = Vec::new();
        for scope in scopes.into_iter().map(Into::into) {
            if !set.contains(&scope) {
                set.push(scope);
            }
        }
        Self(set)
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(" "))
    }
}

impl Serialize for Scopes {
    /// A string, or an empty list: a blank string would read back as "the vendor's default".
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.is_empty() { self.0.serialize(serializer) } else { serializer.collect_str(self) }
    }
}

/// What a NetExplorer application may be granted access to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ScopeFamily {
    /// The user's account.
    Account,
    /// `accountsec`: listed in NetExplorer's form without an explanation.
    AccountSec,
    /// Annotations.
    Annotations,
    /// Archives.
    Archives,
    /// Alerts.
    Alerts,
    /// Files and folders.
    Files,
}

impl ScopeFamily {
    /// All families, in the order of NetExplorer's form.
    pub const ALL: &'static [Self] = &[
        Self::Account,
        Self::AccountSec,
        Self::Annotations,
        Self::Archives,
        Self::Alerts,
        Self::Files,
    ];

    /// The name in NetExplorer's form.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::AccountSec => "accountsec",
            Self::Annotations => "annotations",
            Self::Archives => "archives",
            Self::Alerts => "alerts",
            Self::Files => "files",
        }
    }
}

/// The access that a scope grants in its family.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ScopeAccess {
    /// Read only.
    Read,
    /// Read and change.
    Write,
}

impl ScopeAccess {
    /// The name in NetExplorer's form.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
        }
    }
}

/// A NetExplorer scope.
///
/// `all` and `offline` are known from programs that use them. The families are known from the form that an
/// application is registered with, but **not how they are written in a token request**. So reading accepts
/// any of the usual separators between family and access, and writing asks for one.
///
/// ```
/// use oneteg_auth::connection::{NetExplorerScope, ScopeAccess, ScopeFamily, Scopes};
///
/// let read_files = NetExplorerScope::Family(ScopeFamily::Files, ScopeAccess::Read);
/// assert_eq!(NetExplorerScope::parse("files.read"), read_files);
///
/// let scopes: Scopes = [NetExplorerScope::Offline, read_files].map(|s| s.token(':')).into_iter().collect();
/// assert_eq!(scopes.to_string(), "offline files:read");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NetExplorerScope {
    /// `all`: everything that the application was registered for.
    All,
    /// `offline`: an access token without an expiry.
    Offline,
    /// An access in a family.
    Family(ScopeFamily, ScopeAccess),
    /// A scope this crate does not know.
    Other(String),
}

impl NetExplorerScope {
    /// Reads one scope; an unknown one is [`NetExplorerScope::Other`].
    pub fn parse(value: &str) -> Self {
        let family = || {
            let (family, access) = value.split_once(['.', ':', '_', '-', '/'])?;
            let family = ScopeFamily::ALL.iter().find(|known| known.name() == family)?;
            let access =
                [ScopeAccess::Read, ScopeAccess::Write].into_iter().find(|a| a.name() == access)?;
            Some(Self::Family(*family, access))
        };
        match value {
            "all" => Self::All,
            "offline" => Self::Offline,
            _ => family().unwrap_or_else(|| Self::Other(value.to_owned())),
        }
    }

    /// The string for a token request, with `separator` between family and access.
    pub fn token(&self, separator: char) -> String {
        match self {
            Self::All => "all".to_owned(),
            Self::Offline => "offline".to_owned(),
            Self::Family(family, access) => {
                format!("{}{separator}{}", family.name(), access.name())
            }
            Self::Other(value) => value.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_family_reads_back_with_every_usual_sign() {
        for (family, access) in ScopeFamily::ALL
            .iter()
            .flat_map(|family| [ScopeAccess::Read, ScopeAccess::Write].map(|a| (*family, a)))
        {
            let scope = NetExplorerScope::Family(family, access);
            for sign in ['.', ':', '_', '-', '/'] {
                assert_eq!(NetExplorerScope::parse(&scope.token(sign)), scope);
            }
        }
        for value in ["files", "files.delete", "future", "read.files", ""] {
            assert_eq!(NetExplorerScope::parse(value), NetExplorerScope::Other(value.into()));
        }
    }

    #[test]
    fn scope_characters() {
        assert!(Scopes::parse("openid api:service_principal https://x/y").are_valid());
        for bad in ["a\"b", "a\\b", "é", "a\u{7f}"] {
            assert!(!Scopes::parse(bad).are_valid(), "{bad}");
        }
        assert!(!Scopes::from_iter(["a b"]).are_valid());
    }
}
