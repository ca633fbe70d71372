//! One session in one process: the token in use, and the single refresh in flight that replaces it.
//!
//! | The token in use is | A request |
//! |---|---|
//! | fresh | uses it: one atomic load |
//! | due for renewal, still valid | waits for the renewal up to `renewal_patience`, then uses the old one |
//! | expired, refused or absent | waits for the refresh in flight, which runs in its own task |
//!
//! | Module | Holds |
//! |---|---|
//! | `policy` | timing |
//! | `active_token` | the token in use and its times |
//! | `backoff` | the waits between token requests |
//! | `journal` | whether a refresh token may be used that may have been used before |
//! | `state` | what changes: epoch, refresh in flight, unsaved tokens |
//! | `shared` | what all handles and tasks of a session share |
//! | `lease`, `publish`, `commit`, `unsaved` | the steps of a refresh |
//! | `refresh`, `sign_in`, `sign_out` | the three ways a session changes |

mod active_token;
mod backoff;
mod commit;
mod journal;
mod lease;
mod policy;
mod publish;
mod refresh;
mod shared;
mod sign_in;
mod sign_out;
mod state;
mod unsaved;

use std::{future::Future, sync::Arc, time::Duration};

use http::HeaderValue;
use tokio::sync::watch;

pub(crate) use self::shared::SessionStorage;
use self::{
    active_token::ActiveToken,
    shared::SharedSession,
    state::{RefreshInFlight, State, TokenResult},
};
pub use self::{
    active_token::TokenHeader,
    journal::{JournalVerdict, judge_journal},
    policy::{ReplayWindow, SessionPolicy},
    sign_out::SignedOut,
};
use crate::{AuthError, AuthRequest, BoxFuture, Clock, CredentialVersion, Grant, Recovery, Tokens};

/// A handle to a session that keeps it alive. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    shared: Arc<SharedSession>,
}

impl Session {
    pub(crate) fn new(
        grant: Arc<dyn Grant>,
        storage: SessionStorage,
        header: TokenHeader,
        clock: Arc<dyn Clock>,
        policy: SessionPolicy,
    ) -> Result<Self, AuthError> {
        let shared = Arc::new(SharedSession::new(grant, storage, header, clock, policy)?);
        Ok(Self { shared })
    }

