//! The authorization server: applications, and the lifecycle of codes, grants and tokens.
//!
//! All tokens of an application stem from a *grant*, and end with it:
//!
//! | Object | Starts with | Ends when |
//! |---|---|---|
//! | authorization code | approval on the consent page | it is redeemed; redeeming it again ends its grant |
//! | grant | a redeemed code, client credentials, or a password sign-in | a token is revoked, a code or refresh token is reused, or the application is deleted |
//! | access token | a new grant or a refresh | its lifetime is over, or its grant ends |
//! | refresh token | a redeemed code or a refresh | it is used, or its grant ends; using it again ends its grant |
//!
//! Used codes and refresh tokens are kept, because only a server that remembers them can detect reuse.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

use crate::choices::netexplorer as choices;
use crate::common::oauth::s256_challenge;
use crate::netexplorer::settings::{
    ADMINISTRATOR, CLIENT_APPLICATION, CLIENT_SECRET, SERVER_APPLICATION, SERVER_SECRET,
};

/// How an application was registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ApplicationKind {
    Client,
    Server,
}

impl ApplicationKind {
    /// The kind that has this `type`.
    pub(crate) fn of_type(number: i64) -> Option<Self> {
        [Self::Client, Self::Server].into_iter().find(|kind| kind.type_number() == number)
    }

    /// The `type` of applications of this kind.
    pub(crate) fn type_number(self) -> i64 {
        match self {
            Self::Client => choices::CLIENT_APPLICATION_TYPE.get(),
            Self::Server => choices::SERVER_APPLICATION_TYPE.get(),
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Application {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) editor: String,
    pub(crate) editor_url: String,
    pub(crate) kind: ApplicationKind,
    pub(crate) secret: String,
}

impl Application {
    pub(crate) fn new(name: &str, kind: ApplicationKind, secret: &str) -> Self {
        Self {
            name: name.to_owned(),
            description: String::new(),
            editor: "Sandbox".to_owned(),
            editor_url: String::new(),
            kind,
            secret: secret.to_owned(),
        }
    }
}

/// What a user approved on the consent page.
#[derive(Debug, Clone)]
pub(crate) struct AuthorizationRequest {
    pub(crate) client_id: String,
    pub(crate) redirect_uri: String,
    pub(crate) scope: String,
    pub(crate) code_challenge: Option<String>,
}

#[derive(Debug)]
struct AuthorizationCode {
    request: AuthorizationRequest,
    /// The grant that resulted, once the code was redeemed.
    grant: Option<usize>,
}

/// What a client sends to redeem a code.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CodeRedemption<'a> {
    pub(crate) code: &'a str,
    pub(crate) client_id: &'a str,
    pub(crate) redirect_uri: &'a str,
    pub(crate) code_verifier: Option<&'a str>,
    /// Whether the client has sent its secret.
    pub(crate) client_authenticated: bool,
}

/// What a user or an administrator has granted to an application.
#[derive(Debug, Clone)]
pub(crate) struct Grant {
    pub(crate) client_id: String,
    pub(crate) user: u64,
    /// Whether it is a grant to a server application, which may act as any user.
    pub(crate) server: bool,
    pub(crate) scope: String,
    ended: bool,
}

impl Grant {
    pub(crate) fn new(client_id: &str, user: u64, server: bool, scope: &str) -> Self {
        let (client_id, scope) = (client_id.to_owned(), scope.to_owned());
        Self { client_id, user, server, scope, ended: false }
    }
}

#[derive(Debug)]
struct AccessToken {
    grant: usize,
    /// `None` for a token that does not expire.
    expires_at: Option<Instant>,
}

#[derive(Debug)]
struct RefreshToken {
    grant: usize,
    used: bool,
}

/// The tokens that an application gets.
#[derive(Debug)]
pub(crate) struct IssuedTokens {
    pub(crate) access: String,
    pub(crate) refresh: Option<String>,
    pub(crate) scope: String,
    /// `None` for an access token that does not expire.
    pub(crate) lifetime: Option<Duration>,
}

#[derive(Debug)]
pub(crate) struct AuthorizationServer {
    pub(crate) applications: BTreeMap<String, Application>,
    codes: BTreeMap<String, AuthorizationCode>,
    grants: Vec<Grant>,
    access_tokens: BTreeMap<String, AccessToken>,
    refresh_tokens: BTreeMap<String, RefreshToken>,
    token_lifetime: Duration,
    serial: u64,
}

impl AuthorizationServer {
    pub(crate) fn new(token_lifetime: Duration) -> Self {
        let server = Application::new("Server", ApplicationKind::Server, SERVER_SECRET);
        let client = Application::new("Client", ApplicationKind::Client, CLIENT_SECRET);
        Self {
            applications: BTreeMap::from([
                (SERVER_APPLICATION.to_owned(), server),
                (CLIENT_APPLICATION.to_owned(), client),
            ]),
            codes: BTreeMap::new(),
            grants: Vec::new(),
            access_tokens: BTreeMap::new(),
            refresh_tokens: BTreeMap::new(),
            token_lifetime,
            serial: 0,
        }
    }

