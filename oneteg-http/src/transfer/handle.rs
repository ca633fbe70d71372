use std::{
    collections::BTreeMap,
    fmt,
    future::Future,
    sync::{Arc, Mutex, PoisonError},
};

use serde::{Deserialize, Serialize};
use tokio::{runtime::Handle, sync::watch, task::JoinHandle};

use super::version::Version;
use crate::{Error, ErrorKind, SourceIdentity};

/// A transfer under way, in a task of its own.
///
/// Dropping it stops the transfer where it is, as [`cancel`](Self::cancel) does; its
/// [`state`](Self::state) lets another one resume there.
pub struct Transfer<T> {
    // Not the sender of the progress, which ends with the task: who waits for changes sees the end.
    command: Arc<watch::Sender<Command>>,
    state: Arc<Mutex<TransferState>>,
    progress: watch::Receiver<TransferProgress>,
    task: Task<T>,
}

/// The state of a transfer's result.
enum Task<T> {
    Running(JoinHandle<Result<T, Error>>),
    /// There is no runtime to run it in.
    NotStarted,
    /// The result was returned.
    Taken,
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
    pub phase: TransferPhase,
}

/// What a transfer does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TransferPhase {
    /// It moves bytes.
    Running,
    /// It waits to be resumed. Parts that were under way are finished first.
    Paused,
    /// It is over: done, failed or cancelled, as [`Transfer::wait`] tells.
    Ended,
}

/// The completed part of a transfer: as JSON, enough to resume it in another process.
///
/// It contains neither the server nor a credential; the program keeps those. It belongs to one source
/// and one target: for an upload it contains what identifies the source, so that it is not used with
/// another one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransferState {
    pub(super) part_size: u64,
    pub(super) total: Option<u64>,
    /// The version of the file, for downloads.
    #[serde(default, skip_serializing_if = "Version::is_empty")]
    pub(super) version: Version,
    /// The partial file of a download: the part of its name before `.part`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) partial: Option<String>,
    /// The source of an upload. States of earlier versions have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) source: Option<SourceIdentity>,
    /// The completed parts, by number from 0: with the server's response to each for uploads, or the sum
    /// of its bytes for downloads.
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

    /// The length of the file in bytes, if known.
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
        self.parts.keys().fold(0, |done, part| done.saturating_add(self.part_length(*part)))
    }

    /// Whether its parts can be those of a file. A state comes from wherever the program kept it.
    fn check(&self) -> Result<(), Error> {
        let exists = |part: &u64| {
            let start = part.checked_mul(self.part_size);
            let end = start.and_then(|start| start.checked_add(self.part_size));
            // An empty file may have a first part, which is empty.
            let within = |total: u64| *part == 0 || start.is_some_and(|start| start < total);
            self.part_size > 0
                && (self.total.is_some() || end.is_some())
                && self.total.is_none_or(within)
        };
        match self.parts.keys().find(|part| !exists(part)) {
            None => Ok(()),
            Some(part) => {
                let message = format!(
                    "the state has a part {part}, which no file of {} has in parts of {} bytes; begin anew",
                    self.total.map_or("any length".to_owned(), |total| format!("{total} bytes")),
                    self.part_size,
                );
                Err(Error::new(ErrorKind::Integrity, message))
            }
        }
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
            phase: TransferPhase::Running,
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
        self.progress.send_modify(|progress| progress.done = progress.done.saturating_add(bytes));
    }

    pub(super) fn total(&self, total: u64) {
        self.with_state(|state| state.total = Some(total));
        self.progress.send_modify(|progress| progress.total = Some(total));
    }

    /// All bytes have arrived, in one piece or in the parts of the state.
    pub(super) fn whole(&self, total: u64) {
        self.with_state(|state| {
            if state.parts.is_empty() {
                (state.part_size, state.total) = (total.max(1), Some(total));
                state.parts.insert(0, String::new());
            }
            for part in 0..total.div_ceil(state.part_size) {
                state.parts.entry(part).or_default();
            }
        });
        self.expected(Some(total));
        self.position(total);
    }

    /// The expected number of bytes, if it is not kept in the state.
    pub(super) fn expected(&self, total: Option<u64>) {
        self.progress.send_modify(|progress| progress.total = total);
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

    pub(super) fn phase(&self, phase: TransferPhase) {
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

    /// Starts the task, in the caller's runtime. Without one, or with a state that is not from a transfer,
    /// the transfer fails at once.
    pub(super) fn spawn<T: Send + 'static>(
        self,
        work: impl Future<Output = Result<T, Error>> + Send + 'static,
    ) -> Transfer<T> {
        let (command, state) = (Arc::clone(&self.command), Arc::clone(&self.state));
        let progress = self.progress.subscribe();
        let Ok(runtime) = Handle::try_current() else {
            self.phase(TransferPhase::Ended);
            return Transfer { command, state, progress, task: Task::NotStarted };
        };
        let checked = self.with_state(|state| state.check());
        let task = runtime.spawn(async move {
            let result = tokio::select! {
                biased;
                () = self.cancelled() => {
                    Err(Error::new(ErrorKind::Cancelled, "the transfer was cancelled"))
                }
                result = async { checked?; work.await } => result,
            };
            self.phase(TransferPhase::Ended);
            result
        });
        Transfer { command, state, progress, task: Task::Running(task) }
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
    /// A channel that always holds the newest progress. It closes after [`TransferPhase::Ended`].
    pub fn progress(&self) -> watch::Receiver<TransferProgress> {
        self.progress.clone()
    }

    /// Lets the parts under way finish and begins no more.
    pub fn pause(&self) {
        self.command(Command::Pause);
    }

    /// Resumes after a pause.
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
    /// second time; [`ErrorKind::Configuration`] when the transfer was begun outside of a tokio runtime;
    /// [`ErrorKind::Integrity`] when it was to resume from a state that is not from a transfer.
    pub async fn wait(&mut self) -> Result<T, Error> {
        let task = match &mut self.task {
            Task::Running(task) => task,
            Task::NotStarted => {
                let message = "a transfer runs in a task: start it within a tokio runtime";
                return Err(Error::new(ErrorKind::Configuration, message));
            }
            Task::Taken => {
                let message = "the transfer has ended, and its result was already returned";
                return Err(Error::new(ErrorKind::Cancelled, message));
            }
        };
        let torn_down = || Error::new(ErrorKind::Cancelled, "the transfer was torn down");
        if task.is_finished() && self.progress.borrow().phase != TransferPhase::Ended {
            // The task is gone without a word: its runtime was shut down, or it panicked.
            return Err(torn_down());
        }
        let result = task.await;
        self.task = Task::Taken;
        result.unwrap_or_else(|error| Err(torn_down().with_source(error)))
    }
}

impl<T> Drop for Transfer<T> {
    fn drop(&mut self) {
        if let Task::Running(task) = &self.task {
            task.abort();
        }
    }
}

impl<T> fmt::Debug for Transfer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Transfer").field(&*self.progress.borrow()).finish()
    }
}
