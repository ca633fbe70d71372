//! The stand-in as a whole: what its parts share, and its test hooks.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;

use super::answer::{EnvelopeForm, Outcome};
use super::blobs::Signer;
use super::clock::Clock;
use super::sign_in::Grants;
use super::state::Store;
use super::{routes, seed};
use crate::common::middleware::RequestMonitor;
use crate::common::recording::{Counters, RecordedRequest, Recording};
use crate::{Fault, SandboxError};

/// How the stand-in is to be set up.
#[derive(Debug, Clone)]
pub(crate) struct MediavaletSettings {
    pub(crate) seeded: bool,
    pub(crate) access_token_lifetime: Duration,
    pub(crate) link_lifetime: Duration,
    pub(crate) processing_polls: u32,
    pub(crate) largest_offset: usize,
    pub(crate) envelope: EnvelopeForm,
}

impl Default for MediavaletSettings {
    fn default() -> Self {
        Self {
            seeded: true,
            access_token_lifetime: Duration::from_secs(3600),
            link_lifetime: Duration::from_secs(24 * 3600),
            processing_polls: 2,
            largest_offset: 100_000,
            envelope: EnvelopeForm::default(),
        }
    }
}

/// Who may use the MediaValet stand-in.
#[derive(Clone)]
#[non_exhaustive]
pub struct MediavaletAccount {
    /// The OAuth client's id.
    pub client_id: String,
    /// The OAuth client's secret.
    pub client_secret: String,
    /// What every request to the API needs in `Ocp-Apim-Subscription-Key`.
    pub subscription_key: String,
    /// The user's name, for the password grant.
    pub user_name: String,
    /// The user's password, for the password grant.
    pub password: String,
}

impl Default for MediavaletAccount {
    fn default() -> Self {
        Self {
            client_id: "sandbox-client".into(),
            client_secret: "sandbox-secret".into(),
            subscription_key: "sandbox-subscription-key".into(),
            user_name: "sandbox-user".into(),
            password: "sandbox-password".into(),
        }
    }
}

impl fmt::Debug for MediavaletAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The secrets stay out.
        f.debug_struct("MediavaletAccount")
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}

/// The running MediaValet stand-in: its recording and its test hooks.
pub struct Mediavalet(Arc<Room>);

/// What the handlers share.
pub(crate) struct Room {
    pub(crate) monitor: RequestMonitor,
    pub(crate) account: MediavaletAccount,
    pub(crate) settings: MediavaletSettings,
    pub(crate) clock: Clock,
    pub(crate) signer: Arc<Signer>,
    pub(crate) leaks: AtomicU64,
    grants: Mutex<Grants>,
    store: Mutex<Store>,
}

impl Mediavalet {
    pub(crate) fn new(settings: &MediavaletSettings) -> Result<Self, SandboxError> {
        let store = if settings.seeded { seed::store()? } else { Store::empty() };
        Ok(Self(Arc::new(Room {
            monitor: RequestMonitor::default(),
            account: MediavaletAccount::default(),
            settings: settings.clone(),
            clock: Clock::default(),
            signer: Arc::new(Signer::new()),
            leaks: AtomicU64::new(0),
            grants: Mutex::default(),
            store: Mutex::new(store),
        })))
    }

    pub(crate) fn router(&self) -> Router {
        routes::router(&self.0)
    }

    /// The requests that reached the server, oldest first: the last 1,024.
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.0.monitor.recording.requests()
    }

    /// How many requests have arrived, and how many operations have changed the state.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.0.monitor.recording.counters()
    }

    /// The recording, to count the writes of one operation.
    #[must_use]
    pub fn recording(&self) -> &Recording {
        &self.0.monitor.recording
    }

    /// Answers coming requests as the fault says, instead of properly. Several faults are used up in the
    /// order of scripting. Besides the [served](super::served) operations there are `authorize`, `token`
    /// and `revoke`, and `putBlob`, `putBlock`, `putBlockList`, `getBlockList` and `getBlob`.
    ///
    /// # Errors
    /// [`SandboxError::Fault`] when the fault is no valid HTTP answer.
    pub fn script(&self, fault: Fault) -> Result<(), SandboxError> {
        self.0.monitor.faults.add(fault)
    }

    /// The client, the user and the subscription key that are accepted.
    #[must_use]
    pub fn account(&self) -> &MediavaletAccount {
        &self.0.account
    }

    /// A new access token, without a sign-in. It lives as long as others.
    #[must_use]
    pub fn issue_access_token(&self) -> String {
        let expires = self.0.clock.now() + self.0.settings.access_token_lifetime;
        self.0.grants().issue_alone(expires)
    }

    /// Accepts no access token any longer that was issued until now. Refresh tokens stay valid.
    pub fn expire_access_tokens(&self) {
        self.0.grants().expire_access_tokens();
    }

    /// Puts the clock forward that codes, tokens and the blob storage's signatures go by.
    pub fn advance(&self, by: Duration) {
        self.0.clock.advance(by);
    }

    /// How many requests to the blob storage carried a credential or another header meant for MediaValet's
    /// API. A proper client sends none.
    #[must_use]
    pub fn leaked_credentials(&self) -> u64 {
        self.0.leaks.load(Ordering::SeqCst)
    }

    /// How many assets there are, those in processing included and deleted ones not.
    #[must_use]
    pub fn assets(&self) -> usize {
        self.0.store().assets.iter().filter(|(_, asset)| asset.soft_deleted.is_none()).count()
    }
}

impl fmt::Debug for Mediavalet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The account and the tokens stay out.
        f.debug_struct("Mediavalet").field("counters", &self.counters()).finish_non_exhaustive()
    }
}

impl Room {
    /// The state, for one operation.
    pub(crate) fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn grants(&self) -> MutexGuard<'_, Grants> {
        self.grants.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs an operation that changes the state, and counts it unless it was refused or changed nothing.
    pub(crate) fn write(
        &self,
        operation: &'static str,
        change: impl FnOnce(&mut Store) -> Outcome,
    ) -> Outcome {
        let outcome = change(&mut self.store());
        if outcome.as_ref().is_ok_and(|answer| answer.changed) {
            self.monitor.recording.record_write(operation);
        }
        outcome
    }
}
