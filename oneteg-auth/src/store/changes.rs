//! How a process that waits for another one learns that a session has changed.

use std::{
    collections::HashMap,
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::watch;

use super::key::SessionKey;

/// The changes of one session, from the moment of [`TokenStore::watch`](crate::TokenStore::watch) on.
pub struct SessionChanges {
    source: Source,
}

enum Source {
    /// Nothing: the store cannot notify.
    None,
    Notified(watch::Receiver<()>),
    /// A value that differs after each change, and how often it is read.
    Observed {
        read: Box<dyn Fn() -> u64 + Send + Sync>,
        last: u64,
        every: Duration,
    },
}

impl fmt::Debug for SessionChanges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let source = match &self.source {
            Source::None => "none",
            Source::Notified(_) => "notified",
            Source::Observed { .. } => "observed",
        };
        f.debug_struct("SessionChanges").field("source", &source).finish()
    }
}

impl SessionChanges {
    /// The changes of a store that cannot notify: [`SessionChanges::wait`] always takes the whole time.
    pub fn polled() -> Self {
        Self { source: Source::None }
    }

    /// The changes of a store that can tell cheaply, without loading the session, whether it has changed: `read` returns
    /// another value after each change, and is called repeatedly, `every` so often, on the caller's thread.
    pub fn observed(every: Duration, read: impl Fn() -> u64 + Send + Sync + 'static) -> Self {
        let last = read();
        Self { source: Source::Observed { read: Box::new(read), last, every } }
    }

    /// Whether changes are noticed without loading the session. A caller then loads it less often.
    pub const fn is_notified(&self) -> bool {
        !matches!(self.source, Source::None)
    }

    /// Waits for a change since the last call, or for `at_most`. The session need not have changed in a way that
    /// helps the caller, who loads it again in any case.
    pub async fn wait(&mut self, at_most: Duration) {
        let pause = tokio::time::sleep(at_most);
        tokio::pin!(pause);
        match &mut self.source {
            Source::None => pause.await,
            Source::Notified(notified) => tokio::select! {
                changed = notified.changed() => {
                    if changed.is_err() {
                        // The store is gone. Returning at once every time would be a busy loop.
                        self.source = Source::None;
                        pause.await;
                    }
                }
                () = &mut pause => {}
            },
            Source::Observed { read, last, every } => loop {
                let now = read();
                if now != *last {
                    *last = now;
                    return;
                }
                tokio::select! {
                    () = tokio::time::sleep(*every) => {}
                    () = &mut pause => return,
                }
            },
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
        SessionChanges { source: Source::Notified(sender.subscribe()) }
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
    use std::sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    };

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

    #[tokio::test(start_paused = true)]
    async fn a_value_that_changes_ends_the_wait_once() {
        let value = Arc::new(AtomicU64::new(1));
        let read = Arc::clone(&value);
        let mut changes = SessionChanges::observed(Duration::from_millis(10), move || {
            read.load(Ordering::SeqCst)
        });
        value.store(2, Ordering::SeqCst);
        let began = Instant::now();
        changes.wait(HOUR).await;
        assert_eq!(began.elapsed(), Duration::ZERO, "a change before the wait is not missed");
        let change = async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            value.store(3, Ordering::SeqCst);
        };
        tokio::join!(change, changes.wait(HOUR));
        assert!(began.elapsed() <= Duration::from_millis(1_010), "{:?}", began.elapsed());
        changes.wait(HOUR).await;
        assert!(began.elapsed() >= HOUR);
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