    /// Puts a token into a request. With a fresh one this allocates the returned box and nothing else.
    pub(crate) fn authorize<'a>(
        &'a self,
        request: AuthRequest<'a>,
    ) -> BoxFuture<'a, Result<CredentialVersion, AuthError>> {
        let name = self.shared.header.name();
        if let Some((value, version)) = self.warm_header() {
            request.headers.insert(name, value);
            return Box::pin(std::future::ready(Ok(version)));
        }
        Box::pin(async move {
            let token = self.token().await?;
            request.headers.insert(name, token.header.clone());
            Ok(token.stamp)
        })
    }

    /// The header value of a fresh token: one atomic load and one clone of a reference-counted value.
    pub(crate) fn warm_header(&self) -> Option<(HeaderValue, CredentialVersion)> {
        let active = self.shared.active.load();
        let token = active.as_ref()?;
        (self.shared.now() < token.fresh_until).then(|| (token.header.clone(), token.stamp))
    }

    /// A token that can be sent now, refreshed if need be. Dropping the future never stops a refresh.
    pub(crate) async fn token(&self) -> TokenResult {
        let active = self.shared.active.load_full();
        let now = self.shared.now();
        match active {
            Some(token) if now < token.fresh_until => Ok(token),
            Some(token) if now < token.expires_at => self.renewed(token).await,
            active => self.refreshed(active).await,
        }
    }

    /// Ahead of expiry: the renewed token, or the valid one if the renewal fails or takes long. The call
    /// waits because a renewal that nobody waits for would end with a program that ends, after the provider
    /// rotated the refresh token and before its successor was stored.
    async fn renewed(&self, token: Arc<ActiveToken>) -> TokenResult {
        if self.shared.state().skips_renewal() {
            return Ok(token);
        }
        // Why it could not be started is reported to those who need a new token.
        let Ok(refresh) = self.join_refresh(Some(token.stored)) else { return Ok(token) };
        // Counted from the start of the refresh: a token endpoint that hangs delays only the first calls.
        let waited = self.shared.now().saturating_sub(refresh.started);
        let patience = self.shared.policy.renewal_patience.saturating_sub(waited);
        if patience == Duration::ZERO || tokio::runtime::Handle::try_current().is_err() {
            return Ok(token);
        }
        if let Ok(Ok(renewed)) =
            tokio::time::timeout(patience, refresh_result(refresh.result)).await
        {
            return Ok(renewed);
        }
        // A sign-out takes the old token out of use, and it may have expired during the wait.
        match self.shared.active.load_full() {
            Some(token) if self.shared.now() < token.expires_at => Ok(token),
            active => self.refreshed(active).await,
        }
    }

    async fn refreshed(&self, stale: Option<Arc<ActiveToken>>) -> TokenResult {
        let refresh = self.join_refresh(stale.map(|token| token.stored))?;
        refresh_result(refresh.result).await
    }

    /// The vendor refused a token of this version (RFC 6750 section 3.1).
    pub(crate) async fn refused(&self, version: CredentialVersion) -> Result<Recovery, AuthError> {
        // Twice, because a refresh that was in flight before the refusal may end with the refused version,
        // and so may one that only stores the refused token.
        for _ in 0..2 {
            let active = self.shared.active.load_full();
            if active.as_ref().is_some_and(|token| token.stamp > version) {
                return Ok(Recovery::Retry);
            }
            let stale = active.map(|token| token.stored);
            let refresh = {
                let mut state = self.shared.state();
                let now = self.shared.now();
                if state.running_refresh().is_none() && !state.has_unsaved() {
                    // An error rather than `GiveUp`: the caller may come back after the wait.
                    state.backoff.check(now)?;
                    if !state.backoff.refusal_allowed(version, now, &self.shared.policy) {
                        return Ok(Recovery::GiveUp);
                    }
                }
                self.join_refresh_locked(&mut state, stale)?
            };
            if refresh_result(refresh.result).await?.stamp > version {
                return Ok(Recovery::Retry);
            }
        }
        Ok(Recovery::GiveUp)
    }

    /// Joins the refresh in flight, or starts one in its own task.
    fn join_refresh(&self, stale: Option<CredentialVersion>) -> Result<RefreshInFlight, AuthError> {
        self.join_refresh_locked(&mut self.shared.state(), stale)
    }

    fn join_refresh_locked(
        &self,
        state: &mut State,
        stale: Option<CredentialVersion>,
    ) -> Result<RefreshInFlight, AuthError> {
        if state.is_signing_out() {
            return Err(AuthError::NotSignedIn);
        }
        if let Some(refresh) = state.running_refresh() {
            return Ok(refresh);
        }
        let started = self.shared.now();
        state.backoff.check(started)?;
        let (sender, result) = watch::channel(None);
        let shared = Arc::clone(&self.shared);
        let epoch = state.epoch();
        // The task runs even if nobody waits for its result any more: the rotation must be stored.
        let _task = self.shared.tasks.start(async move {
            let result = shared.refresh(stale, epoch).await;
            shared.finish_refresh(epoch, &result);
            let _ = sender.send(Some(result));
        })?;
        let refresh = RefreshInFlight { result, started };
        state.refresh = Some(refresh.clone());
        Ok(refresh)
    }

    /// Stores the tokens of a sign-in over whatever was there, in its own task: a caller that stops waiting
    /// must not leave one session in the store and another one in use.
    pub(crate) async fn sign_in(&self, tokens: Tokens) -> Result<(), AuthError> {
        let shared = Arc::clone(&self.shared);
        self.run(async move { shared.sign_in(tokens).await }).await?
    }

    /// Ends the session, in its own task.
    pub(crate) async fn sign_out(&self) -> Result<SignedOut, AuthError> {
        let shared = Arc::clone(&self.shared);
        self.run(async move { shared.sign_out().await }).await?
    }

    /// Waits for what is in progress and stores what is not stored yet.
    pub(crate) async fn close(&self) -> Result<(), AuthError> {
        self.shared.state().closed = true;
        self.shared.tasks.finished().await;
        let shared = Arc::clone(&self.shared);
        let saved = self.run(async move {
            let epoch = shared.state().epoch();
            shared.save_unsaved(epoch, &mut None).await
        });
        match saved.await? {
            Some(Err(error @ AuthError::Unsaved(_))) => Err(error),
            _ => Ok(()),
        }
    }

    /// Runs work of this session in its own task: a caller that stops waiting does not stop it.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, AuthError> {
        self.shared.tasks.start(work)?.await
    }

    /// The stored tokens of this session, valid or not.
    pub(crate) async fn stored_tokens(&self) -> Result<Option<Tokens>, AuthError> {
        Ok(self.shared.load().await?.and_then(|session| session.tokens))
    }

    /// What the session belongs to.
    pub(crate) fn binding(&self) -> Option<&str> {
        self.shared.binding.as_deref()
    }

    /// The time to pass to [`Session::with_remaining_lifetime`].
    pub(crate) fn now(&self) -> Duration {
        self.shared.now()
    }

    /// The tokens of a request that was sent at `sent_at`: the moment of the grant is unknown.
    pub(crate) fn with_remaining_lifetime(&self, tokens: &Tokens, sent_at: Duration) -> Tokens {
        self.shared.with_remaining_lifetime(tokens, sent_at)
    }
}

async fn refresh_result(mut result: watch::Receiver<Option<TokenResult>>) -> TokenResult {
    match result.wait_for(Option::is_some).await {
        Ok(result) => result.clone().unwrap_or(Err(AuthError::Interrupted)),
        Err(_) => Err(AuthError::Interrupted),
    }
}
