use std::time::Duration;

use http::{HeaderName, HeaderValue, header};

use crate::{AuthError, CredentialVersion, Secret, Session, Tokens};

/// A token serves for at least this long: a provider that grants tokens which are expired on arrival
/// must not cause a token request per call.
const SHORTEST_USE: Duration = Duration::from_secs(1);

/// How the access token is put into a request.
#[derive(Debug, Clone)]
pub struct TokenHeader {
    name: HeaderName,
    scheme: String,
}

impl TokenHeader {
    /// `Authorization: <scheme> <token>`; the standard's scheme is `Bearer` (RFC 6750), NetX takes
    /// `apiToken`.
    pub fn authorization(scheme: impl Into<String>) -> Self {
        Self { name: header::AUTHORIZATION, scheme: scheme.into() }
    }

    pub(crate) fn scheme(&self) -> &str {
        &self.scheme
    }

    pub(crate) fn name(&self) -> &HeaderName {
        &self.name
    }

    fn value(&self, access: &Secret) -> Result<HeaderValue, AuthError> {
        let text = zeroize::Zeroizing::new(format!("{} {}", self.scheme, access.expose()));
        let mut value = HeaderValue::from_str(&text).map_err(|_| AuthError::NotAHeaderValue {
            what: "access token",
            found: access.unsendable().unwrap_or("a character"),
        })?;
        value.set_sensitive(true);
        Ok(value)
    }
}

impl Default for TokenHeader {
    fn default() -> Self {
        Self::authorization("Bearer")
    }
}

/// A token in use: the header value, ready made, and when it stops being good.
#[derive(Debug)]
pub(crate) struct Live {
    /// Stamps requests; grows with every token this process puts in use.
    pub(crate) stamp: CredentialVersion,
    /// The version in the store, which processes agree on.
    pub(crate) stored: CredentialVersion,
    pub(crate) header: HeaderValue,
    pub(crate) scopes: Vec<String>,
    /// Until then nothing needs to be done. On the monotonic clock, like the next one.
    pub(crate) fresh_until: Duration,
    /// Until then it can be sent.
    pub(crate) expires_at: Duration,
}

impl Live {
    /// A token that has been stored for `age` of its lifetime.
    pub(crate) fn new(
        header: &TokenHeader,
        stored: CredentialVersion,
        tokens: &Tokens,
        age: Duration,
        now: Duration,
        refresh_ahead: Duration,
    ) -> Result<Self, AuthError> {
        let value = header.value(&tokens.access)?;
        let (fresh_until, expires_at) = match tokens.lifetime {
            None => (Duration::MAX, Duration::MAX),
            Some(lifetime) => {
                let ahead = (lifetime / 10).min(refresh_ahead);
                let at =
                    |life: Duration| now.saturating_add(life.max(SHORTEST_USE).saturating_sub(age));
                (at(lifetime.saturating_sub(ahead)), at(lifetime))
            }
        };
        Ok(Self {
            stamp: CredentialVersion(0),
            stored,
            header: value,
            scopes: tokens.scopes.clone(),
            fresh_until,
            expires_at,
        })
    }

    /// The stored token, if it can still be sent.
    pub(crate) fn from_session(
        header: &TokenHeader,
        session: &Session,
        now: Duration,
        refresh_ahead: Duration,
    ) -> Result<Option<Self>, AuthError> {
        let Some(tokens) = &session.tokens else { return Ok(None) };
        let live = Self::new(header, session.version, tokens, session.age, now, refresh_ahead)?;
        Ok((live.expires_at > now).then_some(live))
    }
}
