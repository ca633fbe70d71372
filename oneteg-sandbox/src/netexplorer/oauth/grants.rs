//! The life of codes and tokens.

use serde_json::{Value, json};
use tokio::time::Instant;

use super::{Access, Code, Grant, Oauth, SERVER_APPLICATION};
use crate::common::oauth::s256_challenge;
use crate::netexplorer::state::ADMINISTRATOR;

/// The tokens that an application is given.
#[derive(Debug)]
pub(crate) struct Issued {
    access: String,
    refresh: Option<String>,
    scope: String,
    /// Seconds; none for a token without an end.
    expires_in: Option<u64>,
}

impl Issued {
    /// The access token.
    pub(crate) fn access(self) -> String {
        self.access
    }

    /// The answer of the token endpoint.
    pub(crate) fn json(&self) -> Value {
        let mut answer = json!({
            "access_token": self.access,
            "refresh_token": self.refresh,
            "scope": self.scope,
            "token_type": "Bearer",
        });
        if let (Some(seconds), Value::Object(members)) = (self.expires_in, &mut answer) {
            members.insert("expires_in".into(), seconds.into());
        }
        answer
    }
}

impl Oauth {
    /// A code for what was granted on the consent page.
    pub(crate) fn code(
        &mut self,
        client: &str,
        redirect: &str,
        scope: &str,
        challenge: Option<String>,
    ) -> String {
        let code = self.fresh("code");
        let granted = Code {
            client: client.to_owned(),
            redirect: redirect.to_owned(),
            scope: scope.to_owned(),
            challenge,
            grant: None,
        };
        self.codes.insert(code.clone(), granted);
        code
    }

    /// A new grant for the server application that is there from the start.
    pub(crate) fn server_token(&mut self) -> Issued {
        let (client, scope) = (SERVER_APPLICATION.to_owned(), "all".to_owned());
        self.grant(Grant { client, user: ADMINISTRATOR, server: true, scope, ended: false }, false)
    }

    /// A new grant with its first tokens.
    pub(crate) fn grant(&mut self, grant: Grant, refreshable: bool) -> Issued {
        self.grants.push(grant);
        self.issue(self.grants.len() as u64 - 1, refreshable)
    }

    fn issue(&mut self, grant: u64, refreshable: bool) -> Issued {
        let scope = self.grant_at(grant).map(|grant| grant.scope.clone()).unwrap_or_default();
        // As has been seen: the scope `offline` gives tokens without an end.
        let expires = !scope.split([' ', ',', '+']).any(|scope| scope == "offline");
        let access = self.fresh("access");
        let until = expires.then(|| Instant::now() + self.lifetime);
        self.access.insert(access.clone(), Access { grant, until });
        let refresh = refreshable.then(|| {
            let token = self.fresh("refresh");
            self.refresh.insert(token.clone(), (grant, false));
            token
        });
        Issued { access, refresh, scope, expires_in: expires.then_some(self.lifetime.as_secs()) }
    }

    fn grant_at(&self, grant: u64) -> Option<&Grant> {
        self.grants.get(usize::try_from(grant).ok()?)
    }

    fn end(&mut self, grant: u64) {
        let grant = usize::try_from(grant).ok().and_then(|grant| self.grants.get_mut(grant));
        if let Some(grant) = grant {
            grant.ended = true;
        }
    }

    /// Tokens for a code; why not, as `error_description`. `proof` is the verifier of PKCE, `secret` whether
    /// the application has proven itself by its secret.
    pub(crate) fn redeem(
        &mut self,
        code: &str,
        (client, redirect): (&str, &str),
        proof: Option<&str>,
        secret: bool,
        user: u64,
    ) -> Result<Issued, &'static str> {
        let granted = self.codes.get(code).ok_or("unknown code")?.clone();
        if let Some(grant) = granted.grant {
            // RFC 6749, section 4.1.2: whoever has it twice, one of them stole it.
            self.end(grant);
            return Err("the code was used before");
        }
        if granted.client != client {
            return Err("the code is for another application");
        }
        if granted.redirect != redirect {
            return Err("the redirect_uri is another one");
        }
        match (&granted.challenge, proof) {
            (Some(challenge), Some(verifier)) if *challenge == s256_challenge(verifier) => {}
            (Some(_), Some(_)) => return Err("the code_verifier is wrong"),
            (Some(_), None) => return Err("the code_verifier is missing"),
            (None, _) if secret => {}
            (None, _) => return Err("neither PKCE nor a client_secret"),
        }
        let (client, scope) = (granted.client.clone(), granted.scope.clone());
        let grant = self.grants.len() as u64;
        self.codes.insert(code.to_owned(), Code { grant: Some(grant), ..granted });
        Ok(self.grant(Grant { client, user, server: false, scope, ended: false }, true))
    }

    /// New tokens for a refresh token, which is used up by that.
    pub(crate) fn refresh(&mut self, token: &str, client: &str) -> Result<Issued, &'static str> {
        let (grant, used) = *self.refresh.get(token).ok_or("unknown refresh_token")?;
        let granted = self.grant_at(grant).ok_or("unknown refresh_token")?;
        if granted.client != client {
            return Err("the refresh_token is for another application");
        }
        if granted.ended {
            return Err("the grant has ended");
        }
        if used {
            // RFC 9700, section 4.14.2.
            self.end(grant);
            return Err("the refresh_token was used before");
        }
        self.refresh.insert(token.to_owned(), (grant, true));
        Ok(self.issue(grant, true))
    }

    /// What an access token that is good stands for.
    pub(crate) fn granted(&self, access: &str) -> Option<&Grant> {
        let access = self.access.get(access)?;
        let good = access.until.is_none_or(|until| Instant::now() < until);
        self.grant_at(access.grant).filter(|grant| good && !grant.ended)
    }

    /// The access tokens that are good, with their grants.
    pub(crate) fn out(&self) -> impl Iterator<Item = (&str, &Grant)> {
        self.access.keys().filter_map(|token| Some((token.as_str(), self.granted(token)?)))
    }

    /// Ends the grant of a token of either kind, if the test agrees.
    pub(crate) fn revoke(&mut self, token: &str, may: impl FnOnce(&Grant) -> bool) -> bool {
        let grant = match (self.access.get(token), self.refresh.get(token)) {
            (Some(access), _) => access.grant,
            (None, Some((grant, _))) => *grant,
            (None, None) => return false,
        };
        let found = self.grant_at(grant).is_some_and(|found| !found.ended && may(found));
        if found {
            self.end(grant);
        }
        found
    }

    /// Ends all that an application was granted.
    pub(crate) fn end_app(&mut self, client: &str) {
        for grant in self.grants.iter_mut().filter(|grant| grant.client == client) {
            grant.ended = true;
        }
    }

    pub(crate) fn expire_access(&mut self) {
        self.access.clear();
    }
}
