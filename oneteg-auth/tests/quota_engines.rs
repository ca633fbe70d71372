//! Quotas in Redis and PostgreSQL, shared by real processes. They are this test program, started again with a role in its
//! environment.

#![cfg(all(unix, feature = "postgres", feature = "redis"))]
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, Command, Stdio},
    sync::{Arc, LazyLock, Mutex},
    time::Duration,
};

use oneteg_auth::{
    BoxFuture, MemoryQuotas, PostgresStore, QuotaEngine, QuotaRate, RedisStore, SealingKey,
    SealingKeys, SharedQuota, Slot, SlotRequest, StoreError,
};
use oneteg_test_peers::{PostgresServer, RedisCluster, RedisServer, SentinelGroup};

const SECOND: Duration = Duration::from_secs(1);

fn full() -> bool {
    std::env::var_os("ONETEG_TEST_FULL").is_some()
}

fn keys() -> SealingKeys {
    SealingKeys::new(SealingKey::new("test", [9; 32]).unwrap())
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

/// A server that keeps quotas.
enum Server {
    Redis(RedisServer),
    Postgres(PostgresServer),
}

impl Server {
    /// Those that are installed.
    fn start() -> Vec<Self> {
        let redis = RedisServer::start().map(Self::Redis);
        let postgres = PostgresServer::start().map(|server| {
            runtime().block_on(PostgresStore::migrate(server.url())).unwrap();
            Self::Postgres(server)
        });
        redis.into_iter().chain(postgres).collect()
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Redis(_) => "Redis",
            Self::Postgres(_) => "PostgreSQL",
        }
    }

    fn url(&self) -> String {
        match self {
            Self::Redis(server) => server.url(),
            Self::Postgres(server) => server.url(),
        }
    }

    fn kill(&self) {
        match self {
            Self::Redis(server) => server.kill(),
            Self::Postgres(server) => server.kill(),
        }
    }

    fn restart(&self) {
        match self {
            Self::Redis(server) => server.restart(),
            Self::Postgres(server) => server.restart(),
        }
    }
}

/// Those for tests that do not disrupt them. They end with this program.
static SERVERS: LazyLock<Vec<Server>> = LazyLock::new(Server::start);

fn engine(url: &str) -> Arc<dyn QuotaEngine> {
    if url.starts_with("redis") {
        Arc::new(RedisStore::open(url, keys()).unwrap())
    } else {
        Arc::new(PostgresStore::builder(url).build(keys()).unwrap())
    }
}

/// When a slot is scheduled; panics if it is later.
fn scheduled(slot: Slot) -> Duration {
    match slot {
        Slot::Taken { scheduled, .. } => scheduled,
        later => panic!("{later:?}"),
    }
}

