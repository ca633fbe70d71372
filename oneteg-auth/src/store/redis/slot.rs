use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{runtime, time::Instant};

/// Routers and servers drop idle connections, some of them without telling. A refresh takes a handful of steps an hour,
/// so a new connection for each is cheaper than a step that waits for a reply that never comes.
const LONGEST_IDLE: Duration = Duration::from_secs(30);

/// Where the connection in use is kept.
pub(super) struct ConnectionSlot<C> {
    current: Mutex<Option<Current<C>>>,
    /// For how long the server is taken for the primary without asking again; `None` for ever.
    trusted_for: Option<Duration>,
}

struct Current<C> {
    used: Used<C>,
    /// The connection's tasks run there, and another runtime may not drive them.
    runtime: runtime::Id,
    last_used: Instant,
    trusted_until: Option<Instant>,
}

/// A connection with its number.
#[derive(Clone)]
pub(super) struct Used<C> {
    pub(super) connection: C,
    pub(super) number: u64,
}

/// What a step finds.
pub(super) enum Found<C> {
    Usable(Used<C>),
    /// Its server may have been replaced since.
    Aged(Used<C>),
    Nothing,
}

impl<C: Clone> ConnectionSlot<C> {
    pub(super) fn new(trusted_for: Option<Duration>) -> Self {
        Self { current: Mutex::new(None), trusted_for }
    }

    pub(super) fn find(&self, runtime: runtime::Id) -> Found<C> {
        let now = Instant::now();
        let mut current = self.current();
        let usable = |current: &&mut Current<C>| {
            current.runtime == runtime && now.duration_since(current.last_used) < LONGEST_IDLE
        };
        let Some(current) = current.as_mut().filter(usable) else { return Found::Nothing };
        current.last_used = now;
        let used = current.used.clone();
        if current.trusted_until.is_some_and(|until| until <= now) {
            Found::Aged(used)
        } else {
            Found::Usable(used)
        }
    }

    pub(super) fn put(&self, used: Used<C>, runtime: runtime::Id) {
        let now = Instant::now();
        let trusted_until = self.trusted_for.map(|time| now + time);
        *self.current() = Some(Current { used, runtime, last_used: now, trusted_until });
    }

    /// Trusts a connection for longer.
    pub(super) fn trust(&self, number: u64, time: Duration) {
        if let Some(current) = self.current().as_mut().filter(|found| found.used.number == number) {
            current.trusted_until = Some(Instant::now() + time);
        }
    }

    /// Forgets a connection, unless another one is in use by now.
    pub(super) fn forget(&self, number: u64) {
        self.current().take_if(|current| current.used.number == number);
    }

    fn current(&self) -> MutexGuard<'_, Option<Current<C>>> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn found(slot: &ConnectionSlot<&'static str>) -> String {
        match slot.find(runtime::Handle::current().id()) {
            Found::Usable(used) => used.connection.to_owned(),
            Found::Aged(used) => format!("{} aged", used.connection),
            Found::Nothing => "nothing".to_owned(),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_is_used_until_it_is_idle_aged_or_forgotten() {
        let runtime = runtime::Handle::current().id();
        let slot = ConnectionSlot::new(Some(SECOND * 5));
        assert_eq!(found(&slot), "nothing");
        slot.put(Used { connection: "a", number: 1 }, runtime);
        assert_eq!(found(&slot), "a");
        tokio::time::advance(SECOND * 5).await;
        assert_eq!(found(&slot), "a aged");
        slot.trust(2, SECOND);
        assert_eq!(found(&slot), "a aged", "another connection is trusted");
        slot.trust(1, SECOND * 25);
        for _ in 0..2 {
            assert_eq!(found(&slot), "a");
            tokio::time::advance(SECOND * 12).await;
        }
        slot.forget(2);
        assert_eq!(found(&slot), "a");
        tokio::time::advance(LONGEST_IDLE).await;
        assert_eq!(found(&slot), "nothing", "idle");
        slot.put(Used { connection: "b", number: 2 }, runtime);
        slot.forget(2);
        assert_eq!(found(&slot), "nothing");
    }

    #[tokio::test(start_paused = true)]
    async fn one_server_is_always_trusted() {
        let runtime = runtime::Handle::current().id();
        let slot = ConnectionSlot::new(None);
        slot.put(Used { connection: "a", number: 1 }, runtime);
        for _ in 0..100 {
            tokio::time::advance(SECOND * 29).await;
            assert_eq!(found(&slot), "a");
        }
        let other = runtime::Builder::new_current_thread().build().unwrap();
        let found = slot.find(other.handle().id());
        assert!(matches!(found, Found::Nothing), "of another runtime");
        other.shutdown_background();
    }
}