    /// A string that is never used twice: for codes, tokens and secrets.
    pub(crate) fn unique_name(&mut self, kind: &str) -> String {
        self.serial += 1;
        format!("sandbox-{kind}-{:06}", self.serial)
    }

    /// Issues a code for an approved request.
    pub(crate) fn issue_code(&mut self, request: AuthorizationRequest) -> String {
        let code = self.unique_name("code");
        self.codes.insert(code.clone(), AuthorizationCode { request, grant: None });
        code
    }

    /// Issues an access token of the server application that exists from the start.
    pub(crate) fn issue_server_token(&mut self) -> String {
        let grant = Grant::new(SERVER_APPLICATION, ADMINISTRATOR, true, "all");
        self.add_grant(grant, false).access
    }

    /// Adds a grant and issues its first tokens.
    pub(crate) fn add_grant(&mut self, grant: Grant, refreshable: bool) -> IssuedTokens {
        self.grants.push(grant);
        self.issue_tokens(self.grants.len() - 1, refreshable)
    }

    fn issue_tokens(&mut self, grant: usize, refreshable: bool) -> IssuedTokens {
        let scope = self.grants.get(grant).map(|grant| grant.scope.clone()).unwrap_or_default();
        // Seen at the vendor: tokens with the scope `offline` do not expire.
        let expires = !scope.split([' ', ',', '+']).any(|scope| scope == "offline");
        let lifetime = expires.then_some(self.token_lifetime);
        let access = self.unique_name("access");
        let expires_at = lifetime.map(|lifetime| Instant::now() + lifetime);
        self.access_tokens.insert(access.clone(), AccessToken { grant, expires_at });
        let refresh = refreshable.then(|| {
            let token = self.unique_name("refresh");
            self.refresh_tokens.insert(token.clone(), RefreshToken { grant, used: false });
            token
        });
        IssuedTokens { access, refresh, scope, lifetime }
    }

    fn end_grant(&mut self, grant: usize) {
        if let Some(grant) = self.grants.get_mut(grant) {
            grant.ended = true;
        }
    }

    /// Redeems a code on behalf of `user`. The error is an `error_description`.
    pub(crate) fn redeem_code(
        &mut self,
        redemption: CodeRedemption<'_>,
        user: u64,
    ) -> Result<IssuedTokens, &'static str> {
        let code = self.codes.get(redemption.code).ok_or("unknown code")?;
        if let Some(grant) = code.grant {
            // RFC 6749, section 4.1.2: one of the two clients that have the code has stolen it.
            self.end_grant(grant);
            return Err("the code was used before");
        }
        let request = &code.request;
        if request.client_id != redemption.client_id {
            return Err("the code is for another application");
        }
        if request.redirect_uri != redemption.redirect_uri {
            return Err("the redirect_uri is another one");
        }
        match (&request.code_challenge, redemption.code_verifier) {
            (Some(challenge), Some(verifier)) if *challenge == s256_challenge(verifier) => {}
            (Some(_), Some(_)) => return Err("the code_verifier is wrong"),
            (Some(_), None) => return Err("the code_verifier is missing"),
            (None, _) if redemption.client_authenticated => {}
            (None, _) => return Err("neither PKCE nor a client_secret"),
        }
        let grant = Grant::new(&request.client_id, user, false, &request.scope);
        let index = self.grants.len();
        if let Some(code) = self.codes.get_mut(redemption.code) {
            code.grant = Some(index);
        }
        Ok(self.add_grant(grant, true))
    }

