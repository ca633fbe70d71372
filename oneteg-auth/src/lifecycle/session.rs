//! How a session begins, ends, and is closed before its program ends.

use std::{future::Future, sync::Arc, time::Duration};

use super::{Lifecycle, Live, Outcome, Shared, control::Ending, refresh::COMMIT_PAUSES};
use crate::{
    Attempt, AuthError, CredentialVersion, LeaseAnswer, Session, StoreError, TokenError, Tokens,
    probe,
};

/// Tokens that the provider granted and the store could not take.
#[derive(Debug, Clone)]
pub(super) struct Unsaved {
    pub(super) tokens: Tokens,
    /// When they were granted, on the monotonic clock.
    pub(super) at: Duration,
    pub(super) from: Granted,
}

/// What tokens were granted for.
#[derive(Debug, Clone)]
pub(super) enum Granted {
    /// A refresh; the attempt lets the store see whether they still follow what it has.
    Refresh(Attempt),
    /// A sign-in, over a stored session of this version as far as it could be read.
    SignIn(Option<CredentialVersion>),
}

impl Lifecycle {
    /// Stores the tokens of a sign-in over whatever was there, in its own task: a caller who stops
    /// waiting must not leave one session in the store and another one in use.
    pub(crate) async fn sign_in(&self, tokens: Tokens) -> Result<(), AuthError> {
        let shared = Arc::clone(&self.shared);
        self.shared.work.start(async move { shared.sign_in(tokens).await })?.await?
    }

    /// Runs work of this session in its own task: a caller who stops waiting does not stop it.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, AuthError> {
        self.shared.work.start(work)?.await
    }

    /// Whose session it is.
    pub(crate) fn binding(&self) -> Option<&str> {
        self.shared.binding.as_deref()
    }

    /// The time to give to [`Lifecycle::since`].
    pub(crate) fn now(&self) -> Duration {
        self.shared.clock.monotonic()
    }

    /// Tokens whose request was sent at that time; the moment of the grant is unknown.
    pub(crate) fn since(&self, sent_at: Duration, tokens: &Tokens) -> Tokens {
        self.shared.aged(tokens, sent_at)
    }

    /// Ends the session; returns the error if the provider could not be notified.
    pub(crate) async fn sign_out(&self) -> Result<Option<TokenError>, AuthError> {
        let shared = Arc::clone(&self.shared);
        let work = self.shared.work.start(async move { shared.sign_out().await })?;
        work.await?
    }

    /// The stored tokens of this session, valid or not.
    pub(crate) async fn stored_tokens(&self) -> Result<Option<Tokens>, AuthError> {
        Ok(self.shared.load().await?.and_then(|session| session.tokens))
    }

    /// Waits for what is under way and stores what is not stored yet.
    pub(crate) async fn close(&self) -> Result<(), AuthError> {
        self.shared.control().closed = true;
        self.shared.work.ended().await;
        let shared = Arc::clone(&self.shared);
        let saving = self.shared.work.start(async move {
            let epoch = shared.control().epoch;
            shared.save_unsaved(epoch, &mut None).await
        })?;
        match saving.await? {
            Some(Err(error @ AuthError::Unsaved(_))) => Err(error),
            _ => Ok(()),
        }
    }
}

