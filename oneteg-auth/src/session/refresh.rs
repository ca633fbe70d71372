//! One refresh: from the store if another process was faster, else from the provider under a lease.
//!
//! ```text
//! save what earlier refreshes could not store
//!   -> load the session      another token than the stale one: use it
//!   -> acquire the lease     another process was faster: use its token
//!   -> load it again         another process was faster: use its token
//!   -> judge the journal     uncertain: GrantUncertain
//!   -> write the journal     from here on a crash leaves a trace
//!   -> request the tokens    renewing the lease meanwhile
//!   -> commit                before the access token is used
//!   -> publish, release
//! ```
//!
//! | The token request ends with | Journal | Result |
//! |---|---|---|
//! | tokens | removed by the commit | the new token |
//! | `invalid_grant`, and the store has other tokens by now | unchanged | those |
//! | `invalid_grant`, and the store has the same tokens | removed | `SessionEnded`, without another request for this refresh token |
//! | a failure after which tokens may have been granted | `Abandoned`: may be repeated | the error, then backoff |
//! | any other failure | removed | the error, then backoff |

use std::sync::Arc;

use super::{
    active_token::ActiveToken,
    journal::{JournalVerdict, judge_journal},
    publish::RefreshGoal,
    shared::SharedSession,
    state::TokenResult,
};
use crate::{
    AuthError, CredentialVersion, Lease, RefreshAttempt, RefreshAttemptState, Secret, StoreError,
    StoredSession, TokenError, TokenErrorKind, Tokens,
};

/// How many leases one refresh takes, if they run out before the token request or the session changes under
/// them.
const MAX_LEASES: u32 = 3;

/// How a refresh continues after it asked for the lease.
enum LeaseResult {
    Acquired(Lease),
    /// Another process refreshed while this one waited.
    Adopted(Arc<ActiveToken>),
}

impl SharedSession {
    /// Gets a token other than `stale`. Runs in its own task, one at a time.
    pub(super) async fn refresh(
        &self,
        mut stale: Option<CredentialVersion>,
        epoch: u64,
    ) -> TokenResult {
        if let Some(result) = self.save_unsaved(epoch, &mut stale).await {
            return result;
        }
        let goal = RefreshGoal { stale, epoch };
        let session = match self.load().await {
            Ok(session) => session,
            Err(error) => return self.refresh_without_store(error, goal).await,
        };
        if let Some(token) = self.adopt_if_newer(session.as_ref(), goal)? {
            return Ok(token);
        }
        if self.grant.spends_refresh_token() {
            let Some(StoredSession { tokens: Some(tokens), .. }) = &session else {
                return Err(AuthError::NotSignedIn);
            };
            // The provider would reject the same refresh token again.
            let ended = self.state().ended;
            if ended.is_some() && ended == tokens.refresh_hash() {
                return Err(AuthError::SessionEnded);
            }
        }
        let mut result = Err(StoreError::LeaseLost.into());
        for _ in 0..MAX_LEASES {
            let lease = match self.acquire_lease_or_adopt(goal).await {
                Ok(LeaseResult::Acquired(lease)) => lease,
                Ok(LeaseResult::Adopted(token)) => return Ok(token),
                Err(AuthError::Store(error)) => {
                    return self.refresh_without_store(error, goal).await;
                }
                Err(error) => return Err(error),
            };
            result = self.refresh_leased(&lease, goal).await;
            self.release_lease(&lease).await;
            // The session changed under this refresh: another process may have refreshed it.
            if !matches!(result, Err(AuthError::Store(StoreError::LeaseLost))) {
                break;
            }
        }
        result
    }

    async fn acquire_lease_or_adopt(&self, goal: RefreshGoal) -> Result<LeaseResult, AuthError> {
        let mut wait = self.begin_lease_wait();
        loop {
            if let Some(lease) = self.acquire_lease(&mut wait).await? {
                return Ok(LeaseResult::Acquired(lease));
            }
            let session = self.load().await?;
            if let Some(token) = self.adopt_if_newer(session.as_ref(), goal)? {
                return Ok(LeaseResult::Adopted(token));
            }
        }
    }

    async fn refresh_leased(&self, lease: &Lease, goal: RefreshGoal) -> TokenResult {
        // Another process may have refreshed between the first load and the lease.
        let session = self.load().await?;
        if let Some(token) = self.adopt_if_newer(session.as_ref(), goal)? {
            return Ok(token);
        }
        if self.grant.spends_refresh_token() {
            self.spend_refresh_token(lease, session, goal).await
        } else {
            let version = session.map_or(CredentialVersion(0), |session| session.version);
            let tokens = self.request_tokens(None).await?;
            match self.store.commit(lease, version, &tokens).await {
                Ok(version) => self.publish_committed(version, &tokens, goal.epoch).await,
                Err(error) => self.publish_uncommitted(&tokens, &error, goal.epoch).await,
            }
        }
    }

