//! How a process that waits for another one learns that a session has changed.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::watch;

use super::key::SessionKey;

/// The changes of one session, from the moment of [`TokenStore::watch`](crate::TokenStore::watch) on.
#[derive(Debug)]
pub struct SessionChanges {
    /// `None`: the store cannot notify.
    notified: Option<watch::Receiver<()>>,
}

impl SessionChanges {
    /// The changes of a store that cannot notify: [`SessionChanges::wait`] always takes the whole time.
    pub fn polled() -> Self {
        Self { notified: None }
    }

    /// Waits for a change since the last call, or for `at_most`. The session need not have changed in a way that
    /// helps the caller, who loads it again in any case.
    pub async fn wait(&mut self, at_most: Duration) {
        let pause = tokio::time::sleep(at_most);
        let Some(notified) = &mut self.notified else { return pause.await };
        tokio::pin!(pause);
        tokio::select! {
            changed = notified.changed() => {
                if changed.is_err() {
                    // The store is gone. Returning at once every time would be a busy loop.
                    self.notified = None;
                    pause.await;
                }
            }
            () = &mut pause => {}
        }
    }
}

/// Hands the notifications that a store receives to those who wait in this process.
#[derive(Debug, Default)]
pub struct ChangeNotifier {
    /// Only sessions that somebody waits for.
    waiting: Mutex<HashMap<SessionKey, watch::Sender<()>>>,
}

impl ChangeNotifier {
    /// A notifier that nobody waits for.
    pub fn new() -> Self {
        Self::default()
    }

    /// The changes of one session from now on.
    pub fn watch(&self, key: &SessionKey) -> SessionChanges {
        let mut waiting = self.waiting();
        // What nobody waits for any more is removed here, so that the map cannot grow with old sessions.
        waiting.retain(|known, sender| known == key || sender.receiver_count() > 0);
        let sender = waiting.entry(key.clone()).or_insert_with(|| watch::Sender::new(()));
        SessionChanges { notified: Some(sender.subscribe()) }
    }

    /// Wakes those who wait for this session.
    pub fn notify(&self, key: &SessionKey) {
        if let Some(sender) = self.waiting().get(key) {
            sender.send_replace(());
        }
    }

    /// Wakes everybody: notifications may have been missed while the connection was lost.
    pub fn notify_all(&self) {
        for sender in self.waiting().values() {
            sender.send_replace(());
        }
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<SessionKey, watch::Sender<()>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    fn key() -> SessionKey {
        SessionKey::new("acme")
    }

    #[tokio::test(start_paused = true)]
    async fn a_change_between_the_watch_and_the_wait_is_not_missed() {
        let notifier = ChangeNotifier::new();
        let mut changes = notifier.watch(&key());
        notifier.notify(&key());
        let began = Instant::now();
        changes.wait(HOUR).await;
        assert_eq!(began.elapsed(), Duration::ZERO);
        changes.wait(HOUR).await;
        assert_eq!(began.elapsed(), HOUR, "one change wakes once");
    }

    #[tokio::test(start_paused = true)]
    async fn another_session_and_a_store_without_notifications_wake_nobody() {
        let notifier = ChangeNotifier::new();
        let began = Instant::now();
        let mut changes = notifier.watch(&key());
        notifier.notify(&SessionKey::new("other"));
        changes.wait(HOUR).await;
        SessionChanges::polled().wait(HOUR).await;
        drop(notifier);
        changes.wait(HOUR).await;
        assert_eq!(began.elapsed(), HOUR * 3);
    }

    #[test]
    fn sessions_that_nobody_waits_for_are_forgotten() {
        let notifier = ChangeNotifier::new();
        for number in 0..1000 {
            drop(notifier.watch(&SessionKey::new(number.to_string())));
        }
        assert_eq!(notifier.waiting().len(), 1);
    }
}
