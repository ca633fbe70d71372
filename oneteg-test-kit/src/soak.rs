//! Many calls, and the counts of their results.

use std::{collections::BTreeMap, future::Future, sync::Arc};

use tokio::{sync::Semaphore, task::JoinSet};

use oneteg_http::Error;

/// The result of one call of a soak.
#[derive(Debug)]
#[non_exhaustive]
pub enum SoakOutcome {
    /// The expected value.
    Correct,
    /// An error, which faults may cause.
    Failed(Error),
    /// Another value than expected: there must be none.
    Wrong(String),
}

/// The results of a soak.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct SoakReport {
    /// The number of calls with the expected value.
    pub correct: u64,
    /// The number of failed calls, by the kind of their error.
    pub failed: BTreeMap<String, u64>,
    /// The unexpected values: there must be none.
    pub wrong: Vec<String>,
    /// The number of calls that panicked: there must be none.
    pub panics: u64,
    /// The growth of the process's resident memory over the second half of the calls in bytes, where the system
    /// reports it.
    pub memory_growth: Option<i64>,
}

impl SoakReport {
    /// The number of all calls.
    pub fn calls(&self) -> u64 {
        self.correct + self.failed.values().sum::<u64>() + self.wrong.len() as u64 + self.panics
    }
}

/// The number of calls in a soak: 20,000 with `ONETEG_TEST_FULL=1` in the environment, else 2,000.
pub fn soak_call_count() -> u64 {
    if std::env::var_os("ONETEG_TEST_FULL").is_some_and(|value| value == "1") {
        20_000
    } else {
        2_000
    }
}

/// Makes many calls, up to `parallel` at the same time, and counts their results. The function receives the number of
/// the call, from 0; with a seed, it decides everything random about the call.
pub async fn run_soak<F, A>(calls: u64, parallel: usize, call: F) -> SoakReport
where
    F: Fn(u64) -> A,
    A: Future<Output = SoakOutcome> + Send + 'static,
{
    let mut report = SoakReport::default();
    let permits = Arc::new(Semaphore::new(parallel.max(1)));
    let mut running = JoinSet::new();
    let mut memory_at_half = None;
    for n in 0..calls {
        // The semaphore is never closed; without a permit there would only be more calls at the same time.
        let permit = Arc::clone(&permits).acquire_owned().await.ok();
        let outcome = call(n);
        running.spawn(async move {
            let _permit = permit;
            outcome.await
        });
        while let Some(done) = running.try_join_next() {
            report.count(done);
        }
        if n == calls / 2 {
            memory_at_half = resident_memory();
        }
    }
    while let Some(done) = running.join_next().await {
        report.count(done);
    }
    report.memory_growth = memory_at_half.zip(resident_memory()).map(|(half, end)| end - half);
    report
}

impl SoakReport {
    fn count(&mut self, done: Result<SoakOutcome, tokio::task::JoinError>) {
        match done {
            Ok(SoakOutcome::Correct) => self.correct += 1,
            Ok(SoakOutcome::Failed(error)) => {
                *self.failed.entry(format!("{:?}", error.kind())).or_default() += 1;
            }
            Ok(SoakOutcome::Wrong(what)) => self.wrong.push(what),
            Err(_) => self.panics += 1,
        }
    }
}

/// The resident memory of this process in bytes, on Linux.
fn resident_memory() -> Option<i64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    let kilobytes: i64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes * 1024)
}