/// Checks the rules of [`QuotaEngine`]. Intervals are long, so that they do not pass meanwhile.
async fn check_rules(engine: &dyn QuotaEngine, same: &dyn QuotaEngine) {
    let rate = QuotaRate::new(0.1, 3).unwrap();
    let interval = rate.interval();
    let request = SlotRequest::new(rate, SECOND * 45);
    let first = scheduled(engine.take_slot("rules", request).await.unwrap());
    let mut at = Vec::new();
    for _ in 0..4 {
        at.push(scheduled(same.take_slot("rules", request).await.unwrap()) - first);
    }
    assert!(at[1] < interval && at[0] <= at[1], "a burst of 3: {at:?}");
    assert_eq!(at[2..], [interval, interval * 2], "then even spacing");
    // A slot that comes too late is not taken.
    let soon = SlotRequest::new(rate, SECOND);
    for _ in 0..2 {
        match engine.take_slot("rules", soon).await.unwrap() {
            Slot::Later { wait, paused: false } => {
                assert!(wait > interval * 2 && wait <= interval * 3, "{wait:?}");
            }
            slot => panic!("{slot:?}"),
        }
    }
    assert_eq!(engine.pause_left("rules").await.unwrap(), Duration::ZERO);
    let next = scheduled(engine.take_slot("rules", request).await.unwrap());
    assert_eq!(next - first, interval * 3, "the slot after the refused ones");
    // Another name is another quota.
    let other = engine.take_slot("other", request).await.unwrap();
    assert!(matches!(other, Slot::Taken { wait: Duration::ZERO, .. }), "{other:?}");

    // A pause, of a new quota and of one with a burst left: all workers learn of it, and no burst follows.
    for quota in ["paused", "other"] {
        engine.pause(quota, SECOND * 40, rate).await.unwrap();
        engine.pause(quota, SECOND, rate).await.unwrap();
        let left = same.pause_left(quota).await.unwrap();
        assert!(left > SECOND * 30 && left <= SECOND * 40, "{left:?}");
        let slot = same.take_slot(quota, soon).await.unwrap();
        assert!(matches!(slot, Slot::Later { wait, paused: true } if wait <= left), "{slot:?}");
        let request = SlotRequest::new(rate, SECOND * 60);
        let first = scheduled(engine.take_slot(quota, request).await.unwrap());
        let second = scheduled(same.take_slot(quota, request).await.unwrap());
        assert_eq!(second - first, interval, "no burst follows a pause");
    }
    engine.pause("long", Duration::MAX, rate).await.unwrap();
    let left = engine.pause_left("long").await.unwrap();
    assert!(left > SECOND * 50 && left <= SECOND * 60, "at most a minute: {left:?}");
    assert_eq!(engine.pause_left("unknown").await.unwrap(), Duration::ZERO);
    // The numbers of the extremes fit.
    for (per_second, burst) in [(1.0 / 86_400.0, 7), (100_000.0, 1_000_000)] {
        let rate = QuotaRate::new(per_second, burst).unwrap();
        let name = format!("extreme {burst}");
        for _ in 0..3 {
            let slot = engine.take_slot(&name, SlotRequest::new(rate, Duration::MAX)).await;
            assert!(matches!(slot.unwrap(), Slot::Taken { wait: Duration::ZERO, .. }), "{name}");
        }
    }
}

#[test]
fn every_engine_follows_the_rules() {
    let mut engines = vec!["memory"];
    runtime().block_on(async {
        let memory = MemoryQuotas::new();
        check_rules(&memory, &memory).await;
    });
    for server in &*SERVERS {
        let (one, other) = (engine(&server.url()), engine(&server.url()));
        runtime().block_on(check_rules(&*one, &*other));
        engines.push(server.name());
    }
    let (sentinels, cluster) = (SentinelGroup::start(), RedisCluster::start());
    let groups = [
        ("Redis with Sentinels", sentinels.as_ref().map(SentinelGroup::url)),
        ("a Redis cluster", cluster.as_ref().map(RedisCluster::url)),
    ];
    for (name, url) in groups {
        let Some(url) = url else { continue };
        let (one, other) = (engine(&url), engine(&url));
        runtime().block_on(check_rules(&*one, &*other));
        engines.push(name);
    }
    println!("quotas: the rules hold in {}", engines.join(", "));
}

/// A store with other tables.
fn separate(server: &PostgresServer) -> PostgresStore {
    let tables = PostgresStore::builder(server.url()).schema("edited");
    runtime().block_on(tables.migrate()).unwrap();
    tables.build(keys()).unwrap()
}

#[test]
fn what_is_no_quota_is_an_error_or_starts_again() {
    for server in &*SERVERS {
        let engine = match server {
            Server::Redis(redis) => engine(&redis.url()),
            Server::Postgres(postgres) => Arc::new(separate(postgres)),
        };
        let rate = QuotaRate::new(0.1, 1).unwrap();
        let request = SlotRequest::new(rate, SECOND);
        let take = |quota: &'static str| {
            runtime().block_on(async { engine.take_slot(quota, request).await })
        };
        let is_first = |slot: Result<Slot, StoreError>| matches!(slot, Ok(Slot::Taken { wait, .. }) if wait.is_zero());
        match server {
            Server::Redis(redis) => {
                redis.command(&["SET", "oneteg:quota:text", "x"]);
                let error = take("text").unwrap_err();
                assert!(matches!(error, StoreError::Server { .. }), "{error}");
                for edited in ["", "x", "-1", "1e30", "99999999999999999999", "9999999999999999"] {
                    redis.command(&["HSET", "oneteg:quota:edited", "next", edited]);
                    assert!(is_first(take("edited")), "{edited}");
                }
                // An idle quota leaves nothing behind.
                let expires = redis.command(&["PTTL", "oneteg:quota:edited"]);
                assert!((1..=12_000).contains(&expires.parse::<i32>().unwrap()), "{expires}");
            }
            Server::Postgres(postgres) => {
                assert!(is_first(take("edited")));
                let far = "UPDATE edited.sessions_quotas SET next_us = 4611686018427387903";
                postgres.sql(far).unwrap();
                assert!(is_first(take("edited")));
                postgres.sql("DROP TABLE edited.sessions_quotas").unwrap();
                let error = take("edited").unwrap_err();
                assert!(matches!(error, StoreError::Server { .. }), "{error}");
            }
        }
    }
}

