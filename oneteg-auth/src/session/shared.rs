use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError, atomic::AtomicU64},
    time::Duration,
};

use arc_swap::ArcSwapOption;

use super::{
    active_token::{ActiveToken, TokenHeader},
    policy::SessionPolicy,
    state::State,
};
use crate::{
    AuthError, Clock, CredentialVersion, Grant, LeaseOwner, SessionKey, StoreError, StoredSession,
    TokenStore, Tokens, background::BackgroundTasks, random,
};

/// Where a session is stored, and what it belongs to.
#[derive(Debug)]
pub(crate) struct SessionStorage {
    pub(crate) store: Arc<dyn TokenStore>,
    pub(crate) key: SessionKey,
    /// A stored session with another binding is not used. `None` accepts any.
    pub(crate) binding: Option<String>,
}

/// What the handles and tasks of one session share.
#[derive(Debug)]
pub(super) struct SharedSession {
    pub(super) grant: Arc<dyn Grant>,
    pub(super) store: Arc<dyn TokenStore>,
    pub(super) key: SessionKey,
    pub(super) binding: Option<String>,
    pub(super) owner: LeaseOwner,
    pub(super) header: TokenHeader,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) policy: SessionPolicy,
    pub(super) active: ArcSwapOption<ActiveToken>,
    /// The stamp of the last token put in use; a sign-out does not reset it.
    pub(super) stamps: AtomicU64,
    state: Mutex<State>,
    /// Held while a sign-in or sign-out changes the store, so that they do so one after the other.
    pub(super) changing: tokio::sync::Mutex<()>,
    pub(super) tasks: BackgroundTasks,
}

impl SharedSession {
    pub(super) fn new(
        grant: Arc<dyn Grant>,
        storage: SessionStorage,
        header: TokenHeader,
        clock: Arc<dyn Clock>,
        policy: SessionPolicy,
    ) -> Result<Self, AuthError> {
        let SessionStorage { store, key, binding } = storage;
        let owner = LeaseOwner::new(random::hex(&random::bytes::<16>()?));
        Ok(Self {
            grant,
            store,
            key,
            binding,
            owner,
            header,
            clock,
            policy,
            active: ArcSwapOption::empty(),
            stamps: AtomicU64::new(0),
            state: Mutex::default(),
            changing: tokio::sync::Mutex::default(),
            tasks: BackgroundTasks::default(),
        })
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it holds the lock; if something did, the state would still be whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn now(&self) -> Duration {
        self.clock.monotonic()
    }

    /// The stored session, if it is this one's: tokens of another server, client or token endpoint are
    /// ignored, whatever name they are stored under.
    pub(super) async fn load(&self) -> Result<Option<StoredSession>, StoreError> {
        let mut session = self.store.load(&self.key).await?;
        if let Some(session) = &mut session {
            let theirs = session.tokens.as_ref().and_then(|tokens| tokens.binding.as_ref());
            if let (Some(ours), Some(theirs)) = (&self.binding, theirs)
                && ours != theirs
            {
                tracing::warn!("the stored session belongs to another connection and is not used");
                session.tokens = None;
                session.journal = None;
            }
        }
        Ok(session)
    }

    /// Revokes tokens that were granted to a session that is over.
    pub(super) async fn revoke(&self, tokens: &Tokens) {
        if let Err(error) = self.grant.revoke(tokens).await {
            tracing::warn!(%error, "the tokens of a signed-out session could not be revoked");
        }
    }

    /// The tokens with what is left of a lifetime that began at `granted_at`.
    pub(super) fn with_remaining_lifetime(&self, tokens: &Tokens, granted_at: Duration) -> Tokens {
        let age = self.now().saturating_sub(granted_at);
        let mut tokens = tokens.clone();
        tokens.lifetime = tokens.lifetime.map(|lifetime| lifetime.saturating_sub(age));
        tokens
    }

    /// The active token of tokens whose lifetime begins now.
    pub(super) fn active_token(
        &self,
        version: CredentialVersion,
        tokens: &Tokens,
    ) -> Result<ActiveToken, AuthError> {
        let (now, ahead) = (self.now(), self.policy.refresh_ahead);
        ActiveToken::new(&self.header, version, tokens, Duration::ZERO, now, ahead)
    }
}
