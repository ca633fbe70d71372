//! A worker's side of a shared quota: the engine decides, and the fallback while the engine is away.

use std::{fmt, future::Future, sync::Arc, time::Duration};

use tokio::time::{Instant, sleep, timeout};

use super::{
    MemoryQuotas, QuotaEngine, QuotaRate, QuotaRefused, Slot, SlotRequest, Turns,
    availability::Availability, gcra::MAX_AHEAD,
};
use crate::{BoxFuture, StoreError, background::BackgroundTasks};

/// A pause that began during a shorter wait than this is not noticed, like one that begins while a request is on its
/// way. Checking costs a round trip.
const CHECKED_WAIT: Duration = Duration::from_millis(100);

/// The time limit of a probe: enough for an engine to find out that a connection is dead, and to make another one.
const PROBE_LIMIT: Duration = Duration::from_secs(10);

/// The resolution of the engines' clocks.
const MICROSECOND: Duration = Duration::from_micros(1);

#[derive(Debug)]
pub(super) struct Worker {
    engine: Arc<dyn QuotaEngine>,
    name: String,
    rate: QuotaRate,
    fallback: QuotaRate,
    /// What this process keeps while the engine is away.
    local: MemoryQuotas,
    engine_timeout: Duration,
    availability: Availability,
    pauses: BackgroundTasks,
}

impl Turns for Worker {
    fn acquire(
        self: Arc<Self>,
        at_most: Option<Duration>,
    ) -> BoxFuture<'static, Result<(), QuotaRefused>> {
        Box::pin(async move { self.await_turn(at_most).await })
    }

    fn pause_all(self: Arc<Self>, pause: Duration) {
        self.local.step(&self.name, |state, now| state.pause(now, pause, self.fallback));
        let worker = Arc::clone(&self);
        let telling = async move {
            let told = worker.ask(Duration::MAX, async move |worker: Arc<Self>| {
                worker.engine.pause(&worker.name, pause, worker.rate).await
            });
            told.await;
        };
        // Without a runtime nothing was sent, and there is nothing to tell.
        let _ = self.pauses.start(telling);
    }

    fn uses_fallback(&self) -> bool {
        self.availability.is_away()
    }
}

impl Worker {
    pub(super) fn new(
        engine: Arc<dyn QuotaEngine>,
        name: String,
        rate: QuotaRate,
        fallback: QuotaRate,
        engine_timeout: Duration,
    ) -> Self {
        Self {
            engine,
            name,
            rate,
            fallback,
            local: MemoryQuotas::new(),
            engine_timeout,
            availability: Availability::default(),
            pauses: BackgroundTasks::default(),
        }
    }

    async fn await_turn(self: &Arc<Self>, at_most: Option<Duration>) -> Result<(), QuotaRefused> {
        let began = Instant::now();
        let left = || at_most.map(|at_most| at_most.saturating_sub(began.elapsed()));
        let refuse = |wait| left().is_some_and(|left| wait >= left);
        // The fallback decides in time, too.
        let patience = || left().map_or(Duration::MAX, |left| left / 2);
        loop {
            // A slot at the very end of the time is of no use.
            let longest = left().map_or(MAX_AHEAD, |left| left.saturating_sub(MICROSECOND));
            match self.take(longest, patience()).await {
                Slot::Taken { wait, .. } => {
                    if !wait.is_zero() {
                        sleep(wait).await;
                    }
                    if wait < CHECKED_WAIT {
                        return Ok(());
                    }
                    // The slot may have passed during a pause. Then another one is taken, which is after the pause
                    // and after those who have one.
                    let pause = self.pause_left(patience()).await;
                    if pause.is_zero() {
                        return Ok(());
                    }
                    if refuse(pause) {
                        return Err(QuotaRefused { wait: pause, paused: true });
                    }
                }
                Slot::Later { wait, paused } => {
                    if refuse(wait) {
                        return Err(QuotaRefused { wait, paused });
                    }
                    sleep(wait.saturating_sub(MAX_AHEAD / 2).max(Duration::from_millis(1))).await;
                }
            }
        }
    }

    async fn take(self: &Arc<Self>, at_most: Duration, patience: Duration) -> Slot {
        let taken = self.ask(patience, async move |worker: Arc<Self>| {
            let request = SlotRequest::new(worker.rate, at_most);
            worker.engine.take_slot(&worker.name, request).await
        });
        match taken.await {
            Some(slot) => slot,
            None => {
                let request = SlotRequest::new(self.fallback, at_most);
                self.local.step(&self.name, |state, now| state.take(now, &request))
            }
        }
    }

    async fn pause_left(self: &Arc<Self>, patience: Duration) -> Duration {
        let left = self.ask(patience, async move |worker: Arc<Self>| {
            worker.engine.pause_left(&worker.name).await
        });
        match left.await {
            Some(pause) => pause,
            None => self.local.step(&self.name, |state, now| state.pause_left(now)),
        }
    }

    /// Runs a step in the engine; `None` if it is away, or if the caller cannot wait longer than `patience`. The step is a
    /// task, so that callers with little time do not hide an engine that has stopped responding.
    async fn ask<T, F>(
        self: &Arc<Self>,
        patience: Duration,
        step: impl FnOnce(Arc<Self>) -> F,
    ) -> Option<T>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, StoreError>> + Send + 'static,
    {
        if self.availability.is_away() {
            if self.availability.is_probe_due() {
                tokio::spawn(Arc::clone(self).probe());
            }
            return None;
        }
        let worker = Arc::clone(self);
        let step = timeout(self.engine_timeout, step(Arc::clone(self)));
        let asked = tokio::spawn(async move {
            match step.await {
                Ok(Ok(value)) => return Some(value),
                Ok(Err(error)) => worker.lost(&error),
                Err(_) => worker.lost(&"it did not respond in time"),
            }
            None
        });
        timeout(patience, asked).await.ok()?.ok()?
    }

    fn lost(&self, error: &dyn fmt::Display) {
        if self.availability.failed() {
            tracing::warn!(
                quota = self.name,
                %error,
                "the engine of the quota is away; this process limits its own requests"
            );
        }
    }

    /// Asks for a slot now, because an engine that can only be read is of no use. The slot is not used.
    async fn probe(self: Arc<Self>) {
        let request = SlotRequest::new(self.rate, Duration::ZERO);
        let probed = timeout(PROBE_LIMIT, self.engine.take_slot(&self.name, request)).await;
        if let Ok(Ok(_)) = probed
            && let Some(away) = self.availability.worked()
        {
            tracing::info!(quota = self.name, ?away, "the engine of the quota is back");
        }
    }
}
