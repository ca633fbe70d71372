//! The subscription to the changes of all sessions: one connection, as long as the store is in use.
//!
//! | The subscription | Those who wait |
//! |---|---|
//! | works | are woken by a message with the session's name |
//! | begins, or begins again | are all woken, since messages may have been missed |
//! | is lost, or not permitted | poll |

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures_util::StreamExt;
use redis::aio::PubSub;
use tokio::{
    runtime::Handle,
    task::JoinHandle,
    time::{sleep, timeout},
};

use super::link::Link;
use crate::{ChangeNotifier, ServerFault, SessionChanges, SessionKey, StoreError, random};

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
const JITTER_MS: u64 = 100;
/// A connection that is dead without a sign of it is noticed after this time.
const PING_EVERY: Duration = Duration::from_secs(15);
const PING_LIMIT: Duration = Duration::from_secs(5);

#[derive(Debug, Default)]
pub(super) struct Notifications {
    notifier: Arc<ChangeNotifier>,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl Notifications {
    /// The changes of one session. The first call begins the subscription.
    pub(super) fn watch(
        &self,
        key: &SessionKey,
        link: &Arc<Link>,
        channel: &str,
    ) -> SessionChanges {
        let mut task = self.task.lock().unwrap_or_else(PoisonError::into_inner);
        // A task ends with the runtime that it runs on.
        if task.as_ref().is_none_or(JoinHandle::is_finished) {
            let Ok(runtime) = Handle::try_current() else { return SessionChanges::polled() };
            let (notifier, link) = (Arc::clone(&self.notifier), Arc::clone(link));
            *task = Some(runtime.spawn(listen(notifier, link, channel.to_owned())));
        }
        self.notifier.watch(key)
    }
}

impl Drop for Notifications {
    fn drop(&mut self) {
        let task = self.task.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Some(task) = task.take() {
            task.abort();
        }
    }
}

async fn listen(notifier: Arc<ChangeNotifier>, link: Arc<Link>, channel: String) {
    let mut pause = FIRST_PAUSE;
    loop {
        match link.subscribe(&channel).await {
            Ok(subscription) => {
                pause = FIRST_PAUSE;
                notifier.notify_all();
                receive(&notifier, subscription).await;
                tracing::debug!("the notifications of Redis ended; waiting sessions are polled");
            }
            Err(error) => {
                if is_first(pause) && is_refused(&error) {
                    tracing::warn!(%error, "Redis sends no notifications; waiting sessions are polled");
                } else {
                    tracing::debug!(%error, "Redis sends no notifications; waiting sessions are polled");
                }
            }
        }
        sleep(pause + Duration::from_millis(random::jitter(JITTER_MS))).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

fn is_first(pause: Duration) -> bool {
    pause == FIRST_PAUSE
}

/// Refused by the server, which a retry does not change.
fn is_refused(error: &StoreError) -> bool {
    matches!(
        error,
        StoreError::Server { fault: ServerFault::Permission | ServerFault::Credentials, .. }
    )
}

/// Hands messages on until the connection ends.
async fn receive(notifier: &ChangeNotifier, subscription: PubSub) {
    let (mut requests, mut messages) = subscription.split();
    loop {
        match timeout(PING_EVERY, messages.next()).await {
            Ok(Some(message)) => {
                if let Ok(name) = std::str::from_utf8(message.get_payload_bytes()) {
                    notifier.notify(&SessionKey::new(name));
                }
            }
            Ok(None) => return,
            Err(_) => {
                let ping = timeout(PING_LIMIT, requests.ping::<redis::Value>()).await;
                if !matches!(ping, Ok(Ok(_))) {
                    return;
                }
            }
        }
    }
}
