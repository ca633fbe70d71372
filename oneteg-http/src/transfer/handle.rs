use std::{
    collections::BTreeMap,
    fmt,
    future::Future,
    sync::{Arc, Mutex, PoisonError},
};

use serde::{Deserialize, Serialize};
use tokio::{sync::watch, task::JoinHandle};

use crate::{Error, ErrorKind, SourceIdentity};

/// A transfer under way, in a task of its own.
///
/// Dropping it stops the transfer where it is, as [`cancel`](Self::cancel) does; its
/// [`state`](Self::state) lets another one go on from there.
pub struct Transfer<T> {
    // Not the sender of the progress, which ends with the task: who waits for changes sees the end.
    command: Arc<watch::Sender<Command>>,
    state: Arc<Mutex<TransferState>>,
    progress: watch::Receiver<TransferProgress>,
    task: JoinHandle<Result<T, Error>>,
}

/// How far a transfer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct TransferProgress {
    /// Bytes that arrived and need not be sent again.
    pub done: u64,
    /// All bytes, where that is known.
    pub total: Option<u64>,
    /// What the transfer does.
    pub phase: Phase,
}

/// What a transfer does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Phase {
    /// It moves bytes.
    Running,
    /// It waits to be resumed. Parts that were under way are finished first.
    Paused,
    /// It is over: done, failed or cancelled, as [`Transfer::wait`] tells.
    Ended,
}

/// What of a transfer is done: as JSON, enough to go on in another process.
///
/// It names no server and has no credential; the program keeps those. Of an upload it has what the source is
/// known by, so that it is not used with another one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransferState {
    pub(super) part_size: u64,
    pub(super) total: Option<u64>,
    /// The version of the file, for downloads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) validator: Option<String>,
    /// What was sent, for uploads. States that were written before it was kept have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) source: Option<SourceIdentity>,
    /// The parts that are done, by number from 0, with what the server said to each.
    pub(super) parts: BTreeMap<u64, String>,
}

impl TransferState {
    /// The state of a transfer with nothing done: parts of so many bytes (0 counts as 1), and the length
    /// of the file where it is known. For protocols that can ask the server what it has.
    pub fn new(part_size: u64, total: Option<u64>) -> Self {
        Self { part_size: part_size.max(1), total, ..Self::default() }
    }

    /// The same state with a part done: its number from 0, and what the server said to it.
    #[must_use]
    pub fn with_part(mut self, part: u64, receipt: impl Into<String>) -> Self {
        self.parts.insert(part, receipt.into());
        self
    }

    /// How many bytes a part has, except the last.
    pub fn part_size(&self) -> u64 {
        self.part_size
    }

    /// The length of the file in bytes, where it is known.
    pub fn total(&self) -> Option<u64> {
        self.total
    }

    /// The parts that are done, by number from 0, with what the server said to each.
    pub fn parts(&self) -> impl Iterator<Item = (u64, &str)> {
        self.parts.iter().map(|(part, receipt)| (*part, receipt.as_str()))
    }

    /// The number of parts that are done.
    pub fn parts_done(&self) -> usize {
        self.parts.len()
    }

    /// How many bytes a part has.
    pub(super) fn part_length(&self, part: u64) -> u64 {
        let start = part.saturating_mul(self.part_size);
        self.total.map_or(self.part_size, |total| total.saturating_sub(start).min(self.part_size))
    }

