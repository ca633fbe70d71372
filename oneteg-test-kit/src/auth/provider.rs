use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use oneteg_auth::{BoxFuture, Clock, Grant, Secret, TokenError, TokenErrorKind, Tokens};

/// How a provider treats refresh tokens and lifetimes.
#[derive(Debug, Clone, Copy)]
pub struct ProviderKind {
    /// Whether a refresh returns a new refresh token and spends the old one. Using a spent one revokes the
    /// family.
    pub rotating: bool,
    /// Without rotation: whether the response repeats the refresh token instead of leaving it out.
    pub repeats_refresh_token: bool,
    /// The lifetime of access tokens; `None`: they do not expire, and responses contain no lifetime.
    pub lifetime: Option<Duration>,
    /// Whether responses contain the lifetime.
    pub reports_lifetime: bool,
    /// For how long a spent refresh token gets the same tokens again.
    pub replay_window: Duration,
    /// The duration of one request.
    pub latency: Duration,
}

impl ProviderKind {
    /// Rotating, without a replay window, with lifetimes in the responses; 50 ms per request.
    pub fn rotating(lifetime: Duration) -> Self {
        Self {
            rotating: true,
            repeats_refresh_token: false,
            lifetime: Some(lifetime),
            reports_lifetime: true,
            replay_window: Duration::ZERO,
            latency: Duration::from_millis(50),
        }
    }
}

/// What goes wrong with one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProviderFault {
    /// The request does not arrive.
    Unreachable,
    /// The request is carried out and its response is lost.
    LostResponse,
    /// The provider is down.
    Down,
}

/// A provider in this process, as strict as a certified one: a spent refresh token that is used again ends
/// the whole family of tokens (RFC 9700 section 4.14.2).
#[derive(Debug, Clone)]
pub struct Provider {
    clock: Arc<dyn Clock>,
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    kind: ProviderKind,
    next: u64,
    /// The family of each refresh token, and when and for which tokens it was spent.
    refresh: HashMap<String, Issued>,
    /// The family and the expiry of each access token.
    access: HashMap<String, (u64, Option<Duration>)>,
    revoked: Vec<u64>,
    requests: u64,
    reuses: u64,
    revocations: u64,
    faults: VecDeque<ProviderFault>,
}

#[derive(Debug, Clone)]
struct Issued {
    family: u64,
    spent: Option<(Duration, String, String)>,
}

