//! The connection on which the server announces changes of sessions, one for a store.
//!
//! | Connection | Sessions that wait |
//! |---|---|
//! | listening | are woken by `NOTIFY` |
//! | just established | all are woken: announcements may have been missed |
//! | lost, or refused | poll; another connection is attempted after 100 ms, then less often, up to every 5 s |
//! | to a PgBouncer in transaction mode | poll: it passes on no notifications |

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    runtime::Handle,
    sync::mpsc::{UnboundedReceiver, unbounded_channel},
    task::JoinHandle,
    time::{sleep, timeout},
};
use tokio_postgres::{Client, Error};

use super::connector::Connector;
use crate::{
    random,
    store::{
        changes::{ChangeNotifier, SessionChanges},
        key::SessionKey,
    },
};

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
const JITTER_MS: u64 = 100;

/// Listens as long as it exists, from the first wait on.
pub(super) struct Listener {
    connector: Connector,
    channel: String,
    /// The longest time for a connection to start listening.
    limit: Duration,
    notifier: Arc<ChangeNotifier>,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl Listener {
    pub(super) fn new(connector: Connector, channel: String, limit: Duration) -> Self {
        Self { connector, channel, limit, notifier: Arc::default(), task: Mutex::default() }
    }

    /// The changes of the session with this id. Without a runtime to listen on, they are polled for.
    pub(super) fn watch(&self, id: &str) -> SessionChanges {
        let changes = self.notifier.watch(&SessionKey::new(id));
        if let Ok(runtime) = Handle::try_current() {
            let mut task = self.task.lock().unwrap_or_else(PoisonError::into_inner);
            // The runtime of an earlier wait may have ended.
            if task.as_ref().is_none_or(JoinHandle::is_finished) {
                let (connector, channel) = (self.connector.clone(), self.channel.clone());
                let work = listen(connector, channel, self.limit, Arc::clone(&self.notifier));
                *task = Some(runtime.spawn(work));
            }
        }
        changes
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        if let Some(task) = self.task.get_mut().unwrap_or_else(PoisonError::into_inner) {
            task.abort();
        }
    }
}

async fn listen(
    connector: Connector,
    channel: String,
    limit: Duration,
    notifier: Arc<ChangeNotifier>,
) {
    let mut pause = FIRST_PAUSE;
    // Logged once for each time that there are none.
    let mut is_reported = false;
    loop {
        match timeout(limit, subscribe(&connector, &channel)).await {
            Ok(Ok((client, mut announced))) => {
                pause = FIRST_PAUSE;
                is_reported = false;
                notifier.notify_all();
                while let Some(id) = announced.recv().await {
                    notifier.notify(&SessionKey::new(id));
                }
                drop(client);
            }
            _ if !std::mem::replace(&mut is_reported, true) => {
                tracing::warn!("PostgreSQL sends no notifications; waiting processes poll");
            }
            _ => {}
        }
        sleep(pause + Duration::from_millis(random::jitter(JITTER_MS))).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// The connection ends when the client is dropped, and the channel when the connection ends.
async fn subscribe(
    connector: &Connector,
    channel: &str,
) -> Result<(Client, UnboundedReceiver<String>), Error> {
    let (notified, announced) = unbounded_channel();
    let (client, _) = connector.connect(Some(notified)).await?;
    client.batch_execute(&format!("LISTEN {channel}")).await?;
    Ok((client, announced))
}