impl Shared {
    async fn sign_in(&self, mut tokens: Tokens) -> Result<(), AuthError> {
        let _turn = self.changing.lock().await;
        let at = self.clock.monotonic();
        tokens.binding.clone_from(&self.binding);
        // A token that cannot be sent is not worth the loss of the session that is there.
        self.live(CredentialVersion(0), &tokens)?;
        let mut base = None;
        let mut failure = StoreError::Busy;
        for pause in [Duration::ZERO].into_iter().chain(COMMIT_PAUSES) {
            tokio::time::sleep(pause).await;
            let aged = self.aged(&tokens, at);
            match self.store_sign_in(&aged, &mut base).await {
                Ok(version) => {
                    self.begin_session(self.live(version, &aged)?, None);
                    return Ok(());
                }
                Err(error @ StoreError::Busy) => {
                    failure = error;
                    break;
                }
                Err(error) => failure = error,
            }
        }
        tracing::warn!(error = %failure, "the tokens of a sign-in are kept in memory");
        let mut live = self.live(CredentialVersion(0), &self.aged(&tokens, at))?;
        // Valid and never fresh: each request tries to have it stored.
        live.fresh_until = Duration::ZERO;
        let from = Granted::SignIn(base);
        self.begin_session(live, Some(Unsaved { tokens, at, from }));
        Err(AuthError::Unsaved(failure))
    }

    /// Writes the tokens of a sign-in, whatever is stored and whoever holds the lease next. `base` becomes
    /// the version they are written over.
    pub(super) async fn store_sign_in(
        &self,
        tokens: &Tokens,
        base: &mut Option<CredentialVersion>,
    ) -> Result<CredentialVersion, StoreError> {
        let started = self.clock.monotonic();
        loop {
            let lease = match self.store.lease(&self.key, &self.owner, self.policy.lease_ttl).await
            {
                Ok(LeaseAnswer::Granted(lease)) => lease,
                Ok(LeaseAnswer::Held { remaining }) => {
                    let waited = self.clock.monotonic().saturating_sub(started);
                    if waited > self.policy.lease_patience {
                        return Err(StoreError::Busy);
                    }
                    tokio::time::sleep(remaining.min(Duration::from_millis(200))).await;
                    continue;
                }
                // Nobody can read what is there, and it must not keep anybody from signing in.
                Err(error) if error.is_unreadable() => {
                    self.clear_unreadable(&error).await?;
                    continue;
                }
                Err(error) => return Err(error),
            };
            probe::reach("sign-in leased");
            let stored = match self.store.load(&self.key).await {
                Ok(session) => {
                    let version = session.map_or(CredentialVersion(0), |session| session.version);
                    *base = Some(version);
                    self.store.commit(&lease, version, tokens).await
                }
                Err(error) if error.is_unreadable() => {
                    self.clear_unreadable(&error).await?;
                    continue;
                }
                Err(error) => Err(error),
            };
            let _ = self.store.release(&lease).await;
            match stored {
                Err(StoreError::VersionMoved { .. } | StoreError::LeaseLost) => {}
                stored => return stored,
            }
        }
    }

    /// Makes room for a sign-in where a record cannot be read.
    async fn clear_unreadable(&self, error: &StoreError) -> Result<(), StoreError> {
        tracing::warn!(%error, "a sign-in replaces a stored session that cannot be read");
        self.store.clear(&self.key).await?;
        // A store that leaves it unreadable is not asked for ever.
        self.store.load(&self.key).await.map(drop)
    }

    async fn sign_out(&self) -> Result<Option<TokenError>, AuthError> {
        // At once: the tokens of a session that is being signed out serve nobody.
        let mut granted: Vec<Tokens> =
            self.end_session(Ending::Begins).into_iter().map(|unsaved| unsaved.tokens).collect();
        let cleared = {
            let _turn = self.changing.lock().await;
            // An unreadable record is cleared all the same.
            let stored = self.load().await.ok().flatten().and_then(|session| session.tokens);
            granted.extend(stored);
            let cleared = self.store.clear(&self.key).await;
            // What was read, granted or signed in to since the beginning ends with what is stored.
            granted.extend(self.end_session(Ending::Done).map(|unsaved| unsaved.tokens));
            cleared
        };
        // The store first: revoking takes as long as the provider likes, and nobody waits that long.
        let mut not_revoked = None;
        for tokens in granted {
            if let Err(error) = self.grant.revoke(&tokens).await {
                tracing::warn!(%error, "the tokens of a signed-out session could not be revoked");
                not_revoked.get_or_insert(error);
            }
        }
        cleared?;
        Ok(not_revoked)
    }