    /// Exchanges the stored refresh token, with a journal entry before and a commit after.
    async fn spend_refresh_token(
        &self,
        lease: &Lease,
        session: Option<StoredSession>,
        goal: RefreshGoal,
    ) -> TokenResult {
        let Some(StoredSession { tokens: Some(old), journal, version, .. }) = session else {
            return Err(AuthError::NotSignedIn);
        };
        let Some(hash) = old.refresh_hash() else { return Err(AuthError::SessionEnded) };
        let verdict = judge_journal(hash, &self.owner, journal.as_ref(), self.policy.replay);
        if verdict == JournalVerdict::Uncertain {
            return Err(AuthError::GrantUncertain);
        }
        let mut attempt = RefreshAttempt::new(self.owner.clone(), hash, version)
            .with_replay(verdict == JournalVerdict::Replay);
        if let Err(error) = self.store.journal(lease, Some(&attempt)).await {
            // It may have been written all the same. Nothing was sent, and an entry would make other processes
            // believe that something was.
            if verdict == JournalVerdict::Unused
                && let Err(error) = self.store.journal(lease, None).await
            {
                tracing::warn!(%error, "the entry of a refresh that did not begin may be in the store");
            }
            return Err(error.into());
        }
        match self.request_while_leased(lease, &old).await {
            Ok(mut tokens) => {
                // RFC 6749 section 6: without a new refresh token the old one stays valid.
                tokens.refresh = tokens.refresh.or(old.refresh);
                tokens.id_token = tokens.id_token.or(old.id_token);
                if tokens.scopes.is_empty() {
                    tokens.scopes = old.scopes;
                }
                self.commit_refresh(lease, attempt, tokens, goal).await
            }
            Err(error) if error.kind == TokenErrorKind::InvalidGrant => {
                self.handle_invalid_grant(lease, &attempt, goal).await
            }
            Err(error) => {
                attempt.state = RefreshAttemptState::Abandoned;
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
    async fn request_while_leased(
        &self,
        lease: &Lease,
        old: &Tokens,
    ) -> Result<Tokens, TokenError> {
        let request = self.request_tokens(old.refresh.as_ref());
        tokio::pin!(request);
        loop {
            let renewal_due = tokio::time::sleep(self.policy.lease_ttl / 3);
            tokio::select! {
                biased;
                result = &mut request => return result,
                () = renewal_due => {
                    if let Err(error) = self.store.renew(lease, self.policy.lease_ttl).await {
                        tracing::warn!(%error, "the lease was lost during the token request");
                    }
                }
            }
        }
    }

    /// One request to the provider. Its duration is subtracted from the token's lifetime, since the moment
    /// of the grant is unknown.
    async fn request_tokens(&self, refresh: Option<&Secret>) -> Result<Tokens, TokenError> {
        let sent_at = self.now();
        let tokens = self.grant.obtain(refresh).await?;
        let mut tokens = self.with_remaining_lifetime(&tokens, sent_at);
        tokens.binding.clone_from(&self.binding);
        Ok(tokens)
    }

    /// `invalid_grant` is final only if nobody else has refreshed or signed in meanwhile.
    async fn handle_invalid_grant(
        &self,
        lease: &Lease,
        attempt: &RefreshAttempt,
        goal: RefreshGoal,
    ) -> TokenResult {
        let session = self.load().await?;
        let Some(StoredSession { tokens: Some(stored), version, .. }) = &session else {
            return Err(AuthError::NotSignedIn);
        };
        if stored.refresh_hash() != Some(attempt.refresh) || *version != attempt.version {
            // If the other access token has expired already, a new round renews it.
            let adopted = self.adopt_if_newer(session.as_ref(), goal)?;
            return adopted.ok_or_else(|| StoreError::LeaseLost.into());
        }
        if let Err(error) = self.store.journal(lease, None).await {
            tracing::warn!(%error, "a rejected refresh could not be noted in the store");
        }
        self.state().ended = Some(attempt.refresh);
        Err(AuthError::SessionEnded)
    }

    /// With the store down a refresh token is left alone: a rotation that nobody keeps is a lost session. A
    /// grant that spends none continues without the store.
    async fn refresh_without_store(&self, error: StoreError, goal: RefreshGoal) -> TokenResult {
        if self.grant.spends_refresh_token() {
            return Err(error.into());
        }
        let tokens = self.request_tokens(None).await?;
        self.publish_uncommitted(&tokens, &error, goal.epoch).await
    }

    /// Records how a refresh of this epoch ended.
    pub(super) fn finish_refresh(&self, epoch: u64, result: &TokenResult) {
        let now = self.now();
        let mut state = self.state();
        if state.epoch() != epoch {
            return;
        }
        state.refresh = None;
        match result {
            Ok(_) => state.backoff.succeeded(),
            Err(error) => {
                state.backoff.failed(error, now, &self.policy);
                if self.active.load().as_ref().is_some_and(|token| now < token.expires_at) {
                    tracing::warn!(%error, "the token could not be renewed; the old one stays in use");
                }
            }
        }
    }
}