    /// Exchanges a refresh token for new tokens. The error is an `error_description`.
    pub(crate) fn refresh(
        &mut self,
        token: &str,
        client_id: &str,
    ) -> Result<IssuedTokens, &'static str> {
        let refresh = self.refresh_tokens.get_mut(token).ok_or("unknown refresh_token")?;
        let index = refresh.grant;
        let grant = self.grants.get(index).ok_or("unknown refresh_token")?;
        if grant.client_id != client_id {
            return Err("the refresh_token is for another application");
        }
        if grant.ended {
            return Err("the grant has ended");
        }
        if refresh.used {
            // RFC 9700, section 4.14.2: the token has leaked, and the server cannot tell to whom.
            self.end_grant(index);
            return Err("the refresh_token was used before");
        }
        refresh.used = true;
        Ok(self.issue_tokens(index, true))
    }

    /// The grant of a valid access token.
    pub(crate) fn active_grant(&self, access_token: &str) -> Option<&Grant> {
        let token = self.access_tokens.get(access_token)?;
        let expired = token.expires_at.is_some_and(|expires_at| expires_at <= Instant::now());
        self.grants.get(token.grant).filter(|grant| !expired && !grant.ended)
    }

    /// All valid access tokens, with their grants.
    pub(crate) fn active_tokens(&self) -> impl Iterator<Item = (&str, &Grant)> {
        let tokens = self.access_tokens.keys();
        tokens.filter_map(|token| Some((token.as_str(), self.active_grant(token)?)))
    }

    /// Ends the grant of an access or refresh token, if `permitted` agrees. Returns whether it did.
    pub(crate) fn revoke(&mut self, token: &str, permitted: impl FnOnce(&Grant) -> bool) -> bool {
        let access = self.access_tokens.get(token).map(|token| token.grant);
        let refresh = self.refresh_tokens.get(token).map(|token| token.grant);
        let Some(index) = access.or(refresh) else { return false };
        let revocable =
            self.grants.get(index).is_some_and(|grant| !grant.ended && permitted(grant));
        if revocable {
            self.end_grant(index);
        }
        revocable
    }

    /// Ends all grants of an application.
    pub(crate) fn revoke_application(&mut self, client_id: &str) {
        for grant in self.grants.iter_mut().filter(|grant| grant.client_id == client_id) {
            grant.ended = true;
        }
    }

    pub(crate) fn expire_access_tokens(&mut self) {
        self.access_tokens.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::netexplorer::settings::MEMBER;

    fn server_with_code() -> (AuthorizationServer, String) {
        let mut server = AuthorizationServer::new(Duration::from_secs(60));
        let code = server.issue_code(AuthorizationRequest {
            client_id: CLIENT_APPLICATION.into(),
            redirect_uri: "http://127.0.0.1/".into(),
            scope: "all".into(),
            code_challenge: None,
        });
        (server, code)
    }

    fn redemption(code: &str) -> CodeRedemption<'_> {
        CodeRedemption {
            code,
            client_id: CLIENT_APPLICATION,
            redirect_uri: "http://127.0.0.1/",
            code_verifier: None,
            client_authenticated: true,
        }
    }

    #[test]
    fn a_reused_code_ends_its_grant() {
        let (mut server, code) = server_with_code();
        let tokens = server.redeem_code(redemption(&code), MEMBER).unwrap();
        assert!(server.active_grant(&tokens.access).is_some());
        assert_eq!(
            server.redeem_code(redemption(&code), MEMBER).unwrap_err(),
            "the code was used before"
        );
        assert!(server.active_grant(&tokens.access).is_none());
        let refresh = tokens.refresh.unwrap();
        assert_eq!(
            server.refresh(&refresh, CLIENT_APPLICATION).unwrap_err(),
            "the grant has ended"
        );
    }

    #[test]
    fn a_reused_refresh_token_ends_its_grant() {
        let (mut server, code) = server_with_code();
        let first = server.redeem_code(redemption(&code), MEMBER).unwrap().refresh.unwrap();
        let second = server.refresh(&first, CLIENT_APPLICATION).unwrap();
        assert!(server.refresh(&first, CLIENT_APPLICATION).is_err());
        assert!(server.active_grant(&second.access).is_none());
        assert!(server.refresh(&second.refresh.unwrap(), CLIENT_APPLICATION).is_err());
    }

    #[test]
    fn a_code_for_a_client_without_secret_or_pkce_is_refused() {
        let (mut server, code) = server_with_code();
        let anonymous = CodeRedemption { client_authenticated: false, ..redemption(&code) };
        assert!(server.redeem_code(anonymous, MEMBER).is_err());
        assert!(server.redeem_code(redemption(&code), MEMBER).is_ok(), "the code is still unused");
    }
}
