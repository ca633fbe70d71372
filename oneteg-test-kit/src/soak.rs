use std::{collections::BTreeMap, future::Future, sync::Arc};

use tokio::{sync::Semaphore, task::JoinSet};

use oneteg_http::Error;

/// What one call of a soak ended with.
#[derive(Debug)]
#[non_exhaustive]
pub enum SoakOutcome {
    /// The right value.
    Correct,
    /// An error, which a server behind faults may well cause.
    Failed(Error),
    /// A value that is not the right one. There must be none.
    Wrong(String),
}

/// What a soak found.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct SoakReport {
    /// Calls with the right value.
    pub correct: u64,
    /// Calls that failed, by the kind of their error.
    pub failed: BTreeMap<String, u64>,
    /// The wrong values: there must be none.
    pub wrong: Vec<String>,
    /// Calls that panicked: there must be none.
    pub panics: u64,
    /// By how many bytes the process's resident memory grew over the second half, where the system
    /// tells it.
    pub memory_growth: Option<i64>,
}

impl SoakReport {
    /// The number of all calls.
    pub fn calls(&self) -> u64 {
        self.correct + self.failed.values().sum::<u64>() + self.wrong.len() as u64 + self.panics
    }
}

/// How many calls a soak makes: 20,000 with `ONETEG_TEST_FULL=1` in the environment, else 2,000.
pub fn soak_call_count() -> u64 {
    if std::env::var_os("ONETEG_TEST_FULL").is_some_and(|value| value == "1") {
        20_000
    } else {
        2_000
    }
}

/// Makes many calls, some at a time, and sorts what they end with. The function is given the number of
/// the call, from 0, which with a seed decides everything that is random about it.
pub async fn run_soak<F, A>(calls: u64, at_a_time: usize, call: F) -> SoakReport
where
    F: Fn(u64) -> A,
    A: Future<Output = SoakOutcome> + Send + 'static,
{
    let mut report = SoakReport::default();
    let permits = Arc::new(Semaphore::new(at_a_time.max(1)));
    let mut running = JoinSet::new();
    let mut half = None;
    for n in 0..calls {
        // The semaphore is never closed; without a permit there would only be more at a time.
        let permit = Arc::clone(&permits).acquire_owned().await.ok();
        let one = call(n);
        running.spawn(async move {
            let _permit = permit;
            one.await
        });
        while let Some(done) = running.try_join_next() {
            report.sort(done);
        }
        if n == calls / 2 {
            half = resident();
        }
    }
    while let Some(done) = running.join_next().await {
        report.sort(done);
    }
    report.memory_growth = half.zip(resident()).map(|(half, end)| end - half);
    report
}

impl SoakReport {
    fn sort(&mut self, done: Result<SoakOutcome, tokio::task::JoinError>) {
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
fn resident() -> Option<i64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    let kilobytes: i64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes * 1024)
}
