//! The handle of a running transfer, and what it shares with the transfer's task.
//!
//! | Phase | Command | What the task does |
//! |---|---|---|
//! | running | run | begins new parts |
//! | running | pause | begins no more; those under way finish, then the phase is paused |
//! | paused | run | begins new parts again |
//! | any | cancel | stops at once; no later command has an effect |
//! | ended | any | nothing: the result can be taken once |
//!
//! The handle owns the task: dropping the handle aborts it. The state outlives both, since it is shared.

use std::{
    fmt,
    future::Future,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use serde::Serialize;
use tokio::{
    runtime::Handle,
    sync::watch,
    task::JoinHandle,
    time::{Instant, sleep_until},
};

use super::{state::TransferState, state_file::StateFile};
use crate::{Error, ErrorKind};

/// The time between two saves of a state.
const SAVE_INTERVAL: Duration = Duration::from_secs(1);

/// A running transfer.
///
/// It runs in its own task. Dropping the handle stops it, as [`cancel`](Self::cancel) does; its
/// [`state`](Self::state) lets a later transfer resume from there.
pub struct Transfer<T> {
    // Not the sender of the progress, which must end with the task: a closed channel is how watchers see the end.
    command: Arc<watch::Sender<Command>>,
    state: Arc<Mutex<TransferState>>,
    progress: watch::Receiver<TransferProgress>,
    task: TransferTask<T>,
}

enum TransferTask<T> {
    Running(JoinHandle<Result<T, Error>>),
    /// There is no tokio runtime to run it in.
    NotStarted,
    /// The result was returned.
    ResultTaken,
}

/// The progress of a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct TransferProgress {
    /// Bytes that were transferred and need not be sent again.
    pub done: u64,
    /// All bytes, if known.
    pub total: Option<u64>,
    /// The phase of the transfer.
    pub phase: TransferPhase,
}

/// The phase of a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TransferPhase {
    /// Bytes are transferred.
    Running,
    /// The transfer waits to be resumed. Parts under way when it was paused are finished first.
    Paused,
    /// The transfer succeeded, failed or was cancelled; [`Transfer::wait`] returns which.
    Ended,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Command {
    Run,
    Pause,
    Cancel,
}

/// What the handle and the task share, from the task's side.
#[derive(Clone)]
pub(super) struct TransferControl {
    command: Arc<watch::Sender<Command>>,
    progress: Arc<watch::Sender<TransferProgress>>,
    state: Arc<Mutex<TransferState>>,
}

impl TransferControl {
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

    /// The progress, as the handle shows it.
    #[cfg(feature = "checksums")]
    pub(super) fn progress(&self) -> watch::Receiver<TransferProgress> {
        self.progress.subscribe()
    }

    /// Records a completed part.
    pub(super) fn complete_part(&self, part: u64, receipt: String, bytes: u64) {
        self.with_state(|state| state.parts.insert(part, receipt));
        self.progress.send_modify(|progress| progress.done = progress.done.saturating_add(bytes));
    }

    /// Records the length of the file.
    pub(super) fn set_total(&self, total: u64) {
        self.with_state(|state| state.total = Some(total));
        self.progress.send_modify(|progress| progress.total = Some(total));
    }

    /// Records that all bytes were received, in one piece or in the parts of the state.
    pub(super) fn complete(&self, total: u64) {
        self.with_state(|state| {
            if state.parts.is_empty() {
                (state.part_size, state.total) = (total.max(1), Some(total));
                state.parts.insert(0, String::new());
            }
            for part in 0..total.div_ceil(state.part_size) {
                state.parts.entry(part).or_default();
            }
        });
        self.report_total(Some(total));
        self.report_done(total);
    }

    /// Reports the number of bytes to transfer, without recording it in the state.
    pub(super) fn report_total(&self, total: Option<u64>) {
        self.progress.send_modify(|progress| progress.total = total);
    }

