use std::time::Duration;

use http::{HeaderName, HeaderValue, header};

use crate::{AuthError, CredentialVersion, Secret, StoredSession, Tokens, clock::millis, random};

/// A token counts as valid for at least this long: a provider that grants tokens which are expired on
/// arrival must not cause a token request per call.
const MIN_LIFETIME: Duration = Duration::from_secs(1);

/// How the access token is put into a request.
///
/// ```
/// let header = oneteg_auth::TokenHeader::authorization("apiToken");
/// # let _ = header;
/// ```
#[derive(Debug, Clone)]
pub struct TokenHeader {
    name: HeaderName,
    scheme: String,
}

impl TokenHeader {
    /// `Authorization: <scheme> <token>`. The standard scheme is `Bearer` (RFC 6750); NetX uses `apiToken`.
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
        let value = zeroize::Zeroizing::new(format!("{} {}", self.scheme, access.expose()));
        let mut value =
            HeaderValue::from_str(&value).map_err(|_| AuthError::InvalidHeaderValue {
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

/// The token in use: its header value, built once, and until when it is valid.
#[derive(Debug)]
pub(crate) struct ActiveToken {
    /// What requests are stamped with; grows with every token that this process puts in use.
    pub(super) stamp: CredentialVersion,
    /// The version in the store, which all processes agree on.
    pub(super) stored: CredentialVersion,
    pub(super) header: HeaderValue,
    pub(crate) scopes: Vec<String>,
    /// Until then no renewal is due. On the monotonic clock, like the next one.
    pub(super) fresh_until: Duration,
    /// Until then it can be sent.
    pub(super) expires_at: Duration,
}

impl ActiveToken {
    /// A token that was stored `age` ago.
    pub(super) fn new(
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
                    |life: Duration| now.saturating_add(life.max(MIN_LIFETIME).saturating_sub(age));
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
    ///
    /// The process that was granted it renews it when it is due, and those that read it a random while later, within
    /// half of the time that is then left. Usually they find the new token and wait for nothing, and many processes
    /// do not ask the store at once.
    pub(super) fn from_stored(
        header: &TokenHeader,
        session: &StoredSession,
        now: Duration,
        refresh_ahead: Duration,
    ) -> Result<Option<Self>, AuthError> {
        let Some(tokens) = &session.tokens else { return Ok(None) };
        let mut token =
            Self::new(header, session.version, tokens, session.age, now, refresh_ahead)?;
        if token.fresh_until > now {
            let spread = millis(token.expires_at.saturating_sub(token.fresh_until) / 2);
            let later = Duration::from_millis(random::jitter(spread));
            token.fresh_until = token.fresh_until.saturating_add(later);
        }
        Ok((token.expires_at > now).then_some(token))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::from_secs(1_000);

    fn seconds(number: u64) -> Duration {
        Duration::from_secs(number)
    }

    /// Seconds from now until a renewal is due and until the token expires.
    fn times(lifetime: u64, age: u64) -> (u64, u64) {
        let tokens = Tokens::new("a").with_lifetime(seconds(lifetime));
        let (header, version) = (TokenHeader::default(), CredentialVersion(1));
        let token =
            ActiveToken::new(&header, version, &tokens, seconds(age), NOW, seconds(300)).unwrap();
        ((token.fresh_until - NOW).as_secs(), (token.expires_at - NOW).as_secs())
    }

    #[test]
    fn a_renewal_is_due_a_tenth_of_the_lifetime_ahead_but_no_earlier_than_five_minutes() {
        assert_eq!(times(600, 0), (540, 600));
        assert_eq!(times(86_400, 0), (86_100, 86_400));
        assert_eq!(times(600, 100), (440, 500));
        assert_eq!(times(600, 700), (0, 0));
    }

    #[test]
    fn a_token_that_is_expired_on_arrival_is_valid_for_a_second() {
        assert_eq!(times(0, 0), (1, 1));
        assert_eq!(times(0, 1), (0, 0));
    }

    #[test]
    fn a_token_of_another_process_is_renewed_later_than_by_that_process() {
        let read = |age: u64| {
            let tokens = Tokens::new("a").with_lifetime(seconds(600));
            let session =
                StoredSession::new(CredentialVersion(1)).with_tokens(tokens, seconds(age));
            let header = TokenHeader::default();
            let token = ActiveToken::from_stored(&header, &session, NOW, seconds(300)).unwrap();
            token.unwrap().fresh_until - NOW
        };
        let due: Vec<_> = (0..1_000).map(|_| read(0)).collect();
        assert!(due.iter().all(|due| (seconds(540)..seconds(570)).contains(due)));
        assert!(due.iter().max().unwrap().saturating_sub(*due.iter().min().unwrap()) > seconds(15));
        // One that is due when it is read is renewed at once.
        assert_eq!((read(540), read(599)), (Duration::ZERO, Duration::ZERO));
    }

    #[test]
    fn a_token_without_a_lifetime_does_not_expire() {
        let session = StoredSession::new(CredentialVersion(1)).with_tokens(Tokens::new("a"), NOW);
        let header = TokenHeader::default();
        let token = ActiveToken::from_stored(&header, &session, NOW, seconds(300)).unwrap();
        assert_eq!(token.unwrap().expires_at, Duration::MAX);
    }

    #[test]
    fn a_stored_token_of_unknown_age_has_expired() {
        let tokens = Tokens::new("a").with_lifetime(seconds(600));
        let session = StoredSession::new(CredentialVersion(1)).with_tokens(tokens, Duration::MAX);
        let header = TokenHeader::default();
        assert!(ActiveToken::from_stored(&header, &session, NOW, seconds(300)).unwrap().is_none());
    }
}
