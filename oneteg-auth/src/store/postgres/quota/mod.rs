//! Quotas that workers share, in the same PostgreSQL as their sessions.

use std::{sync::Arc, time::Duration};

use tokio::sync::Semaphore;
use tokio_postgres::{Row, types::Type};

use super::{PostgresStore, session_steps::SessionSteps, tables::Tables};
use crate::{
    BoxFuture, QuotaEngine, QuotaRate, Slot, SlotRequest, StoreError,
    quota::{MAX_PAUSE, horizon, micros},
};

const TAKING: &str = "taking a slot of a quota";
const PAUSING: &str = "pausing a quota";
const READING: &str = "reading a quota";

const NOW: &str = "floor(extract(epoch FROM clock_timestamp()) * 1000000)::bigint";
/// A date further ahead than any request can put it was written before the clock was set back.
const KNOWN: &str =
    "CASE WHEN stored.next_us > clock.now + {horizon} THEN 0 ELSE stored.next_us END";
/// The same for the end of a pause.
const PAUSE_LEFT: &str = "CASE WHEN stored.paused_us - clock.now BETWEEN 0 AND 60000000 \
    THEN stored.paused_us - clock.now ELSE 0 END";

/// The statements, with the names in place.
#[derive(Debug)]
struct QuotaStatements {
    take: String,
    pause: String,
    pause_left: String,
}

impl QuotaStatements {
    fn new(tables: &Tables) -> Self {
        let statement = |text: &str, horizon: &str| {
            let known = KNOWN.replace("{horizon}", horizon);
            let text = text
                .replace("{due}", &format!("GREATEST({known}, clock.now)"))
                .replace("{known}", &known)
                .replace("{pause_left}", PAUSE_LEFT)
                .replace("{now_us}", NOW);
            tables.expand(&text)
        };
        Self {
            take: statement(include_str!("take.sql"), "$5"),
            pause: statement(include_str!("pause.sql"), "$4"),
            pause_left: statement(include_str!("pause_left.sql"), ""),
        }
    }
}

/// What the clones of a store share for its quotas.
pub(super) struct QuotaSteps {
    sessions: Arc<SessionSteps>,
    statements: QuotaStatements,
    /// How many steps run at the same time.
    permits: Semaphore,
}

impl QuotaSteps {
    pub(super) fn new(sessions: Arc<SessionSteps>, at_a_time: usize) -> Self {
        let statements = QuotaStatements::new(&sessions.database.tables);
        Self { sessions, statements, permits: Semaphore::new(at_a_time) }
    }

    /// Runs a statement in a task. A caller may stop waiting at any time, and a connection must not go back to the pool
    /// with a statement on its way.
    async fn run_on_quota<T: Send + 'static>(
        self: &Arc<Self>,
        action: &'static str,
        statement: fn(&QuotaStatements) -> &str,
        quota: &str,
        numbers: Vec<u64>,
        read: fn(&SessionSteps, Option<&Row>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let (shared, quota) = (Arc::clone(self), quota.to_owned());
        let step = async move {
            // The steps of sessions must not queue behind those of many callers. The semaphore is never closed.
            let _permit = shared.permits.acquire().await;
            shared.sessions.checked().await?;
            let numbers: Vec<i64> = numbers
                .into_iter()
                .map(|number| i64::try_from(number).unwrap_or(i64::MAX / 4))
                .collect();
            let mut parameters: Vec<super::database::Parameter<'_>> = vec![(&quota, Type::TEXT)];
            parameters.extend(numbers.iter().map(|number| (number as _, Type::INT8)));
            let statement = statement(&shared.statements);
            let rows = shared.sessions.database.run(action, statement, &parameters).await?;
            read(&shared.sessions, rows.first())
        };
        let finished = tokio::spawn(step).await;
        finished.unwrap_or_else(|error| Err(StoreError::unavailable(action, error)))
    }
}

/// A quota is a row of the table `<table>_quotas`, which is unlogged. Besides the rights of a session store, the user needs
/// `SELECT`, `INSERT` and `UPDATE` of it.
impl QuotaEngine for PostgresStore {
    fn take_slot<'a>(
        &'a self,
        quota: &'a str,
        request: SlotRequest,
    ) -> BoxFuture<'a, Result<Slot, StoreError>> {
        Box::pin(async move {
            let SlotRequest { rate, at_most } = request;
            let numbers = vec![
                micros(rate.interval()),
                micros(rate.tolerance()),
                micros(at_most),
                horizon(rate),
            ];
            let slot = self.quota_steps.run_on_quota(
                TAKING,
                |statements| statements.take.as_str(),
                quota,
                numbers,
                |sessions, row| {
                    let Some(row) = row else { return Ok(None) };
                    let number = |column| sessions.number(TAKING, row, column);
                    let (scheduled, now) = (number(1)?, number(2)?);
                    let wait = Duration::from_micros(scheduled.saturating_sub(now));
                    Ok(Some(if sessions.database.get(TAKING, row, 0)? {
                        Slot::Taken { wait, scheduled: Duration::from_micros(scheduled) }
                    } else {
                        Slot::Later { wait, paused: number(3)? > 0 }
                    }))
                },
            );
            // Another process has made the row at the same moment, and taken the first slot.
            let another = Slot::Later { wait: rate.interval(), paused: false };
            Ok(slot.await?.unwrap_or(another))
        })
    }

    fn pause<'a>(
        &'a self,
        quota: &'a str,
        pause: Duration,
        rate: QuotaRate,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            let pause = micros(pause.min(MAX_PAUSE));
            let numbers = vec![pause, micros(rate.tolerance()), horizon(rate)];
            let paused = self.quota_steps.run_on_quota(
                PAUSING,
                |statements| statements.pause.as_str(),
                quota,
                numbers,
                |_, _| Ok(()),
            );
            paused.await
        })
    }

    fn pause_left<'a>(&'a self, quota: &'a str) -> BoxFuture<'a, Result<Duration, StoreError>> {
        Box::pin(async move {
            let left = self.quota_steps.run_on_quota(
                READING,
                |statements| statements.pause_left.as_str(),
                quota,
                Vec::new(),
                |sessions, row| row.map_or(Ok(0), |row| sessions.number(READING, row, 0)),
            );
            Ok(Duration::from_micros(left.await?))
        })
    }
}