impl Provider {
    /// A provider without sessions.
    pub fn new(kind: ProviderKind, clock: Arc<dyn Clock>) -> Self {
        let state = State {
            kind,
            next: 0,
            refresh: HashMap::new(),
            access: HashMap::new(),
            revoked: Vec::new(),
            requests: 0,
            reuses: 0,
            revocations: 0,
            faults: VecDeque::new(),
        };
        Self { clock, state: Arc::new(Mutex::new(state)) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The tokens of a new sign-in.
    pub fn sign_in(&self) -> Tokens {
        let now = self.clock.monotonic();
        let mut state = self.state();
        let family = state.number();
        let (access, refresh) = (state.new_access(family, now), state.new_refresh(family));
        state.response(access, Some(refresh))
    }

    /// Makes the next requests fail, in this order.
    pub fn fail_next(&self, faults: impl IntoIterator<Item = ProviderFault>) {
        self.state().faults.extend(faults);
    }

    /// The number of token requests that arrived.
    pub fn requests(&self) -> u64 {
        self.state().requests
    }

    /// How often a spent refresh token was used again outside of the replay window.
    pub fn reuses(&self) -> u64 {
        self.state().reuses
    }

    /// Whether a refresh with this token would succeed.
    pub fn would_refresh(&self, refresh: &Secret) -> bool {
        let state = self.state();
        state
            .refresh
            .get(refresh.expose())
            .is_some_and(|issued| issued.spent.is_none() && !state.revoked.contains(&issued.family))
    }

    /// Whether the API would accept this access token.
    pub fn accepts(&self, access: &str) -> bool {
        let now = self.clock.monotonic();
        let state = self.state();
        state.access.get(access).is_some_and(|(family, end)| {
            !state.revoked.contains(family) && end.is_none_or(|end| now < end)
        })
    }

    /// Expires every access token, as a revocation by an administrator does.
    pub fn expire_access_tokens(&self) {
        self.state().access.clear();
    }

    /// One refresh, without the latency. The provider may carry it out although the response is lost.
    ///
    /// # Errors
    /// The failure the client sees.
    pub fn refresh(&self, refresh: &str) -> Result<Tokens, TokenError> {
        let now = self.clock.monotonic();
        let mut state = self.state();
        let fault = state.faults.pop_front();
        match fault {
            Some(ProviderFault::Unreachable) => {
                return Err(TokenError::new(TokenErrorKind::Unreachable));
            }
            Some(ProviderFault::Down) => {
                return Err(TokenError::new(TokenErrorKind::ServerFailure).with_status(503));
            }
            Some(ProviderFault::LostResponse) | None => {}
        }
        let result = state.refresh(refresh, now);
        match fault {
            Some(_) => Err(TokenError::new(TokenErrorKind::ConnectionLost)),
            None => result,
        }
    }

    /// Revokes these tokens and no others of their family (RFC 7009 leaves the rest to the provider).
    pub fn revoke(&self, tokens: &Tokens) {
        let mut state = self.state();
        state.revocations += 1;
        state.access.remove(tokens.access.expose());
        if let Some(refresh) = &tokens.refresh {
            state.refresh.remove(refresh.expose());
        }
    }

    /// The number of revocations.
    pub fn revocations(&self) -> u64 {
        self.state().revocations
    }

    /// The number of refresh tokens that would still work.
    pub fn live_sessions(&self) -> usize {
        let state = self.state();
        let live =
            |issued: &&Issued| issued.spent.is_none() && !state.revoked.contains(&issued.family);
        state.refresh.values().filter(live).count()
    }

    /// The tokens of a client credentials grant.
    pub fn client_credentials(&self) -> Tokens {
        let now = self.clock.monotonic();
        let mut state = self.state();
        state.requests += 1;
        let family = state.number();
        let access = state.new_access(family, now);
        state.response(access, None)
    }

    /// The duration of one request.
    pub fn latency(&self) -> Duration {
        self.state().kind.latency
    }
}

impl State {
    fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    fn new_access(&mut self, family: u64, now: Duration) -> String {
        let token = format!("access-{}", self.number());
        let end = self.kind.lifetime.map(|lifetime| now + lifetime);
        self.access.insert(token.clone(), (family, end));
        token
    }

    fn new_refresh(&mut self, family: u64) -> String {
        let token = format!("refresh-{}", self.number());
        self.refresh.insert(token.clone(), Issued { family, spent: None });
        token
    }

    fn response(&self, access: String, refresh: Option<String>) -> Tokens {
        let mut tokens = Tokens::new(access);
        tokens.refresh = refresh.map(Secret::from);
        tokens.lifetime = self.kind.lifetime.filter(|_| self.kind.reports_lifetime);
        tokens
    }

    fn refresh(&mut self, refresh: &str, now: Duration) -> Result<Tokens, TokenError> {
        self.requests += 1;
        let invalid = TokenError::from_code("invalid_grant").with_status(400);
        let Some(issued) = self.refresh.get(refresh).cloned() else { return Err(invalid) };
        if self.revoked.contains(&issued.family) {
            return Err(invalid);
        }
        if let Some((at, access, next)) = issued.spent {
            if now < at + self.kind.replay_window {
                return Ok(self.response(access, Some(next)));
            }
            self.reuses += 1;
            self.revoked.push(issued.family);
            return Err(invalid);
        }
        let access = self.new_access(issued.family, now);
        if !self.kind.rotating {
            let repeated = self.kind.repeats_refresh_token.then(|| refresh.to_owned());
            return Ok(self.response(access, repeated));
        }
        let next = self.new_refresh(issued.family);
        if let Some(issued) = self.refresh.get_mut(refresh) {
            issued.spent = Some((now, access.clone(), next.clone()));
        }
        Ok(self.response(access, Some(next)))
    }
}

/// Renews sessions at a [`Provider`].
#[derive(Debug, Clone)]
pub struct ProviderGrant(pub Provider);

impl Grant for ProviderGrant {
    fn spends_refresh_token(&self) -> bool {
        true
    }

    fn obtain<'a>(
        &'a self,
        refresh: Option<&'a Secret>,
    ) -> BoxFuture<'a, Result<Tokens, TokenError>> {
        Box::pin(async move {
            let latency = self.0.latency();
            tokio::time::sleep(latency / 2).await;
            let result = self.0.refresh(refresh.map_or("", Secret::expose));
            tokio::time::sleep(latency / 2).await;
            result
        })
    }

    fn revoke<'a>(&'a self, tokens: &'a Tokens) -> BoxFuture<'a, Result<(), TokenError>> {
        Box::pin(async {
            self.0.revoke(tokens);
            Ok(())
        })
    }
}
