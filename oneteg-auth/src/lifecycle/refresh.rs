use std::{sync::Arc, time::Duration};

use super::{JournalVerdict, Live, Outcome, Shared, judge_journal};
use crate::{
    Attempt, AttemptState, AuthError, CredentialVersion, Lease, LeaseAnswer, Session, StoreError,
    TokenError, TokenErrorKind, Tokens, probe, random,
};

/// The pauses between tries to store tokens that the provider granted.
const COMMIT_PAUSES: [Duration; 3] =
    [Duration::from_millis(50), Duration::from_millis(200), Duration::from_secs(1)];

/// How often a lease that ran out before the token request is taken anew.
const LEASES: u32 = 3;

/// Tokens that the provider granted and the store could not take.
#[derive(Debug)]
pub(super) struct Unsaved {
    attempt: Attempt,
    tokens: Tokens,
    /// When they were granted, on the monotonic clock.
    at: Duration,
}

impl Shared {
    /// Gets a token newer than `stale`: from the store if another process was faster, else from the
    /// provider under a lease. Runs in a task of its own, one at a time.
    pub(super) async fn refresh(&self, stale: Option<CredentialVersion>) -> Outcome {
        probe::reach("begin");
        if let Some(outcome) = self.save_unsaved().await {
            return outcome;
        }
        let session = match self.store.load(&self.key).await {
            Ok(session) => session,
            Err(error) => return self.without_store(error).await,
        };
        probe::reach("loaded");
        if let Some(live) = self.adopt(session.as_ref(), stale)? {
            return Ok(live);
        }
        if self.grant.spends_refresh_token() {
            match session {
                Some(Session { tokens: Some(_), version, .. }) => {
                    // Asking again with the same refresh token has the same answer.
                    if self.control().ended == Some(version) {
                        return Err(AuthError::SessionEnded);
                    }
                }
                _ => return Err(AuthError::NotSignedIn),
            }
        }
        let mut outcome = Err(StoreError::LeaseLost.into());
        for _ in 0..LEASES {
            let lease = match self.take_lease(stale).await {
                Ok(Leased::Mine(lease)) => lease,
                Ok(Leased::Adopted(live)) => return Ok(live),
                Err(AuthError::Store(error)) => return self.without_store(error).await,
                Err(error) => return Err(error),
            };
            probe::reach("leased");
            outcome = self.refresh_leased(&lease, stale).await;
            if let Err(error) = self.store.release(&lease).await {
                tracing::warn!(%error, "a lease could not be given back and will run out");
            }
            probe::reach("released");
            // Lost before anything was asked of the provider: look again, somebody may have refreshed.
            if !matches!(outcome, Err(AuthError::Store(StoreError::LeaseLost))) {
                break;
            }
        }
        outcome
    }

    async fn refresh_leased(&self, lease: &Lease, stale: Option<CredentialVersion>) -> Outcome {
        // Between the first look and the lease another process may have refreshed.
        let session = self.store.load(&self.key).await?;
        probe::reach("reread");
        if let Some(live) = self.adopt(session.as_ref(), stale)? {
            return Ok(live);
        }
        let version = session.as_ref().map_or(CredentialVersion(0), |session| session.version);
        if !self.grant.spends_refresh_token() {
            let tokens = self.grant.obtain(None).await?;
            return match self.store.commit(lease, version, &tokens).await {
                Ok(version) => self.use_now(version, &tokens),
                Err(error) => self.use_unstored(&tokens, &error),
            };
        }
        let Some(Session { tokens: Some(old), journal, .. }) = session else {
            return Err(AuthError::NotSignedIn);
        };
        let Some(hash) = old.refresh_hash() else { return Err(AuthError::SessionEnded) };
        let verdict = judge_journal(hash, &self.owner, journal.as_ref(), self.policy.replay);
        if verdict == JournalVerdict::Uncertain {
            return Err(AuthError::GrantUncertain);
        }
        let mut attempt = Attempt {
            owner: self.owner.clone(),
            refresh: hash,
            version,
            replay: verdict == JournalVerdict::Replay,
            state: AttemptState::Open,
        };
        self.store.journal(lease, Some(&attempt)).await?;
        probe::reach("journalled");
        let sent_at = self.clock.monotonic();
        let answer = self.ask(lease, &old).await;
        probe::reach("answered");
        match answer {
            Ok(mut tokens) => {
                let took = self.clock.monotonic().saturating_sub(sent_at);
                tokens.lifetime = tokens.lifetime.map(|lifetime| lifetime.saturating_sub(took));
                // RFC 6749 section 6: without a new refresh token the old one stays good.
                tokens.refresh = tokens.refresh.or(old.refresh);
                tokens.id_token = tokens.id_token.or(old.id_token);
                if tokens.scopes.is_empty() {
                    tokens.scopes = old.scopes;
                }
                self.save(lease, attempt, tokens).await
            }
            Err(error) if error.kind == TokenErrorKind::InvalidGrant => {
                self.refused_grant(lease, stale, version).await
            }
            Err(error) => {
                attempt.state = AttemptState::Abandoned;
                let entry = error.may_have_been_granted().then_some(&attempt);
                if let Err(error) = self.store.journal(lease, entry).await {
                    // The next attempt of this process may repeat its own open attempt.
                    tracing::warn!(%error, "a failed refresh could not be noted in the store");
                }
                Err(error.into())
            }
        }
    }