    pub(super) fn bytes_done(&self) -> u64 {
        self.parts.keys().map(|part| self.part_length(*part)).sum()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Command {
    Run,
    Pause,
    Cancel,
}

/// What the handle and the task share.
#[derive(Clone)]
pub(super) struct Control {
    command: Arc<watch::Sender<Command>>,
    progress: Arc<watch::Sender<TransferProgress>>,
    state: Arc<Mutex<TransferState>>,
}

impl Control {
    pub(super) fn new(state: TransferState) -> Self {
        let progress = TransferProgress {
            done: state.bytes_done(),
            total: state.total,
            phase: Phase::Running,
        };
        Self {
            command: Arc::new(watch::Sender::new(Command::Run)),
            progress: Arc::new(watch::Sender::new(progress)),
            state: Arc::new(Mutex::new(state)),
        }
    }

    pub(super) fn with_state<R>(&self, with: impl FnOnce(&mut TransferState) -> R) -> R {
        with(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn part_done(&self, part: u64, receipt: String, bytes: u64) {
        self.with_state(|state| state.parts.insert(part, receipt));
        self.progress.send_modify(|progress| progress.done += bytes);
    }

    pub(super) fn total(&self, total: u64) {
        self.with_state(|state| state.total = Some(total));
        self.progress.send_modify(|progress| progress.total = Some(total));
    }

    /// How far a transfer without parts is.
    pub(super) fn position(&self, done: u64) {
        self.progress.send_modify(|progress| progress.done = done);
    }

    /// Waits until parts may begin.
    pub(super) async fn until_run(&self) {
        let mut command = self.command.subscribe();
        // The sender lives in `self`, so waiting cannot fail.
        let _ = command.wait_for(|command| *command == Command::Run).await;
    }

    /// Whether new parts may begin.
    pub(super) fn may_run(&self) -> bool {
        *self.command.borrow() == Command::Run
    }

    pub(super) fn phase(&self, phase: Phase) {
        self.progress
            .send_if_modified(|progress| std::mem::replace(&mut progress.phase, phase) != phase);
    }

    /// Waits until the command is another one than now.
    pub(super) async fn changed(&self) {
        let mut command = self.command.subscribe();
        let now = *command.borrow_and_update();
        // The sender lives in `self`, so waiting cannot fail.
        let _ = command.wait_for(|command| *command != now).await;
    }

    async fn cancelled(&self) {
        let mut command = self.command.subscribe();
        let _ = command.wait_for(|command| *command == Command::Cancel).await;
    }

    /// Starts the task.
    pub(super) fn spawn<T: Send + 'static>(
        self,
        work: impl Future<Output = Result<T, Error>> + Send + 'static,
    ) -> Transfer<T> {
        let (command, state) = (Arc::clone(&self.command), Arc::clone(&self.state));
        let progress = self.progress.subscribe();
        let task = tokio::spawn(async move {
            let result = tokio::select! {
                biased;
                () = self.cancelled() => {
                    Err(Error::new(ErrorKind::Cancelled, "the transfer was cancelled"))
                }
                result = work => result,
            };
            self.phase(Phase::Ended);
            result
        });
        Transfer { command, state, progress, task }
    }
}

impl<T: Send + 'static> Transfer<T> {
    /// A transfer that is no matter of parts: work that can be watched and cancelled, but not paused. Its
    /// progress has the number of bytes given here, all done when the work ends well.
    pub fn of(
        total: Option<u64>,
        work: impl Future<Output = Result<T, Error>> + Send + 'static,
    ) -> Self {
        let control = Control::new(TransferState { total, ..TransferState::default() });
        let watched = control.clone();
        control.spawn(async move {
            let result = work.await;
            if result.is_ok() {
                watched.position(total.unwrap_or(0));
            }
            result
        })
    }
}

impl<T> Transfer<T> {
    /// A channel that always holds the newest progress. It closes after [`Phase::Ended`].
    pub fn progress(&self) -> watch::Receiver<TransferProgress> {
        self.progress.clone()
    }

    /// Lets the parts under way finish and begins no more.
    pub fn pause(&self) {
        self.command(Command::Pause);
    }

    /// Goes on after a pause.
    pub fn resume(&self) {
        self.command(Command::Run);
    }

    /// Stops at once. What the server has it keeps, until its protocol forgets it.
    pub fn cancel(&self) {
        self.command(Command::Cancel);
    }

    fn command(&self, command: Command) {
        // A cancelled transfer stays so.
        self.command.send_if_modified(|now| {
            let changes = *now != command && *now != Command::Cancel;
            if changes {
                *now = command;
            }
            changes
        });
    }

    /// What is done so far, also after a failure.
    pub fn state(&self) -> TransferState {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits for the end. Dropping the future does not stop the transfer.
    ///
    /// # Errors
    /// What failed; [`ErrorKind::Cancelled`] after [`cancel`](Self::cancel), and when it is asked for a
    /// second time.
    pub async fn wait(&mut self) -> Result<T, Error> {
        if self.task.is_finished() && self.progress.borrow().phase != Phase::Ended {
            // The task is gone without a word: its runtime was shut down, or it panicked.
            return Err(Error::new(ErrorKind::Cancelled, "the transfer was torn down"));
        }
        match (&mut self.task).await {
            Ok(result) => result,
            Err(error) => {
                Err(Error::new(ErrorKind::Cancelled, "the transfer was torn down")
                    .with_source(error))
            }
        }
    }
}

impl<T> Drop for Transfer<T> {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl<T> fmt::Debug for Transfer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Transfer").field(&*self.progress.borrow()).finish()
    }
}