/// Records the slots that its engine gives.
#[derive(Debug)]
struct Recorder {
    engine: Arc<dyn QuotaEngine>,
    slots: Mutex<Vec<Duration>>,
}

impl QuotaEngine for Recorder {
    fn take_slot<'a>(
        &'a self,
        quota: &'a str,
        request: SlotRequest,
    ) -> BoxFuture<'a, Result<Slot, StoreError>> {
        Box::pin(async move {
            let slot = self.engine.take_slot(quota, request).await?;
            if let Slot::Taken { scheduled, .. } = slot {
                self.slots.lock().unwrap().push(scheduled);
            }
            Ok(slot)
        })
    }

    fn pause<'a>(
        &'a self,
        quota: &'a str,
        pause: Duration,
        rate: QuotaRate,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        self.engine.pause(quota, pause, rate)
    }

    fn pause_left<'a>(&'a self, quota: &'a str) -> BoxFuture<'a, Result<Duration, StoreError>> {
        self.engine.pause_left(quota)
    }
}

const PER_SECOND: f64 = 40.0;
const BURST: u32 = 5;

fn shared_rate() -> QuotaRate {
    QuotaRate::new(PER_SECOND, BURST).unwrap()
}

/// The code of the other processes; not a test. Each of its tasks makes calls one after the other.
#[test]
#[ignore = "a role of the other tests"]
fn worker() {
    let Ok(url) = std::env::var("ONETEG_QUOTA_URL") else { return };
    let number = |name| std::env::var(name).unwrap().parse::<usize>().unwrap();
    let (tasks, calls) = (number("ONETEG_TASKS"), number("ONETEG_CALLS"));
    let recorder = Arc::new(Recorder { engine: engine(&url), slots: Mutex::default() });
    let shared = Arc::clone(&recorder) as Arc<dyn QuotaEngine>;
    let quota = SharedQuota::builder(shared, "workers", PER_SECOND)
        .burst(BURST)
        .fallback_per_second(PER_SECOND / 4.0)
        // A busy machine must not look like an outage.
        .engine_timeout(SECOND * 5)
        .build()
        .unwrap();
    let signal = || std::io::stdin().read_line(&mut String::new()).unwrap();
    let report = |word: &str| {
        let slots = std::mem::take(&mut *recorder.slots.lock().unwrap());
        let slots: Vec<String> = slots.iter().map(|slot| slot.as_micros().to_string()).collect();
        println!("@{word} {}", slots.join(","));
    };
    let runtime = runtime();
    // Connected, so that all begin at about the same time.
    let warm = [recorder.pause_left("workers"), recorder.pause_left("workers")];
    for connected in runtime.block_on(futures_util::future::join_all(warm)) {
        connected.unwrap();
    }
    report("ready");
    signal();
    let calls_of_all = async || {
        let mut running = tokio::task::JoinSet::new();
        for _ in 0..tasks {
            let quota = quota.clone();
            running.spawn(async move {
                for _ in 0..calls {
                    quota.acquire(None).await.unwrap();
                }
            });
        }
        running.join_all().await;
    };
    runtime.block_on(calls_of_all());
    assert!(!quota.uses_fallback());
    report("slots");
    if std::env::var_os("ONETEG_OUTAGE").is_some() {
        signal();
        while !quota.uses_fallback() {
            runtime.block_on(calls_of_all());
        }
        report("away");
        signal();
        while quota.uses_fallback() {
            runtime.block_on(calls_of_all());
        }
        runtime.block_on(calls_of_all());
        report("back");
    }
}

struct Worker {
    child: Child,
    input: ChildStdin,
    lines: BufReader<std::process::ChildStdout>,
}

