//! Work that must not end with the call that began it: refreshes, the storing of a sign-in, sign-outs.

use std::{
    future::Future,
    sync::{Arc, LazyLock},
};

use tokio::{
    runtime::{Handle, Id},
    sync::watch,
};

use crate::AuthError;

/// The runtimes that such work is under way on, one entry for each piece of work.
static UNDER_WAY: LazyLock<watch::Sender<Vec<Id>>> = LazyLock::new(|| watch::Sender::new(vec![]));

/// Counts the work of one session.
#[derive(Debug, Clone)]
pub(crate) struct Work(Arc<watch::Sender<usize>>);

impl Default for Work {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(0)))
    }
}

/// One piece of work; it also ends when its runtime drops it.
struct Piece {
    work: Work,
    runtime: Id,
}

impl Piece {
    fn begin(work: &Work, runtime: Id) -> Self {
        work.0.send_modify(|count| *count += 1);
        UNDER_WAY.send_modify(|pieces| pieces.push(runtime));
        Self { work: work.clone(), runtime }
    }
}

impl Drop for Piece {
    fn drop(&mut self) {
        self.work.0.send_modify(|count| *count = count.saturating_sub(1));
        UNDER_WAY.send_modify(|pieces| {
            if let Some(at) = pieces.iter().position(|runtime| *runtime == self.runtime) {
                pieces.swap_remove(at);
            }
        });
    }
}

impl Work {
    /// Starts work in a task. The returned future waits for it; dropping that future does not stop it.
    ///
    /// # Errors
    /// [`AuthError::NoRuntime`]. The future's error is [`AuthError::Interrupted`].
    pub(crate) fn start<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Result<impl Future<Output = Result<T, AuthError>> + Send + 'static, AuthError> {
        let runtime = Handle::try_current().map_err(|_| AuthError::NoRuntime)?;
        let piece = Piece::begin(self, runtime.id());
        let task = runtime.spawn(async move {
            let _piece = piece;
            work.await
        });
        Ok(async move { task.await.map_err(|_| AuthError::Interrupted) })
    }

    /// Returns when none of the session's work is under way.
    pub(crate) async fn ended(&self) {
        // The sender is alive: it is borrowed here.
        let _ = self.0.subscribe().wait_for(|count| *count == 0).await;
    }
}

/// Waits until the current runtime no longer refreshes, stores or revokes tokens for any session.
///
/// A runtime that is dropped drops such work with it: a provider may then have spent a refresh token whose
/// successor nobody stored. A program waits for this before it shuts a runtime down, within its own time
/// limit; [`crate::OAuth2::close`] does the same for one session. Returns at once outside of a runtime.
pub async fn settled() {
    let Ok(runtime) = Handle::try_current() else { return };
    let here = runtime.id();
    let _ = UNDER_WAY.subscribe().wait_for(|pieces| !pieces.contains(&here)).await;
}
