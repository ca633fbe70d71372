use std::{sync::Arc, time::Duration};

use super::{
    JournalVerdict, Live, Outcome, Shared, Unsaved,
    control::{Origin, Superseded},
    judge_journal,
    session::Granted,
};
use crate::{
    Attempt, AttemptState, AuthError, CredentialVersion, Lease, LeaseAnswer, Secret, Session,
    StoreError, TokenError, TokenErrorKind, Tokens, probe, random,
};

/// The pauses between attempts to store tokens that the provider granted.
pub(super) const COMMIT_PAUSES: [Duration; 3] =
    [Duration::from_millis(50), Duration::from_millis(200), Duration::from_secs(1)];

/// How often a lease that ran out before the token request is taken anew.
const LEASES: u32 = 3;

/// What a refresh is for: it goes through all of its steps.
#[derive(Debug, Clone, Copy)]
struct Aim {
    /// The stored version that is no longer usable.
    stale: Option<CredentialVersion>,
    /// The epoch that the refresh began in.
    epoch: u64,
}

impl Shared {
    /// Gets a token other than `stale`: from the store if another process was faster, else from the
    /// provider under a lease. Runs in a task of its own, one at a time.
    pub(super) async fn refresh(
        &self,
        mut stale: Option<CredentialVersion>,
        epoch: u64,
    ) -> Outcome {
        probe::reach("begin");
        if let Some(outcome) = self.save_unsaved(epoch, &mut stale).await {
            return outcome;
        }
        let aim = Aim { stale, epoch };
        let session = match self.load().await {
            Ok(session) => session,
            Err(error) => return self.without_store(error, aim).await,
        };
        probe::reach("loaded");
        if let Some(live) = self.adopt(session.as_ref(), aim)? {
            return Ok(live);
        }
        if self.grant.spends_refresh_token() {
            match &session {
                Some(Session { tokens: Some(tokens), .. }) => {
                    // Asking again with the same refresh token has the same answer.
                    let ended = self.control().ended;
                    if ended.is_some() && ended == tokens.refresh_hash() {
                        return Err(AuthError::SessionEnded);
                    }
                }
                _ => return Err(AuthError::NotSignedIn),
            }
        }
        let mut outcome = Err(StoreError::LeaseLost.into());
        for _ in 0..LEASES {
            let lease = match self.take_lease(aim).await {
                Ok(Leased::Mine(lease)) => lease,
                Ok(Leased::Adopted(live)) => return Ok(live),
                Err(AuthError::Store(error)) => return self.without_store(error, aim).await,
                Err(error) => return Err(error),
            };
            probe::reach("leased");
            outcome = self.refresh_leased(&lease, aim).await;
            if let Err(error) = self.store.release(&lease).await {
                tracing::warn!(%error, "a lease could not be given back and will run out");
            }
            probe::reach("released");
            // The session changed under this refresh: look again, somebody may have refreshed it.
            if !matches!(outcome, Err(AuthError::Store(StoreError::LeaseLost))) {
                break;
            }
        }
        outcome
    }

    /// The stored session, if it is this one's: tokens of another server, client or token endpoint are
    /// ignored, whatever name they are stored under.
    pub(super) async fn load(&self) -> Result<Option<Session>, StoreError> {
        let mut session = self.store.load(&self.key).await?;
        if let Some(session) = &mut session {
            let theirs = session.tokens.as_ref().and_then(|tokens| tokens.binding.as_ref());
            if let (Some(ours), Some(theirs)) = (&self.binding, theirs)
                && ours != theirs
            {
                tracing::warn!("the stored session is of another connection and is not used");
                session.tokens = None;
                session.journal = None;
            }
        }
        Ok(session)
    }

    /// One request to the provider. Its duration is subtracted from the token's lifetime, since the moment
    /// of the grant is unknown.
    async fn obtain(&self, refresh: Option<&Secret>) -> Result<Tokens, TokenError> {
        let sent_at = self.clock.monotonic();
        let tokens = self.grant.obtain(refresh).await?;
        let mut tokens = self.aged(&tokens, sent_at);
        tokens.binding.clone_from(&self.binding);
        Ok(tokens)
    }

