use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use crate::Error;

/// How much is read from a source at a time, in bytes. Sending it counts as one step of progress.
pub(crate) const STEP: usize = 64 * 1024;

/// The progress of sending a streamed body, and why its source failed if it did.
///
/// It counts steps, not bytes: the time limit of an attempt only asks whether anything moved.
#[derive(Debug, Clone)]
pub(crate) struct Progress(Option<Arc<State>>);

#[derive(Debug, Default)]
struct State {
    steps: AtomicU64,
    source_error: Mutex<Option<Error>>,
}

impl Progress {
    /// For a body that is read while it is sent.
    pub(crate) fn streamed() -> Self {
        Self(Some(Arc::default()))
    }

    /// For a body in memory, which makes no steps.
    pub(crate) fn none() -> Self {
        Self(None)
    }

    pub(crate) fn step(&self) {
        if let Some(state) = &self.0 {
            state.steps.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(crate) fn steps(&self) -> u64 {
        self.0.as_ref().map_or(0, |state| state.steps.load(Ordering::Relaxed))
    }

    /// Keeps why the source failed. Only the first reason is kept; later ones are consequences.
    pub(crate) fn fail_source(&self, error: Error) {
        if let Some(state) = &self.0 {
            state.source_error.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
        }
    }

    /// Takes the error of the source, if it failed.
    pub(crate) fn take_source_error(&self) -> Option<Error> {
        self.0.as_ref()?.source_error.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
