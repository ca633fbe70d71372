//! The authorization server's memory: codes, sessions and their tokens.
//!
//! | Object | Starts with | Ends when |
//! |---|---|---|
//! | code | approval on the consent page | it is redeemed; redeeming it again ends its session |
//! | session | a redeemed code | a code or a refresh token is used a second time |
//! | access token | a new session or a refresh | its lifetime is over, or its session ends |
//! | refresh token | a new session or a refresh | it is used, or its session ends |
//!
//! Used codes and refresh tokens are kept, because only a server that remembers them can detect reuse.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

use crate::choices::netx as choices;

/// A code, with what it was issued for.
#[derive(Debug)]
struct Code {
    /// As it was sent: the token request must repeat the very same string.
    redirect_uri: String,
    scope: Option<String>,
    /// The session that resulted, once the code was redeemed.
    session: Option<usize>,
}

#[derive(Debug)]
struct Session {
    scope: Option<String>,
    ended: bool,
}

#[derive(Debug)]
struct RefreshToken {
    session: usize,
    used: bool,
}

#[derive(Debug)]
struct AccessToken {
    session: usize,
    expires_at: Instant,
}

/// The tokens that a client gets.
#[derive(Debug)]
pub(crate) struct IssuedTokens {
    pub(crate) access: String,
    pub(crate) refresh: String,
    pub(crate) scope: Option<String>,
    pub(crate) lifetime: Duration,
}

#[derive(Debug)]
pub(crate) struct AuthorizationServer {
    codes: BTreeMap<String, Code>,
    sessions: Vec<Session>,
    access_tokens: BTreeMap<String, AccessToken>,
    refresh_tokens: BTreeMap<String, RefreshToken>,
    token_lifetime: Duration,
    serial: u64,
}

impl AuthorizationServer {
    pub(crate) fn new(token_lifetime: Duration) -> Self {
        Self {
            codes: BTreeMap::new(),
            sessions: Vec::new(),
            access_tokens: BTreeMap::new(),
            refresh_tokens: BTreeMap::new(),
            token_lifetime,
            serial: 0,
        }
    }

    /// A string that is never used twice.
    fn unique_name(&mut self, kind: &str) -> String {
        self.serial += 1;
        format!("sandbox-{kind}-{}", self.serial)
    }

    pub(crate) fn issue_code(&mut self, redirect_uri: &str, scope: Option<&str>) -> String {
        let name = self.unique_name("code");
        let scope = scope.map(str::to_owned);
        let code = Code { redirect_uri: redirect_uri.to_owned(), scope, session: None };
        self.codes.insert(name.clone(), code);
        name
    }

    /// Exchanges a code for tokens. The error is an `error_description`.
    pub(crate) fn redeem_code(
        &mut self,
        code: &str,
        redirect_uri: &str,
    ) -> Result<IssuedTokens, &'static str> {
        let index = self.sessions.len();
        let found = self.codes.get_mut(code).ok_or("unknown code")?;
        if let Some(session) = found.session {
            // RFC 6749, section 4.1.2: one of the two that have the code has stolen it.
            self.end(session);
            return Err("the code was used before");
        }
        if found.redirect_uri != redirect_uri {
            return Err("the redirect_uri is another one");
        }
        found.session = Some(index);
        let scope = found.scope.clone();
        self.sessions.push(Session { scope, ended: false });
        Ok(self.issue_tokens(index))
    }

    /// Exchanges a refresh token for new tokens. The error is an `error_description`.
    pub(crate) fn refresh(&mut self, token: &str) -> Result<IssuedTokens, &'static str> {
        let found = self.refresh_tokens.get_mut(token).ok_or("unknown refresh_token")?;
        let session = found.session;
        let reused = std::mem::replace(&mut found.used, true);
        if self.has_ended(session) {
            return Err("the session has ended");
        }
        if reused && choices::REFRESH_TOKEN_USED_ONCE.get() {
            // RFC 9700, section 4.14.2: the token has leaked, and the server cannot tell to whom.
            self.end(session);
            return Err("the refresh_token was used before");
        }
        Ok(self.issue_tokens(session))
    }

    fn issue_tokens(&mut self, session: usize) -> IssuedTokens {
        let (access, refresh) = (self.unique_name("access"), self.unique_name("refresh"));
        let lifetime = self.token_lifetime;
        let expires_at = Instant::now() + lifetime;
        self.access_tokens.insert(access.clone(), AccessToken { session, expires_at });
        self.refresh_tokens.insert(refresh.clone(), RefreshToken { session, used: false });
        let scope = self.sessions.get(session).and_then(|session| session.scope.clone());
        IssuedTokens { access, refresh, scope, lifetime }
    }

    fn has_ended(&self, session: usize) -> bool {
        self.sessions.get(session).is_none_or(|session| session.ended)
    }

    fn end(&mut self, session: usize) {
        if let Some(session) = self.sessions.get_mut(session) {
            session.ended = true;
        }
    }

    pub(crate) fn accepts(&self, access_token: &str) -> bool {
        self.access_tokens.get(access_token).is_some_and(|token| {
            token.expires_at > Instant::now() && !self.has_ended(token.session)
        })
    }

    pub(crate) fn expire_access_tokens(&mut self) {
        self.access_tokens.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REDIRECT: &str = "http://127.0.0.1/";

    fn signed_in() -> (AuthorizationServer, String, IssuedTokens) {
        let mut server = AuthorizationServer::new(Duration::from_secs(60));
        let code = server.issue_code(REDIRECT, None);
        let tokens = server.redeem_code(&code, REDIRECT).unwrap();
        (server, code, tokens)
    }

    #[test]
    fn a_code_is_redeemed_once_and_its_reuse_ends_the_session() {
        let (mut server, code, tokens) = signed_in();
        assert!(server.accepts(&tokens.access));
        let reused = server.redeem_code(&code, REDIRECT).unwrap_err();
        assert_eq!(reused, "the code was used before");
        assert!(!server.accepts(&tokens.access));
        assert_eq!(server.refresh(&tokens.refresh).unwrap_err(), "the session has ended");
    }

    #[test]
    fn a_refresh_token_is_used_once_and_its_reuse_ends_the_session() {
        let (mut server, _, first) = signed_in();
        let second = server.refresh(&first.refresh).unwrap();
        assert!(server.accepts(&first.access) && server.accepts(&second.access));
        assert!(server.refresh(&first.refresh).is_err());
        assert!(!server.accepts(&second.access));
        assert!(server.refresh(&second.refresh).is_err());
    }

    #[test]
    fn an_access_token_ends_with_its_lifetime() {
        let mut server = AuthorizationServer::new(Duration::ZERO);
        let code = server.issue_code(REDIRECT, None);
        assert!(server.redeem_code(&code, "http://127.0.0.1").is_err(), "not the same string");
        let tokens = server.redeem_code(&code, REDIRECT).unwrap();
        assert!(!server.accepts(&tokens.access));
    }
}