    async fn refresh_leased(&self, lease: &Lease, aim: Aim) -> Outcome {
        // Between the first look and the lease another process may have refreshed.
        let session = self.load().await?;
        probe::reach("reread");
        if let Some(live) = self.adopt(session.as_ref(), aim)? {
            return Ok(live);
        }
        let version = session.as_ref().map_or(CredentialVersion(0), |session| session.version);
        if !self.grant.spends_refresh_token() {
            let tokens = self.obtain(None).await?;
            return match self.store.commit(lease, version, &tokens).await {
                Ok(version) => self.use_granted(version, &tokens, aim.epoch).await,
                Err(error) => self.use_unstored(&tokens, &error, aim.epoch).await,
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
        let answer = self.ask(lease, &old).await;
        probe::reach("answered");
        match answer {
            Ok(mut tokens) => {
                // RFC 6749 section 6: without a new refresh token the old one stays good.
                tokens.refresh = tokens.refresh.or(old.refresh);
                tokens.id_token = tokens.id_token.or(old.id_token);
                if tokens.scopes.is_empty() {
                    tokens.scopes = old.scopes;
                }
                self.save(lease, attempt, tokens, aim).await
            }
            Err(error) if error.kind == TokenErrorKind::InvalidGrant => {
                self.refused_grant(lease, &attempt, aim).await
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
        let request = self.obtain(old.refresh.as_ref());
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
    async fn save(&self, lease: &Lease, attempt: Attempt, tokens: Tokens, aim: Aim) -> Outcome {
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
                    return self.use_granted(version, &tokens, aim.epoch).await;
                }
                Err(StoreError::VersionMoved { .. }) => return self.overtaken(&tokens, aim).await,
                Err(error) => failure = Some(error),
            }
        }
        let error = failure.unwrap_or(StoreError::Busy);
        tracing::warn!(%error, "new tokens could not be stored and are kept in memory");
        let unsaved = Unsaved { tokens, at: granted, from: Granted::Refresh(attempt) };
        match self.keep(unsaved, aim.epoch) {
            None => Err(AuthError::Unsaved(error)),
            Some(unsaved) => self.superseded(&unsaved.tokens, aim.epoch).await,
        }
    }

    /// Another refresh, sign-in or sign-out came first: what is stored is what counts.
    async fn overtaken(&self, granted: &Tokens, aim: Aim) -> Outcome {
        let session = self.load().await?;
        if session.as_ref().is_some_and(|session| session.tokens.is_none()) {
            // Signed out, perhaps by another process, which did not know of these tokens.
            self.revoke(granted).await;
            return Err(AuthError::NotSignedIn);
        }
        match self.adopt(session.as_ref(), Aim { stale: None, ..aim })? {
            Some(live) => Ok(live),
            None if session.is_none() => Err(AuthError::NotSignedIn),
            // Expired already: a new turn renews it.
            None => Err(StoreError::LeaseLost.into()),
        }
    }

    /// `invalid_grant` is final only if nobody else refreshed or signed in meanwhile.
    async fn refused_grant(&self, lease: &Lease, attempt: &Attempt, aim: Aim) -> Outcome {
        let session = self.load().await?;
        let stored = session.as_ref().and_then(|session| session.tokens.as_ref());
        let Some(stored) = stored else { return Err(AuthError::NotSignedIn) };
        let moved = stored.refresh_hash() != Some(attempt.refresh)
            || session.as_ref().is_some_and(|session| session.version != attempt.version);
        if moved {
            if let Some(live) = self.adopt(session.as_ref(), aim)? {
                return Ok(live);
            }
            // Other tokens, whose access token has expired already: a new turn renews them.
            return Err(StoreError::LeaseLost.into());
        }
        if let Err(error) = self.store.journal(lease, None).await {
            tracing::warn!(%error, "a refused refresh could not be noted in the store");
        }
        self.control().ended = Some(attempt.refresh);
        Err(AuthError::SessionEnded)
    }

    async fn take_lease(&self, aim: Aim) -> Result<Leased, AuthError> {
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
            let session = self.load().await?;
            if let Some(live) = self.adopt(session.as_ref(), aim)? {
                return Ok(Leased::Adopted(live));
            }
        }
    }

    /// With the store down a refresh token is left alone: a rotation that nobody keeps is a lost
    /// session. A grant that spends nothing continues without the store.
    async fn without_store(&self, error: StoreError, aim: Aim) -> Outcome {
        if self.grant.spends_refresh_token() {
            return Err(error.into());
        }
        let tokens = self.obtain(None).await?;
        self.use_unstored(&tokens, &error, aim.epoch).await
    }

    async fn use_unstored(&self, tokens: &Tokens, error: &StoreError, epoch: u64) -> Outcome {
        tracing::warn!(%error, "a token serves this process only");
        // Whatever the store has later is newer than this.
        let stored = self.current.load().as_ref().map_or(CredentialVersion(0), |live| live.stored);
        self.use_granted(stored, tokens, epoch).await
    }

    /// Puts the stored token to use if it is another one than the stale one and not expired. A version lower
    /// than the stale one is that of a new session: the record was deleted, restored or forgotten.
    fn adopt(&self, session: Option<&Session>, aim: Aim) -> Result<Option<Arc<Live>>, AuthError> {
        let Some(session) = session else { return Ok(None) };
        if aim.stale == Some(session.version) {
            return Ok(None);
        }
        let now = self.clock.monotonic();
        let live = Live::from_session(&self.header, session, now, self.policy.refresh_ahead)?;
        let Some(live) = live else { return Ok(None) };
        match self.publish(live, aim.epoch, Origin::Stored) {
            Ok(live) => Ok(Some(live)),
            Err(Superseded) => self.in_use().map(Some),
        }
    }

    /// Puts a token to use that was granted to a refresh of this epoch.
    pub(super) async fn use_granted(
        &self,
        version: CredentialVersion,
        tokens: &Tokens,
        epoch: u64,
    ) -> Outcome {
        match self.publish(self.live(version, tokens)?, epoch, Origin::Granted) {
            Ok(live) => {
                probe::reach("published");
                Ok(live)
            }
            Err(Superseded) => self.superseded(tokens, epoch).await,
        }
    }
}

enum Leased {
    Mine(Lease),
    Adopted(Arc<Live>),
}
