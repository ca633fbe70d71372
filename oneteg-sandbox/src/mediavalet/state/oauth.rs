//! The data of the identity server: the codes and tokens that are accepted.
//!
//! | Event | Code | Access tokens | Refresh token |
//! |---|---|---|---|
//! | authorize | issued, valid for 60 s | | |
//! | redeem a code, or password grant | used up | one issued | issued if the scope has `offline_access` |
//! | refresh | | one more issued | used up, and replaced by a new one |
//! | revoke an access token | | that one ends | stays valid |
//! | revoke a refresh token | | all of the sign-in end | ends |

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::common::oauth::s256_challenge;

/// An authorization code, with the properties of the request that it was issued for.
#[derive(Debug, Clone)]
pub(crate) struct AuthorizationCode {
    pub(crate) redirect_uri: String,
    pub(crate) scope: String,
    pub(crate) challenge: Option<CodeChallenge>,
    pub(crate) expires: DateTime<Utc>,
}

/// The proof that a code is redeemed by the client that requested it (RFC 7636).
#[derive(Debug, Clone)]
pub(crate) enum CodeChallenge {
    Plain(String),
    S256(String),
}

impl CodeChallenge {
    pub(crate) fn is_met_by(&self, verifier: &str) -> bool {
        match self {
            Self::Plain(challenge) => challenge == verifier,
            Self::S256(challenge) => *challenge == s256_challenge(verifier),
        }
    }
}

/// A sign-in, as its refresh token refers to it.
#[derive(Debug, Clone)]
struct SignIn {
    number: u64,
    scope: String,
}

#[derive(Debug)]
struct AccessToken {
    sign_in: u64,
    expires: DateTime<Utc>,
}

/// The tokens of one response.
#[derive(Debug)]
pub(crate) struct IssuedTokens {
    pub(crate) access: String,
    pub(crate) refresh: Option<String>,
    pub(crate) scope: String,
}

/// The authorization server: the codes and tokens that it accepts.
#[derive(Debug, Default)]
pub(crate) struct AuthorizationServer {
    count: u64,
    codes: BTreeMap<String, AuthorizationCode>,
    access_tokens: BTreeMap<String, AccessToken>,
    refresh_tokens: BTreeMap<String, SignIn>,
}

impl AuthorizationServer {
    fn unique_name(&mut self, kind: &str) -> String {
        self.count += 1;
        format!("sandbox-{kind}-{}", self.count)
    }

    pub(crate) fn add_code(&mut self, code: AuthorizationCode) -> String {
        let name = self.unique_name("code");
        self.codes.insert(name.clone(), code);
        name
    }

    /// Redeems a code, which uses it up; `None` if it is unknown or expired.
    pub(crate) fn take_code(
        &mut self,
        name: &str,
        now: DateTime<Utc>,
    ) -> Option<AuthorizationCode> {
        self.codes.remove(name).filter(|code| code.expires > now)
    }

    /// Issues the tokens of a new sign-in.
    pub(crate) fn sign_in(&mut self, scope: &str, expires: DateTime<Utc>) -> IssuedTokens {
        self.count += 1;
        self.issue(SignIn { number: self.count, scope: scope.to_owned() }, expires)
    }

    /// Issues new tokens for a refresh token, which uses it up.
    pub(crate) fn refresh(
        &mut self,
        refresh_token: &str,
        expires: DateTime<Utc>,
    ) -> Option<IssuedTokens> {
        let sign_in = self.refresh_tokens.remove(refresh_token)?;
        Some(self.issue(sign_in, expires))
    }

    fn issue(&mut self, sign_in: SignIn, expires: DateTime<Utc>) -> IssuedTokens {
        let access = self.unique_name("access");
        let token = AccessToken { sign_in: sign_in.number, expires };
        self.access_tokens.insert(access.clone(), token);
        let scope = sign_in.scope.clone();
        let offline = scope.split(' ').any(|word| word == "offline_access");
        let refresh = offline.then(|| {
            let token = self.unique_name("refresh");
            self.refresh_tokens.insert(token.clone(), sign_in);
            token
        });
        IssuedTokens { access, refresh, scope }
    }

    /// Issues an access token without a refresh token.
    pub(crate) fn issue_access_token(&mut self, expires: DateTime<Utc>) -> String {
        self.sign_in("api", expires).access
    }

    pub(crate) fn accepts_access_token(&self, token: &str, now: DateTime<Utc>) -> bool {
        self.access_tokens.get(token).is_some_and(|access| access.expires > now)
    }

    pub(crate) fn expire_access_tokens(&mut self) {
        self.access_tokens.clear();
    }

    /// Revokes a token (RFC 7009). A refresh token takes all access tokens of its sign-in with it.
    pub(crate) fn revoke(&mut self, token: &str) {
        self.access_tokens.remove(token);
        if let Some(sign_in) = self.refresh_tokens.remove(token) {
            self.access_tokens.retain(|_, access| access.sign_in != sign_in.number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_700_000_000 + seconds, 0).unwrap()
    }

    #[test]
    fn a_refresh_token_is_used_once_and_its_successor_belongs_to_the_same_sign_in() {
        let mut server = AuthorizationServer::default();
        let first = server.sign_in("api offline_access", moment(10));
        let old = first.refresh.unwrap();
        let second = server.refresh(&old, moment(20)).unwrap();
        assert!(server.refresh(&old, moment(20)).is_none());
        let other = server.issue_access_token(moment(20));
        server.revoke(&second.refresh.unwrap());
        for (token, accepted) in [(&first.access, false), (&second.access, false), (&other, true)] {
            assert_eq!(server.accepts_access_token(token, moment(0)), accepted, "{token}");
        }
    }

    #[test]
    fn a_code_is_redeemed_once_and_in_time() {
        let mut server = AuthorizationServer::default();
        let code = |expires| AuthorizationCode {
            redirect_uri: String::new(),
            scope: String::new(),
            challenge: None,
            expires,
        };
        let in_time = server.add_code(code(moment(60)));
        let late = server.add_code(code(moment(60)));
        assert!(server.take_code(&in_time, moment(59)).is_some());
        assert!(server.take_code(&in_time, moment(59)).is_none());
        assert!(server.take_code(&late, moment(60)).is_none());
    }
}
