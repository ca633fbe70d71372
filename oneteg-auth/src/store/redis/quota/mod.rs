//! Quotas that workers share, in the same Redis as their sessions.

use std::time::Duration;

use redis::{Script, Value};

use super::{RedisStore, SharedStore, link::Invocation, unexpected};
use crate::{
    BoxFuture, QuotaEngine, QuotaRate, Slot, SlotRequest, StoreError,
    quota::{MAX_PAUSE, horizon, micros},
};

const TAKING: &str = "taking a slot of a quota";
const PAUSING: &str = "pausing a quota";
const READING: &str = "reading a quota";

/// The steps as scripts. A full server runs them too: a quota needs little, and expires.
#[derive(Debug)]
pub(super) struct QuotaScripts {
    take: Script,
    pause: Script,
    pause_left: Script,
}

impl QuotaScripts {
    pub(super) fn new() -> Self {
        let script = |flags: &str, step: &str| {
            Script::new(&["#!lua flags=", flags, "\n", include_str!("quota.lua"), step].concat())
        };
        Self {
            take: script("allow-oom", include_str!("take.lua")),
            pause: script("allow-oom", include_str!("pause.lua")),
            pause_left: script("no-writes", include_str!("pause_left.lua")),
        }
    }
}

impl SharedStore {
    /// Runs a script on a quota. Every reply is a word and two numbers.
    async fn run_on_quota(
        &self,
        action: &'static str,
        script: &Script,
        quota: &str,
        arguments: &[u64],
    ) -> Result<(Vec<u8>, u64, u64), StoreError> {
        let key = format!("{}:quota:{quota}", self.prefix);
        let arguments: Vec<String> = arguments.iter().map(u64::to_string).collect();
        let arguments: Vec<&[u8]> = arguments.iter().map(String::as_bytes).collect();
        let value = self.link.run(action, Invocation { script, key: &key, arguments: &arguments });
        let Value::Array(values) = value.await? else { return Err(unexpected(action)) };
        let number = |number: i64| u64::try_from(number).unwrap_or_default();
        match <[Value; 3]>::try_from(values) {
            Ok([Value::BulkString(word), Value::Int(first), Value::Int(second)]) => {
                Ok((word, number(first), number(second)))
            }
            _ => Err(unexpected(action)),
        }
    }
}

/// A quota is in `<prefix>:quota:<name>`. Besides the rights of a session store, the user needs this key and the command
/// `PEXPIRE`. The server may evict and lose quotas: a burst more is then possible.
impl QuotaEngine for RedisStore {
    fn take_slot<'a>(
        &'a self,
        quota: &'a str,
        request: SlotRequest,
    ) -> BoxFuture<'a, Result<Slot, StoreError>> {
        let shared = &self.shared;
        Box::pin(async move {
            let SlotRequest { rate, at_most } = request;
            let arguments =
                [micros(rate.interval()), micros(rate.tolerance()), micros(at_most), horizon(rate)];
            let take = &shared.quota_scripts.take;
            let (word, wait, detail) = shared.run_on_quota(TAKING, take, quota, &arguments).await?;
            let wait = Duration::from_micros(wait);
            match word.as_slice() {
                b"taken" => Ok(Slot::Taken { wait, scheduled: Duration::from_micros(detail) }),
                b"later" => Ok(Slot::Later { wait, paused: detail > 0 }),
                _ => Err(unexpected(TAKING)),
            }
        })
    }

    fn pause<'a>(
        &'a self,
        quota: &'a str,
        pause: Duration,
        rate: QuotaRate,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        let shared = &self.shared;
        Box::pin(async move {
            let pause = micros(pause.min(MAX_PAUSE));
            let arguments = [pause, micros(rate.tolerance()), horizon(rate)];
            let script = &shared.quota_scripts.pause;
            shared.run_on_quota(PAUSING, script, quota, &arguments).await.map(drop)
        })
    }

    fn pause_left<'a>(&'a self, quota: &'a str) -> BoxFuture<'a, Result<Duration, StoreError>> {
        let shared = &self.shared;
        Box::pin(async move {
            let script = &shared.quota_scripts.pause_left;
            let (_, left, _) = shared.run_on_quota(READING, script, quota, &[]).await?;
            Ok(Duration::from_micros(left))
        })
    }
}
