//! One session in one process: the warm path, the single flight and its back-off.
//!
//! | The token in use is | A request |
//! |---|---|
//! | fresh | uses it: one atomic load |
//! | due for renewal, still valid | waits for the renewal up to `renewal_patience`, then uses the old one |
//! | expired, refused or absent | waits for the refresh in flight, which runs in its own task |
//!
//! A sign-in and a sign-out begin a new *epoch*. A refresh belongs to the epoch it began in: tokens that
//! arrive later are never used, and are revoked if a sign-out ended the epoch.

mod backoff;
mod control;
mod live;
mod policy;
mod refresh;
mod session;

use std::{
    sync::{Arc, Mutex, atomic::AtomicU64},
    time::Duration,
};

use arc_swap::ArcSwapOption;
use http::HeaderValue;
use tokio::sync::watch;

pub(crate) use self::live::Live;
use self::{
    control::{Control, Flight, landed, running},
    session::Unsaved,
};
pub use self::{
    live::TokenHeader,
    policy::{JournalVerdict, LifecyclePolicy, ReplayWindow, judge_journal},
};
use crate::{
    AuthError, AuthRequest, BoxFuture, Clock, CredentialVersion, Grant, Owner, Recovery,
    SessionKey, TokenStore, random, work::Work,
};

type Outcome = Result<Arc<Live>, AuthError>;

/// Keeps one session alive. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Lifecycle {
    shared: Arc<Shared>,
}

/// Where a session is stored, and what it belongs to.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) store: Arc<dyn TokenStore>,
    pub(crate) key: SessionKey,
    /// A stored session with another binding is not used. `None` accepts any.
    pub(crate) binding: Option<String>,
}

#[derive(Debug)]
pub(crate) struct Shared {
    grant: Arc<dyn Grant>,
    store: Arc<dyn TokenStore>,
    key: SessionKey,
    binding: Option<String>,
    owner: Owner,
    header: TokenHeader,
    clock: Arc<dyn Clock>,
    policy: LifecyclePolicy,
    current: ArcSwapOption<Live>,
    /// The stamp of the last token put in use; a sign-out does not set it back.
    stamps: AtomicU64,
    control: Mutex<Control>,
    /// Sign-ins and sign-outs change the store one after the other.
    changing: tokio::sync::Mutex<()>,
    work: Work,
}

impl Lifecycle {
    pub(crate) fn new(
        grant: Arc<dyn Grant>,
        place: Place,
        header: TokenHeader,
        clock: Arc<dyn Clock>,
        policy: LifecyclePolicy,
    ) -> Result<Self, AuthError> {
        let Place { store, key, binding } = place;
        let owner = Owner::new(random::hex(&random::bytes::<16>()?));
        Ok(Self {
            shared: Arc::new(Shared {
                grant,
                store,
                key,
                binding,
                owner,
                header,
                clock,
                policy,
                current: ArcSwapOption::empty(),
                stamps: AtomicU64::new(0),
                control: Mutex::default(),
                changing: tokio::sync::Mutex::default(),
                work: Work::default(),
            }),
        })
    }