    /// The token request, with the lease kept alive while it runs.
    async fn ask(&self, lease: &Lease, old: &Tokens) -> Result<Tokens, TokenError> {
        let request = self.grant.obtain(old.refresh.as_ref());
        tokio::pin!(request);
        loop {
            let beat = tokio::time::sleep(self.policy.lease_ttl / 3);
            tokio::select! {
                biased;
                answer = &mut request => return answer,
                () = beat => {
                    if let Err(error) = self.store.renew(lease, self.policy.lease_ttl).await {
                        tracing::warn!(%error, "the lease was lost while the token request runs");
                    }
                }
            }
        }
    }

    /// Stores the new refresh token before the access token is used (RFC 9700 section 4.14).
    async fn save(&self, lease: &Lease, attempt: Attempt, tokens: Tokens) -> Outcome {
        let granted = self.clock.monotonic();
        let mut failure = None;
        for pause in [Duration::ZERO].into_iter().chain(COMMIT_PAUSES) {
            tokio::time::sleep(pause).await;
            let tokens = self.aged(&tokens, granted);
            let stored = match self.store.commit(lease, attempt.version, &tokens).await {
                Err(StoreError::LeaseLost) => self.store.offer(&self.key, &attempt, &tokens).await,
                stored => stored,
            };
            match stored {
                Ok(version) => {
                    probe::reach("committed");
                    return self.use_now(version, &tokens);
                }
                Err(StoreError::VersionMoved { .. }) => return self.overtaken().await,
                Err(error) => failure = Some(error),
            }
        }
        let error = failure.unwrap_or(StoreError::Busy);
        tracing::warn!(%error, "new tokens could not be stored and are kept in memory");
        self.control().unsaved = Some(Unsaved { attempt, tokens, at: granted });
        Err(AuthError::Unsaved(error))
    }

    /// Another refresh, sign-in or sign-out came first: what is stored is what counts.
    async fn overtaken(&self) -> Outcome {
        let session = self.store.load(&self.key).await?;
        match self.adopt(session.as_ref(), None)? {
            Some(live) => Ok(live),
            None => Err(AuthError::NotSignedIn),
        }
    }

    /// Tries again to store what an earlier refresh was granted. `None`: there is nothing of the kind.
    async fn save_unsaved(&self) -> Option<Outcome> {
        let Unsaved { attempt, tokens, at } = self.control().unsaved.take()?;
        let aged = self.aged(&tokens, at);
        match self.store.offer(&self.key, &attempt, &aged).await {
            Ok(version) => Some(self.use_now(version, &aged)),
            Err(StoreError::VersionMoved { .. }) => None,
            Err(error) => {
                self.control().unsaved = Some(Unsaved { attempt, tokens, at });
                Some(Err(AuthError::Unsaved(error)))
            }
        }
    }

    /// Tokens with the lifetime that is left of what was granted at `at`.
    fn aged(&self, tokens: &Tokens, at: Duration) -> Tokens {
        let age = self.clock.monotonic().saturating_sub(at);
        let mut aged = tokens.clone();
        aged.lifetime = aged.lifetime.map(|lifetime| lifetime.saturating_sub(age));
        aged
    }

    /// `invalid_grant` is final only if nobody else refreshed in the meantime.
    async fn refused_grant(
        &self,
        lease: &Lease,
        stale: Option<CredentialVersion>,
        version: CredentialVersion,
    ) -> Outcome {
        let session = self.store.load(&self.key).await?;
        if session.as_ref().is_some_and(|session| session.version > version)
            && let Some(live) = self.adopt(session.as_ref(), stale)?
        {
            return Ok(live);
        }
        if let Err(error) = self.store.journal(lease, None).await {
            tracing::warn!(%error, "a refused refresh could not be noted in the store");
        }
        self.control().ended = Some(version);
        Err(AuthError::SessionEnded)
    }