    /// Reports the number of transferred bytes, where the state does not have it as parts.
    pub(super) fn report_done(&self, done: u64) {
        self.progress.send_modify(|progress| progress.done = done);
    }

    pub(super) fn set_phase(&self, phase: TransferPhase) {
        self.progress
            .send_if_modified(|progress| std::mem::replace(&mut progress.phase, phase) != phase);
    }

    /// Whether new parts may begin.
    pub(super) fn may_run(&self) -> bool {
        *self.command.borrow() == Command::Run
    }

    /// Waits until new parts may begin.
    pub(super) async fn wait_until_running(&self) {
        let mut command = self.command.subscribe();
        // The sender lives in `self`, so waiting cannot fail.
        let _ = command.wait_for(|command| *command == Command::Run).await;
    }

    /// Waits until [`may_run`](Self::may_run) is no longer what it was. The caller passes what it acted on: a command that
    /// came and went since then counts as well.
    pub(super) async fn may_run_changed(&self, from: bool) {
        let mut command = self.command.subscribe();
        // The sender lives in `self`, so waiting cannot fail.
        let _ = command.wait_for(|command| (*command == Command::Run) != from).await;
    }

    async fn cancelled(&self) {
        let mut command = self.command.subscribe();
        let _ = command.wait_for(|command| *command == Command::Cancel).await;
    }

    /// Starts the task in the caller's tokio runtime. The transfer fails at once if there is none, or if the state
    /// is not one of a transfer.
    pub(super) fn spawn<T: Send + 'static>(
        self,
        work: impl Future<Output = Result<T, Error>> + Send + 'static,
    ) -> Transfer<T> {
        let (command, state) = (Arc::clone(&self.command), Arc::clone(&self.state));
        let progress = self.progress.subscribe();
        let Ok(runtime) = Handle::try_current() else {
            self.set_phase(TransferPhase::Ended);
            return Transfer { command, state, progress, task: TransferTask::NotStarted };
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
            self.set_phase(TransferPhase::Ended);
            result
        });
        Transfer { command, state, progress, task: TransferTask::Running(task) }
    }
}

impl<T: Send + 'static> Transfer<T> {
    /// Runs other work as a transfer, in a task of the current tokio runtime. It can be watched and cancelled, but
    /// has no parts, so it cannot be paused. Its progress has `total` bytes, all done once the work succeeded.
    pub fn spawn(
        total: Option<u64>,
        work: impl Future<Output = Result<T, Error>> + Send + 'static,
    ) -> Self {
        let control = TransferControl::new(TransferState { total, ..TransferState::default() });
        let reporter = control.clone();
        control.spawn(async move {
            let result = work.await;
            if result.is_ok() {
                reporter.report_done(total.unwrap_or(0));
            }
            result
        })
    }

    /// Keeps the state of the transfer in a file: replaces it at most once a second while the transfer makes
    /// progress, and when it fails with something to resume; removes it after success. `state` makes what is saved.
    ///
    /// The file is not read: resume the transfer from it before. If it cannot be written, the transfer continues.
    /// Dropping the handle leaves the file as it was last saved.
    #[must_use = "dropping the transfer stops it"]
    pub fn keep_state<S: Serialize + Send + Sync>(
        mut self,
        file: StateFile,
        state: impl Fn(&TransferState) -> S + Send + 'static,
    ) -> Self {
        let Ok(runtime) = Handle::try_current() else { return self };
        let (command, shared) = (Arc::clone(&self.command), Arc::clone(&self.state));
        let progress = self.progress.clone();
        let mut watched = self.progress.clone();
        let task = runtime.spawn(async move {
            let mut next_save = Instant::now();
            // Dropping this task drops `self`, which stops the transfer.
            let result = loop {
                let save_is_due = async {
                    if watched.changed().await.is_err() {
                        // The transfer has ended; its result comes next.
                        std::future::pending::<()>().await;
                    }
                    sleep_until(next_save).await;
                };
                tokio::select! {
                    biased;
                    result = self.wait() => break result,
                    () = save_is_due => {
                        if watched.borrow().done == 0 {
                            continue;
                        }
                        // The next save replaces one that failed.
                        let _ = file.save(&state(&self.state())).await;
                        next_save = Instant::now() + SAVE_INTERVAL;
                    }
                }
            };
            // The result counts, whatever happens to the file.
            let _ = match &result {
                Ok(_) => file.remove().await,
                Err(_) if watched.borrow().done > 0 => file.save(&state(&self.state())).await,
                Err(_) => Ok(()),
            };
            result
        });
        Transfer { command, state: shared, progress, task: TransferTask::Running(task) }
    }
}