    /// Puts a token into a request; with a warm one this allocates the returned box and nothing else.
    pub(crate) fn authorize<'a>(
        &'a self,
        request: AuthRequest<'a>,
    ) -> BoxFuture<'a, Result<CredentialVersion, AuthError>> {
        let name = self.shared.header.name();
        if let Some((value, version)) = self.warm() {
            request.headers.insert(name, value);
            return Box::pin(std::future::ready(Ok(version)));
        }
        Box::pin(async move {
            let live = self.token().await?;
            request.headers.insert(name, live.header.clone());
            Ok(live.stamp)
        })
    }

    /// The header value of a fresh token: one atomic load and one clone of a reference-counted value.
    pub(crate) fn warm(&self) -> Option<(HeaderValue, CredentialVersion)> {
        let current = self.shared.current.load();
        let live = current.as_ref()?;
        (self.shared.clock.monotonic() < live.fresh_until)
            .then(|| (live.header.clone(), live.stamp))
    }

    /// A token that can be sent now, refreshed if need be. Dropping the future never stops a refresh.
    pub(crate) async fn token(&self) -> Outcome {
        let current = self.shared.current.load_full();
        let now = self.shared.clock.monotonic();
        match current {
            Some(live) if now < live.fresh_until => Ok(live),
            Some(live) if now < live.expires_at => self.renewed(live).await,
            current => self.wait_for(current.map(|live| live.stored)).await,
        }
    }

    /// Ahead of expiry: the renewed token, or the valid one when the renewal fails or takes long. A renewal
    /// that nobody waits for would end with a program that ends, after the provider rotated the refresh token
    /// and before its successor was stored.
    async fn renewed(&self, live: Arc<Live>) -> Outcome {
        if self.shared.control().rests() {
            return Ok(live);
        }
        // Why it could not be started is known to those who need it.
        let Ok(flight) = self.join(Some(live.stored)) else { return Ok(live) };
        // Counted from the start of the flight: a token endpoint that hangs delays no call but the first.
        let waited = self.shared.clock.monotonic().saturating_sub(flight.started);
        let patience = self.shared.policy.renewal_patience.saturating_sub(waited);
        if patience == Duration::ZERO || tokio::runtime::Handle::try_current().is_err() {
            return Ok(live);
        }
        if let Ok(Ok(renewed)) = tokio::time::timeout(patience, landed(flight.outcome)).await {
            return Ok(renewed);
        }
        // A sign-out takes the old token out of use, and it may have expired while this waited.
        let current = self.shared.current.load_full();
        match current {
            Some(live) if self.shared.clock.monotonic() < live.expires_at => Ok(live),
            current => self.wait_for(current.map(|live| live.stored)).await,
        }
    }

    /// The vendor refused a token of this version (RFC 6750 section 3.1).
    pub(crate) async fn refused(&self, version: CredentialVersion) -> Result<Recovery, AuthError> {
        // A flight that was under way before the refusal may end with the refused version, and so does one
        // that only stores the refused token.
        for _ in 0..2 {
            let current = self.shared.current.load_full();
            if current.as_ref().is_some_and(|live| live.stamp > version) {
                return Ok(Recovery::Retry);
            }
            let stale = current.map(|live| live.stored);
            let flight = {
                let mut control = self.shared.control();
                let now = self.shared.clock.monotonic();
                if running(&control).is_none() && control.unsaved.is_none() {
                    // A failed refresh is no answer to the refusal: the caller may come back.
                    control.backoff.check(now)?;
                    if !control.backoff.refusal_allowed(version, now, &self.shared.policy) {
                        return Ok(Recovery::GiveUp);
                    }
                }
                self.join_locked(&mut control, stale)?
            };
            if landed(flight.outcome).await?.stamp > version {
                return Ok(Recovery::Retry);
            }
        }
        Ok(Recovery::GiveUp)
    }

    async fn wait_for(&self, stale: Option<CredentialVersion>) -> Outcome {
        let flight = self.join(stale)?;
        landed(flight.outcome).await
    }

    /// Joins the refresh in flight, or starts one in a task of its own.
    fn join(&self, stale: Option<CredentialVersion>) -> Result<Flight, AuthError> {
        self.join_locked(&mut self.shared.control(), stale)
    }

    fn join_locked(
        &self,
        control: &mut Control,
        stale: Option<CredentialVersion>,
    ) -> Result<Flight, AuthError> {
        if control.ending > 0 {
            return Err(AuthError::NotSignedIn);
        }
        if let Some(flight) = running(control) {
            return Ok(flight);
        }
        let started = self.shared.clock.monotonic();
        control.backoff.check(started)?;
        let (sender, outcome) = watch::channel(None);
        let shared = Arc::clone(&self.shared);
        let epoch = control.epoch;
        // Nobody waits for the task itself, nor perhaps for its outcome: the refresh is worth it all the same.
        let _task = self.shared.work.start(async move {
            let outcome = shared.refresh(stale, epoch).await;
            shared.land(epoch, &outcome);
            let _ = sender.send(Some(outcome));
        })?;
        let flight = Flight { outcome, started };
        control.flight = Some(flight.clone());
        Ok(flight)
    }
}