    async fn take_lease(&self, stale: Option<CredentialVersion>) -> Result<Leased, AuthError> {
        let started = self.clock.monotonic();
        let mut pause = Duration::from_millis(10);
        loop {
            match self.store.lease(&self.key, &self.owner, self.policy.lease_ttl).await? {
                LeaseAnswer::Granted(lease) => return Ok(Leased::Mine(lease)),
                LeaseAnswer::Held { remaining } => {
                    let waited = self.clock.monotonic().saturating_sub(started);
                    if waited > self.policy.lease_patience {
                        return Err(StoreError::Busy.into());
                    }
                    let spread = Duration::from_millis(random::jitter(10));
                    // A lease that ends soon is worth waiting for exactly.
                    tokio::time::sleep(pause.min(remaining).saturating_add(spread)).await;
                    pause = (pause * 3 / 2).min(Duration::from_millis(200));
                }
            }
            let session = self.store.load(&self.key).await?;
            if let Some(live) = self.adopt(session.as_ref(), stale)? {
                return Ok(Leased::Adopted(live));
            }
        }
    }

    /// With the store down a refresh token is left alone: a rotation that nobody keeps is a lost
    /// session. A grant that spends nothing goes on without the store.
    async fn without_store(&self, error: StoreError) -> Outcome {
        if self.grant.spends_refresh_token() {
            return Err(error.into());
        }
        let tokens = self.grant.obtain(None).await?;
        self.use_unstored(&tokens, &error)
    }

    fn use_unstored(&self, tokens: &Tokens, error: &StoreError) -> Outcome {
        tracing::warn!(%error, "a token serves this process only");
        // Whatever the store has later is newer than this.
        let stored = self.current.load().as_ref().map_or(CredentialVersion(0), |live| live.stored);
        Ok(self.publish_unstored(self.live(stored, tokens)?))
    }

    /// Puts the stored token to use if it is newer than the stale one and not expired.
    pub(crate) fn adopt(
        &self,
        session: Option<&Session>,
        stale: Option<CredentialVersion>,
    ) -> Result<Option<Arc<Live>>, AuthError> {
        let Some(session) = session else { return Ok(None) };
        if stale.is_some_and(|stale| session.version <= stale) {
            return Ok(None);
        }
        let now = self.clock.monotonic();
        let live = Live::from_session(&self.header, session, now, self.policy.refresh_ahead)?;
        Ok(live.map(|live| self.publish(live)))
    }

    fn use_now(&self, version: CredentialVersion, tokens: &Tokens) -> Outcome {
        let live = self.publish(self.live(version, tokens)?);
        probe::reach("published");
        Ok(live)
    }

    fn live(&self, version: CredentialVersion, tokens: &Tokens) -> Result<Live, AuthError> {
        let now = self.clock.monotonic();
        let ahead = self.policy.refresh_ahead;
        Live::new(&self.header, version, tokens, Duration::ZERO, now, ahead)
    }

    /// Stores the tokens of a sign-in over whatever was there.
    pub(crate) async fn store_sign_in(&self, tokens: &Tokens) -> Result<(), AuthError> {
        let started = self.clock.monotonic();
        loop {
            let lease =
                match self.store.lease(&self.key, &self.owner, self.policy.lease_ttl).await? {
                    LeaseAnswer::Granted(lease) => lease,
                    LeaseAnswer::Held { remaining } => {
                        let waited = self.clock.monotonic().saturating_sub(started);
                        if waited > self.policy.lease_patience {
                            return Err(StoreError::Busy.into());
                        }
                        tokio::time::sleep(remaining.min(Duration::from_millis(200))).await;
                        continue;
                    }
                };
            let session = self.store.load(&self.key).await?;
            let version = session.map_or(CredentialVersion(0), |session| session.version);
            let stored = self.store.commit(&lease, version, tokens).await;
            let _ = self.store.release(&lease).await;
            match stored {
                Ok(version) => {
                    self.reset();
                    return self.use_now(version, tokens).map(|_| ());
                }
                Err(StoreError::VersionMoved { .. } | StoreError::LeaseLost) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    pub(crate) async fn stored_tokens(&self) -> Result<Option<Tokens>, AuthError> {
        Ok(self.store.load(&self.key).await?.and_then(|session| session.tokens))
    }

    pub(crate) async fn clear(&self) -> Result<(), AuthError> {
        self.reset();
        Ok(self.store.clear(&self.key).await?)
    }
}

enum Leased {
    Mine(Lease),
    Adopted(Arc<Live>),
}
