//! Background tasks: work that must not end with the call that began it, such as a refresh, the storing of a
//! sign-in, or a sign-out.

// Only sessions start them. `wait_for_background_tasks` is always there, so that its callers need no feature.
#![cfg_attr(not(feature = "oauth"), allow(dead_code))]

use std::{
    future::Future,
    sync::{Arc, LazyLock},
};

use tokio::{
    runtime::{Handle, Id},
    sync::watch,
};

use crate::AuthError;

/// The runtimes that background tasks run on, one entry per task.
static RUNNING: LazyLock<watch::Sender<Vec<Id>>> = LazyLock::new(|| watch::Sender::new(vec![]));

/// Counts the background tasks of one session.
#[derive(Debug, Clone)]
pub(crate) struct BackgroundTasks(Arc<watch::Sender<usize>>);

impl Default for BackgroundTasks {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(0)))
    }
}

/// Counts one task until it is dropped: when it has run to its end, or together with its runtime.
struct TaskGuard {
    tasks: BackgroundTasks,
    runtime: Id,
}

impl TaskGuard {
    fn new(tasks: &BackgroundTasks, runtime: Id) -> Self {
        tasks.0.send_modify(|count| *count += 1);
        RUNNING.send_modify(|running| running.push(runtime));
        Self { tasks: tasks.clone(), runtime }
    }
}

impl Drop for TaskGuard {
    fn drop(&mut self) {
        self.tasks.0.send_modify(|count| *count = count.saturating_sub(1));
        RUNNING.send_modify(|running| {
            if let Some(at) = running.iter().position(|runtime| *runtime == self.runtime) {
                running.swap_remove(at);
            }
        });
    }
}

impl BackgroundTasks {
    /// Starts a task on the current runtime. The returned future waits for it; dropping that future does not
    /// stop the task.
    ///
    /// # Errors
    /// [`AuthError::NoRuntime`]. The future's error is [`AuthError::Interrupted`].
    pub(crate) fn start<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Result<impl Future<Output = Result<T, AuthError>> + Send + 'static, AuthError> {
        let runtime = Handle::try_current().map_err(|_| AuthError::NoRuntime)?;
        let guard = TaskGuard::new(self, runtime.id());
        let task = runtime.spawn(async move {
            let _guard = guard;
            work.await
        });
        Ok(async move { task.await.map_err(|_| AuthError::Interrupted) })
    }

    /// Returns when no task of the session is running.
    pub(crate) async fn finished(&self) {
        // The sender lives as long as `self`, so this cannot fail.
        let _ = self.0.subscribe().wait_for(|count| *count == 0).await;
    }
}

/// Waits until the current runtime no longer refreshes, stores or revokes tokens for any session.
///
/// A runtime that is dropped drops its background tasks too. A provider may then have spent a refresh token
/// whose successor was never stored. So a program waits for this before it shuts a runtime down, within its own
/// time limit; [`crate::OAuth2::close`] does the same for one session. Returns at once outside of a runtime.
pub async fn wait_for_background_tasks() {
    let Ok(runtime) = Handle::try_current() else { return };
    let here = runtime.id();
    let _ = RUNNING.subscribe().wait_for(|running| !running.contains(&here)).await;
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn a_task_outlives_the_caller_that_stops_waiting() {
        let tasks = BackgroundTasks::default();
        let (go, waiting) = oneshot::channel::<()>();
        let (done, finished) = oneshot::channel();
        drop(tasks.start(async move {
            let _ = waiting.await;
            let _ = done.send(7);
        }));
        let pause = Duration::from_millis(20);
        assert!(tokio::time::timeout(pause, tasks.finished()).await.is_err());
        assert!(tokio::time::timeout(pause, wait_for_background_tasks()).await.is_err());
        go.send(()).unwrap();
        assert_eq!(finished.await.unwrap(), 7);
        tasks.finished().await;
        wait_for_background_tasks().await;
    }

    #[test]
    fn a_task_that_is_dropped_with_its_runtime_counts_no_longer() {
        let tasks = BackgroundTasks::default();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let task = runtime.block_on(async { tasks.start(std::future::pending::<()>()) }).unwrap();
        drop(runtime);
        assert_eq!(*tasks.0.borrow(), 0);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        assert!(matches!(runtime.block_on(task), Err(AuthError::Interrupted)));
    }

    #[test]
    fn without_a_runtime_nothing_is_started() {
        let started = BackgroundTasks::default().start(async {});
        assert!(matches!(started.err(), Some(AuthError::NoRuntime)));
    }
}