impl Worker {
    fn start(server: &Server, tasks: usize, calls: usize, outage: bool) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command
            .args(["worker", "--exact", "--ignored", "--nocapture", "--test-threads=1"])
            .env("ONETEG_QUOTA_URL", server.url())
            .env("ONETEG_TASKS", tasks.to_string())
            .env("ONETEG_CALLS", calls.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        if outage {
            command.env("ONETEG_OUTAGE", "1");
        }
        let mut child = command.spawn().unwrap();
        let input = child.stdin.take().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        Self { child, input, lines }
    }

    fn signal(&mut self) {
        self.input.write_all(b"go\n").unwrap();
    }

    /// The slots in the next line that begins with this word, in microseconds.
    fn slots(&mut self, word: &str) -> Vec<u64> {
        let mut line = String::new();
        while self.lines.read_line(&mut line).unwrap() > 0 {
            // The test harness writes on the same stream.
            if let Some((_, slots)) = line.split_once(&format!("@{word} ")) {
                let slots = slots.trim().split(',').filter(|slot| !slot.is_empty());
                return slots.map(|slot| slot.parse().unwrap()).collect();
            }
            line.clear();
        }
        panic!("a worker ended without @{word}");
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Panics if more slots than the bound are scheduled within any period. Returns the longest run at the full rate.
fn check_bound(slots: &mut [u64], engine: &str) {
    slots.sort_unstable();
    let rate = shared_rate();
    for (first, from) in slots.iter().enumerate() {
        for (last, to) in slots.iter().enumerate().skip(first) {
            let bound = rate.most_within(Duration::from_micros(to - from));
            let found = (last - first + 1) as u64;
            assert!(found <= bound, "{engine}: {found} slots within {} µs", to - from);
        }
    }
}

#[test]
fn processes_never_exceed_the_rate_and_share_it_fairly() {
    let (processes, calls) = if full() { (20, 20) } else { (5, 10) };
    for server in &*SERVERS {
        // One of them has more callers than all others together.
        let tasks = |process| if process == 0 { processes * 2 } else { 1 };
        let mut workers: Vec<_> = (0..processes)
            .map(|process| Worker::start(server, tasks(process), calls, false))
            .collect();
        workers.iter_mut().for_each(|worker| drop(worker.slots("ready")));
        workers.iter_mut().for_each(Worker::signal);
        let of_each: Vec<Vec<u64>> =
            workers.iter_mut().map(|worker| worker.slots("slots")).collect();
        let mut all = of_each.concat();
        check_bound(&mut all, server.name());
        assert_eq!(all.len(), calls * (1..processes).map(tasks).sum::<usize>() + calls * tasks(0));
        // While all of them had callers, each caller got about the same.
        let from = of_each.iter().filter_map(|slots| slots.iter().min()).max().unwrap();
        let to = of_each.iter().filter_map(|slots| slots.iter().max()).min().unwrap();
        let mut shares = BTreeMap::new();
        for (process, slots) in of_each.iter().enumerate() {
            let number = slots.iter().filter(|slot| (from..=to).contains(slot)).count();
            shares.insert(process, number / tasks(process));
        }
        let (least, most) = (shares.values().min().unwrap(), shares.values().max().unwrap());
        println!(
            "quota in {}: {} slots of {processes} processes at {PER_SECOND} a second, never more than \
             the rate and a burst of {BURST}; slots of a caller: {least} to {most}",
            server.name(),
            all.len(),
        );
        assert!(least * 2 + 2 >= *most, "{}: {shares:?}", server.name());
    }
}

#[test]
fn processes_continue_without_the_engine_and_return_to_it() {
    for server in Server::start() {
        let mut workers: Vec<_> = (0..3).map(|_| Worker::start(&server, 2, 10, true)).collect();
        let mut phase = |word: &str| -> Vec<u64> {
            workers.iter_mut().for_each(Worker::signal);
            workers.iter_mut().flat_map(|worker| worker.slots(word)).collect()
        };
        let mut before = phase("slots");
        server.kill();
        // They limit themselves; every call succeeds.
        before.extend(phase("away"));
        server.restart();
        let mut after = phase("back");
        check_bound(&mut before, server.name());
        check_bound(&mut after, server.name());
        assert!(after.len() >= 60, "{}: {} slots after the outage", server.name(), after.len());
        println!(
            "quota in {}: killed and restarted under 3 processes; {} slots before, {} after, 0 failed calls",
            server.name(),
            before.len(),
            after.len(),
        );
    }
}
