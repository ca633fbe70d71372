use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use super::{
    QuotaEngine, QuotaRate, Slot, SlotRequest,
    gcra::{QuotaState, micros},
};
use crate::{BoxFuture, StoreError};

/// Quotas in the memory of this process, for several clients of one vendor in one program.
#[derive(Debug)]
pub struct MemoryQuotas {
    started: Instant,
    quotas: Mutex<HashMap<String, QuotaState>>,
}

impl MemoryQuotas {
    /// Quotas that nothing was taken from yet.
    pub fn new() -> Self {
        Self { started: Instant::now(), quotas: Mutex::default() }
    }

    /// Runs a step on a quota, with the time now. The clock begins at a date that lets every tolerance pass.
    pub(super) fn step<T>(&self, quota: &str, step: impl FnOnce(&mut QuotaState, u64) -> T) -> T {
        const BEGINNING: Duration = Duration::from_secs(30 * 86_400);
        let now = micros(BEGINNING + self.started.elapsed());
        let mut quotas = self.quotas.lock().unwrap_or_else(PoisonError::into_inner);
        step(quotas.entry(quota.to_owned()).or_default(), now)
    }
}

impl Default for MemoryQuotas {
    fn default() -> Self {
        Self::new()
    }
}

impl QuotaEngine for MemoryQuotas {
    fn take_slot<'a>(
        &'a self,
        quota: &'a str,
        request: SlotRequest,
    ) -> BoxFuture<'a, Result<Slot, StoreError>> {
        Box::pin(async move { Ok(self.step(quota, |state, now| state.take(now, &request))) })
    }

    fn pause<'a>(
        &'a self,
        quota: &'a str,
        pause: Duration,
        rate: QuotaRate,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            self.step(quota, |state, now| state.pause(now, pause, rate));
            Ok(())
        })
    }

    fn pause_left<'a>(&'a self, quota: &'a str) -> BoxFuture<'a, Result<Duration, StoreError>> {
        Box::pin(async move { Ok(self.step(quota, |state, now| state.pause_left(now))) })
    }
}