impl<T> Transfer<T> {
    /// A channel that always holds the latest progress. It closes after [`TransferPhase::Ended`].
    pub fn progress(&self) -> watch::Receiver<TransferProgress> {
        self.progress.clone()
    }

    /// Begins no more parts. Those under way are finished.
    pub fn pause(&self) {
        self.send_command(Command::Pause);
    }

    /// Resumes after a pause.
    pub fn resume(&self) {
        self.send_command(Command::Run);
    }

    /// Stops at once. The server keeps what it has until its protocol discards it.
    pub fn cancel(&self) {
        self.send_command(Command::Cancel);
    }

    fn send_command(&self, command: Command) {
        // Cancelling is final.
        self.command.send_if_modified(|current| {
            let changes = *current != command && *current != Command::Cancel;
            if changes {
                *current = command;
            }
            changes
        });
    }

    /// What is completed so far, also after a failure.
    pub fn state(&self) -> TransferState {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits for the result. Dropping the future does not stop the transfer.
    ///
    /// # Errors
    /// - The error of the transfer.
    /// - [`ErrorKind::Cancelled`] after [`cancel`](Self::cancel), and when the result was already returned.
    /// - [`ErrorKind::Configuration`] if the transfer was started outside a tokio runtime.
    /// - [`ErrorKind::Integrity`] if the state to resume from is not one of a transfer.
    pub async fn wait(&mut self) -> Result<T, Error> {
        let task = match &mut self.task {
            TransferTask::Running(task) => task,
            TransferTask::NotStarted => {
                let message = "a transfer runs in a task: start it within a tokio runtime";
                return Err(Error::new(ErrorKind::Configuration, message));
            }
            TransferTask::ResultTaken => {
                let message = "the transfer has ended, and its result was already returned";
                return Err(Error::new(ErrorKind::Cancelled, message));
            }
        };
        let aborted = || Error::new(ErrorKind::Cancelled, "the transfer was aborted");
        if task.is_finished() && self.progress.borrow().phase != TransferPhase::Ended {
            // The task ended without setting the phase: its runtime was shut down, or it panicked.
            return Err(aborted());
        }
        let result = task.await;
        self.task = TransferTask::ResultTaken;
        result.unwrap_or_else(|error| Err(aborted().with_source(error)))
    }
}

impl<T> Drop for Transfer<T> {
    fn drop(&mut self) {
        if let TransferTask::Running(task) = &self.task {
            task.abort();
        }
    }
}

impl<T> fmt::Debug for Transfer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Transfer").field(&*self.progress.borrow()).finish()
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn a_pause_that_has_ended_by_the_time_it_is_waited_for_does_not_hold_up_the_transfer() {
        let control = TransferControl::new(TransferState::default());
        control.command.send_replace(Command::Pause);
        let may_run = control.may_run();
        assert!(!may_run && control.may_run_changed(may_run).now_or_never().is_none());
        // On another thread, between the two calls.
        control.command.send_replace(Command::Run);
        assert!(control.may_run_changed(may_run).now_or_never().is_some());
        assert!(control.may_run_changed(true).now_or_never().is_none());
    }
}
