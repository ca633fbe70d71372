//! One session in one process: the warm path, the single flight and its back-off.

mod backoff;
mod live;
mod policy;
mod refresh;

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use arc_swap::ArcSwapOption;
use http::HeaderValue;
use tokio::sync::watch;

pub(crate) use self::live::Live;
use self::{backoff::Backoff, refresh::Unsaved};
pub use self::{
    live::TokenHeader,
    policy::{JournalVerdict, LifecyclePolicy, ReplayWindow, judge_journal},
};
use crate::{
    AuthError, AuthRequest, BoxFuture, Clock, CredentialVersion, Grant, Owner, Recovery,
    SessionKey, TokenStore, random,
};

type Outcome = Result<Arc<Live>, AuthError>;

/// Keeps one session alive. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Lifecycle {
    shared: Arc<Shared>,
}

#[derive(Debug)]
pub(crate) struct Shared {
    grant: Arc<dyn Grant>,
    store: Arc<dyn TokenStore>,
    key: SessionKey,
    owner: Owner,
    header: TokenHeader,
    clock: Arc<dyn Clock>,
    policy: LifecyclePolicy,
    current: ArcSwapOption<Live>,
    /// The stamp of the last token put in use; a sign-out does not set it back.
    stamps: AtomicU64,
    control: Mutex<Control>,
}

/// What is looked at only when the token is not fresh.
#[derive(Debug, Default)]
struct Control {
    flight: Option<watch::Receiver<Option<Outcome>>>,
    backoff: Backoff,
    unsaved: Option<Unsaved>,
    /// The stored version whose refresh token the provider refused for good.
    ended: Option<CredentialVersion>,
}

impl Lifecycle {
    pub(crate) fn new(
        grant: Arc<dyn Grant>,
        store: Arc<dyn TokenStore>,
        key: SessionKey,
        header: TokenHeader,
        clock: Arc<dyn Clock>,
        policy: LifecyclePolicy,
    ) -> Result<Self, AuthError> {
        let owner = Owner::new(random::hex(&random::bytes::<16>()?));
        Ok(Self {
            shared: Arc::new(Shared {
                grant,
                store,
                key,
                owner,
                header,
                clock,
                policy,
                current: ArcSwapOption::empty(),
                stamps: AtomicU64::new(0),
                control: Mutex::default(),
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

    pub(crate) fn shared(&self) -> &Shared {
        &self.shared
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
        let Some(live) = current else { return self.wait_for(None).await };
        if now < live.fresh_until {
            return Ok(live);
        }
        if now < live.expires_at {
            // Ahead of expiry the refresh runs on its own and this request takes the old token; why it
            // could not be started is known to those who need it.
            let _ = self.join(Some(live.stored));
            return Ok(live);
        }
        self.wait_for(Some(live.stored)).await
    }

    /// The vendor refused a token of this version (RFC 6750 section 3.1).
    pub(crate) async fn refused(&self, version: CredentialVersion) -> Result<Recovery, AuthError> {
        // A flight that was under way before the refusal may end with the refused version.
        for _ in 0..2 {
            let current = self.shared.current.load_full();
            if current.as_ref().is_some_and(|live| live.stamp > version) {
                return Ok(Recovery::Retry);
            }
            let stale = current.map(|live| live.stored);
            let flight = {
                let mut control = self.shared.control();
                let now = self.shared.clock.monotonic();
                if running(&control).is_none() {
                    // A failed refresh is no answer to the refusal: the caller may come back.
                    control.backoff.check(now)?;
                    if !control.backoff.refusal_allowed(version, now, &self.shared.policy) {
                        return Ok(Recovery::GiveUp);
                    }
                }
                self.join_locked(&mut control, stale)?
            };
            if landed(flight).await?.stamp > version {
                return Ok(Recovery::Retry);
            }
        }
        Ok(Recovery::GiveUp)
    }

    async fn wait_for(&self, stale: Option<CredentialVersion>) -> Outcome {
        let flight = self.join(stale)?;
        landed(flight).await
    }

    /// Joins the refresh in flight, or starts one in a task of its own.
    fn join(
        &self,
        stale: Option<CredentialVersion>,
    ) -> Result<watch::Receiver<Option<Outcome>>, AuthError> {
        self.join_locked(&mut self.shared.control(), stale)
    }

    fn join_locked(
        &self,
        control: &mut Control,
        stale: Option<CredentialVersion>,
    ) -> Result<watch::Receiver<Option<Outcome>>, AuthError> {
        if let Some(flight) = running(control) {
            return Ok(flight);
        }
        control.backoff.check(self.shared.clock.monotonic())?;
        let runtime = tokio::runtime::Handle::try_current().map_err(|_| AuthError::NoRuntime)?;
        let (sender, receiver) = watch::channel(None);
        let shared = Arc::clone(&self.shared);
        runtime.spawn(async move {
            let outcome = shared.refresh(stale).await;
            shared.land(&outcome);
            // Nobody may be waiting any more: the refresh was worth it all the same.
            let _ = sender.send(Some(outcome));
        });
        control.flight = Some(receiver.clone());
        Ok(receiver)
    }
}

impl Shared {
    fn control(&self) -> MutexGuard<'_, Control> {
        // Nothing below panics while it holds the lock; if it did, the state is still whole.
        self.control.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a token in use, unless the one in use has the same or a newer version in the store.
    pub(crate) fn publish(&self, live: Live) -> Arc<Live> {
        let _one_at_a_time = self.control();
        if let Some(current) = self.current.load_full()
            && current.stored >= live.stored
        {
            return current;
        }
        self.put_in_use(live)
    }

    /// Puts a token in use that the store does not have.
    pub(crate) fn publish_unstored(&self, live: Live) -> Arc<Live> {
        let _one_at_a_time = self.control();
        self.put_in_use(live)
    }

    fn put_in_use(&self, mut live: Live) -> Arc<Live> {
        live.stamp = CredentialVersion(self.stamps.fetch_add(1, Ordering::Relaxed) + 1);
        let live = Arc::new(live);
        self.current.store(Some(Arc::clone(&live)));
        live
    }

    /// Forgets the token in use and why the last refresh failed: a sign-in or sign-out changed all that.
    pub(crate) fn reset(&self) {
        let mut control = self.control();
        self.current.store(None);
        control.backoff = Backoff::default();
        control.unsaved = None;
        control.ended = None;
    }

    fn land(&self, outcome: &Outcome) {
        let now = self.clock.monotonic();
        let mut control = self.control();
        control.flight = None;
        match outcome {
            Ok(_) => control.backoff.succeeded(),
            Err(error) => {
                control.backoff.failed(error, now, &self.policy);
                if self.current.load().as_ref().is_some_and(|live| now < live.expires_at) {
                    tracing::warn!(%error, "the token could not be renewed; the old one still serves");
                }
            }
        }
    }
}

/// The flight, unless its task was dropped together with its runtime.
fn running(control: &Control) -> Option<watch::Receiver<Option<Outcome>>> {
    control.flight.clone().filter(|flight| flight.has_changed().is_ok())
}

async fn landed(mut flight: watch::Receiver<Option<Outcome>>) -> Outcome {
    match flight.wait_for(Option::is_some).await {
        Ok(outcome) => outcome.clone().unwrap_or(Err(AuthError::Interrupted)),
        Err(_) => Err(AuthError::Interrupted),
    }
}