    /// Retries storing what was granted earlier. `None` if nothing is pending, or if what was stored is of no
    /// use any more; its version then becomes the stale one.
    pub(super) async fn save_unsaved(
        &self,
        epoch: u64,
        stale: &mut Option<CredentialVersion>,
    ) -> Option<Outcome> {
        self.control().unsaved.as_ref()?;
        // Not beside a sign-out, which would clear the store first and be undone.
        let _turn = self.changing.lock().await;
        let mut unsaved = self.unsaved(epoch)?;
        let tokens = self.aged(&unsaved.tokens, unsaved.at);
        let saved = match &mut unsaved.from {
            Granted::Refresh(attempt) => self.store.offer(&self.key, attempt, &tokens).await,
            Granted::SignIn(base) => match self.signed_out_elsewhere(*base).await {
                Ok(true) => {
                    self.saved(epoch);
                    self.revoke(&tokens).await;
                    return None;
                }
                Ok(false) => self.store_sign_in(&tokens, base).await,
                Err(error) => Err(error),
            },
        };
        if matches!(saved, Ok(_) | Err(StoreError::VersionMoved { .. })) {
            self.saved(epoch);
        }
        match saved {
            // The access token expired while it was kept in memory; its refresh token is still good.
            Ok(version)
                if tokens.lifetime == Some(Duration::ZERO)
                    && tokens.lifetime != unsaved.tokens.lifetime =>
            {
                *stale = Some(version);
                None
            }
            Ok(version) => Some(self.use_granted(version, &tokens, epoch).await),
            Err(StoreError::VersionMoved { .. }) => {
                if let Ok(Some(Session { tokens: None, .. })) = self.load().await {
                    // Signed out by another process, which did not know of these tokens.
                    self.revoke(&tokens).await;
                }
                None
            }
            Err(error) => {
                if let Some(unsaved) = self.keep(unsaved, epoch) {
                    return Some(self.superseded(&unsaved.tokens, epoch).await);
                }
                Some(Err(AuthError::Unsaved(error)))
            }
        }
    }

    /// Whether somebody signed out after a sign-in that could not be stored over the version `base`.
    async fn signed_out_elsewhere(
        &self,
        base: Option<CredentialVersion>,
    ) -> Result<bool, StoreError> {
        let Some(base) = base else { return Ok(false) };
        Ok(match self.store.load(&self.key).await {
            Ok(Some(session)) => session.version > base && session.tokens.is_none(),
            Ok(None) => false,
            Err(error) if error.is_unreadable() => false,
            Err(error) => return Err(error),
        })
    }

    /// What a refresh ends with that was granted tokens for a session which was replaced or signed out
    /// meanwhile.
    pub(super) async fn superseded(&self, granted: &Tokens, epoch: u64) -> Outcome {
        if self.signed_out_since(epoch) {
            self.revoke(granted).await;
        }
        self.in_use()
    }

    /// Tells the provider about tokens that were granted to a session that is over.
    pub(super) async fn revoke(&self, tokens: &Tokens) {
        if let Err(error) = self.grant.revoke(tokens).await {
            tracing::warn!(%error, "the tokens of a signed-out session could not be revoked");
        }
    }

    /// Tokens with the lifetime that is left of what was granted at `at`.
    pub(super) fn aged(&self, tokens: &Tokens, at: Duration) -> Tokens {
        let age = self.clock.monotonic().saturating_sub(at);
        let mut aged = tokens.clone();
        aged.lifetime = aged.lifetime.map(|lifetime| lifetime.saturating_sub(age));
        aged
    }

    pub(super) fn live(
        &self,
        version: CredentialVersion,
        tokens: &Tokens,
    ) -> Result<Live, AuthError> {
        let now = self.clock.monotonic();
        let ahead = self.policy.refresh_ahead;
        Live::new(&self.header, version, tokens, Duration::ZERO, now, ahead)
    }
}
