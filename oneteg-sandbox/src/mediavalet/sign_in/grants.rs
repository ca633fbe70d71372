//! Codes and tokens that have been issued.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

/// What a code was issued for.
#[derive(Debug, Clone)]
pub(crate) struct Code {
    pub(crate) redirect_uri: String,
    pub(crate) scope: String,
    pub(crate) challenge: Option<Challenge>,
    pub(crate) expires: DateTime<Utc>,
}

/// What proves that the one who redeems a code has asked for it (RFC 7636).
#[derive(Debug, Clone)]
pub(crate) enum Challenge {
    Plain(String),
    S256(String),
}

impl Challenge {
    pub(crate) fn is_met_by(&self, verifier: &str) -> bool {
        match self {
            Self::Plain(challenge) => challenge == verifier,
            Self::S256(challenge) => {
                *challenge == BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))
            }
        }
    }
}

/// One sign-in and what has come of it.
#[derive(Debug, Clone)]
struct Refresh {
    sign_in: u64,
    scope: String,
}

#[derive(Debug)]
struct Access {
    sign_in: u64,
    expires: DateTime<Utc>,
}

/// Tokens that were just issued.
#[derive(Debug)]
pub(crate) struct Issued {
    pub(crate) access: String,
    pub(crate) refresh: Option<String>,
    pub(crate) scope: String,
}

/// Everything that has been issued and is still accepted.
#[derive(Debug, Default)]
pub(crate) struct Grants {
    count: u64,
    codes: BTreeMap<String, Code>,
    access: BTreeMap<String, Access>,
    refresh: BTreeMap<String, Refresh>,
}

impl Grants {
    fn next(&mut self, kind: &str) -> String {
        self.count += 1;
        format!("sandbox-{kind}-{}", self.count)
    }

    pub(crate) fn add_code(&mut self, code: Code) -> String {
        let name = self.next("code");
        self.codes.insert(name.clone(), code);
        name
    }

    /// The code, which is used up by that.
    pub(crate) fn take_code(&mut self, name: &str, now: DateTime<Utc>) -> Option<Code> {
        self.codes.remove(name).filter(|code| code.expires > now)
    }

    /// Tokens of a new sign-in; with a refresh token if the scope has `offline_access`.
    pub(crate) fn sign_in(&mut self, scope: &str, expires: DateTime<Utc>) -> Issued {
        self.count += 1;
        self.issue(Refresh { sign_in: self.count, scope: scope.to_owned() }, expires)
    }

    /// New tokens for a refresh token, which is used up by that.
    pub(crate) fn refresh(&mut self, token: &str, expires: DateTime<Utc>) -> Option<Issued> {
        let old = self.refresh.remove(token)?;
        Some(self.issue(old, expires))
    }

    fn issue(&mut self, of: Refresh, expires: DateTime<Utc>) -> Issued {
        let access = self.next("access");
        self.access.insert(access.clone(), Access { sign_in: of.sign_in, expires });
        let scope = of.scope.clone();
        let offline = scope.split(' ').any(|word| word == "offline_access");
        let refresh = offline.then(|| {
            let token = self.next("refresh");
            self.refresh.insert(token.clone(), of);
            token
        });
        Issued { access, refresh, scope }
    }

    /// An access token that belongs to no sign-in.
    pub(crate) fn issue_alone(&mut self, expires: DateTime<Utc>) -> String {
        self.sign_in("api", expires).access
    }

    pub(crate) fn is_valid(&self, token: &str, now: DateTime<Utc>) -> bool {
        self.access.get(token).is_some_and(|access| access.expires > now)
    }

    pub(crate) fn expire_access_tokens(&mut self) {
        self.access.clear();
    }

    /// Revokes a token (RFC 7009): with a refresh token goes all of its sign-in.
    pub(crate) fn revoke(&mut self, token: &str) {
        self.access.remove(token);
        if let Some(gone) = self.refresh.remove(token) {
            self.access.retain(|_, access| access.sign_in != gone.sign_in);
        }
    }
}
