//! What a session costs on each store, as ratios to the file store. Writes the table of `docs/benchmarks.md` with
//! `-- --write`:
//!
//! ```text
//! cargo bench -p oneteg-auth --features redis,postgres --bench stores -- --write
//! ```

#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::{
    fmt::Write as _,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant, SystemTime},
};

use oneteg_auth::{
    BoxFuture, Clock, FileStore, Grant, LeaseDecision, LeaseOwner, MemoryStore, PostgresStore,
    RedisStore, SealingKey, SealingKeys, Secret, SessionKey, SessionPolicy, SystemClock,
    TokenError, TokenStore, Tokens,
};
use oneteg_test_kit::{Provider, ProviderKind, TestSession};
use oneteg_test_peers::{PostgresServer, RedisServer};

/// Rounds of each measurement in each pass; the median of all counts.
const ROUNDS: usize = 17;
/// Passes over all stores, so that a load that changes affects all of them.
const PASSES: usize = 5;
/// Sessions in the store for the last measurement.
const SESSIONS: usize = 10_000;
/// How many sessions are stored or read at the same time.
const CONCURRENT: usize = 64;
/// How long the provider takes while another process waits.
const TOKEN_CALL: Duration = Duration::from_millis(50);

fn keys() -> SealingKeys {
    SealingKeys::new(SealingKey::new("bench", [7; 32]).unwrap())
}

/// A store, opened as another process opens it.
enum Kind {
    Memory(Arc<MemoryStore>),
    File(tempfile::TempDir),
    Redis(RedisServer),
    Postgres(PostgresServer),
}

impl Kind {
    fn name(&self) -> &'static str {
        match self {
            Self::Memory(_) => "memory",
            Self::File(_) => "file",
            Self::Redis(_) => "Redis",
            Self::Postgres(_) => "PostgreSQL",
        }
    }

    fn open(&self) -> Arc<dyn TokenStore> {
        match self {
            Self::Memory(store) => Arc::clone(store) as Arc<dyn TokenStore>,
            Self::File(folder) => Arc::new(FileStore::open(folder.path(), keys()).unwrap()),
            Self::Redis(server) => Arc::new(RedisStore::open(&server.url(), keys()).unwrap()),
            Self::Postgres(server) => {
                Arc::new(PostgresStore::builder(server.url()).build(keys()).unwrap())
            }
        }
    }

    async fn all() -> Vec<Self> {
        let mut kinds =
            vec![Self::File(tempfile::tempdir().unwrap()), Self::Memory(Arc::default())];
        kinds.extend(RedisServer::start().map(Self::Redis));
        // As a server is used: every commit is flushed to the disk.
        if let Some(server) = PostgresServer::start_with(&["fsync=on"]) {
            PostgresStore::migrate(server.url()).await.unwrap();
            kinds.push(Self::Postgres(server));
        }
        kinds
    }
}

/// The clock of sessions, which expires their tokens. Stores keep the system's.
#[derive(Debug, Default)]
struct Jumps(AtomicU64);

impl Jumps {
    /// Expires all tokens.
    fn jump(&self) {
        self.0.fetch_add(2, Ordering::SeqCst);
    }

    fn passed(&self) -> Duration {
        HOUR * u32::try_from(self.0.load(Ordering::SeqCst)).unwrap()
    }
}

impl Clock for Jumps {
    fn monotonic(&self) -> Duration {
        SystemClock.monotonic() + self.passed()
    }

    fn wall(&self) -> SystemTime {
        SystemClock.wall() + self.passed()
    }
}

/// Renews sessions at a provider, and records when it responded.
#[derive(Debug)]
struct TimedGrant {
    provider: Provider,
    responded: Mutex<Instant>,
}

impl TimedGrant {
    fn new(latency: Duration) -> Arc<Self> {
        let kind = ProviderKind { latency, ..ProviderKind::rotating(HOUR) };
        let provider = Provider::new(kind, Arc::new(SystemClock));
        Arc::new(Self { provider, responded: Mutex::new(Instant::now()) })
    }

    fn responded(&self) -> Instant {
        *self.responded.lock().unwrap()
    }
}

impl Grant for TimedGrant {
    fn spends_refresh_token(&self) -> bool {
        true
    }

    fn obtain<'a>(
        &'a self,
        refresh: Option<&'a Secret>,
    ) -> BoxFuture<'a, Result<Tokens, TokenError>> {
        Box::pin(async move {
            let latency = self.provider.latency();
            if !latency.is_zero() {
                tokio::time::sleep(latency).await;
            }
            let tokens = self.provider.refresh(refresh.map_or("", Secret::expose));
            *self.responded.lock().unwrap() = Instant::now();
            tokens
        })
    }
}

fn session(
    grant: &Arc<TimedGrant>,
    store: Arc<dyn TokenStore>,
    key: &SessionKey,
    clock: &Arc<Jumps>,
) -> TestSession {
    let grant = Arc::clone(grant) as Arc<dyn Grant>;
    TestSession::new(grant, store, key, clock.clone(), SessionPolicy::default()).unwrap()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

const HOUR: Duration = Duration::from_secs(3600);

/// A new process reads a session whose token is valid: open, connect, load, authorise.
async fn cold_start(kind: &Kind) -> Vec<Duration> {
    let (grant, key, clock) =
        (TimedGrant::new(Duration::ZERO), SessionKey::new("cold"), Arc::<Jumps>::default());
    let first = session(&grant, kind.open(), &key, &clock);
    first.sign_in(&grant.provider.sign_in()).await.unwrap();
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let began = Instant::now();
        session(&grant, kind.open(), &key, &clock).access_token().await.unwrap();
        times.push(began.elapsed());
    }
    times
}

/// A refresh without the time of the token request, on a store that is open.
async fn refresh(kind: &Kind) -> Vec<Duration> {
    let (grant, key, clock) =
        (TimedGrant::new(Duration::ZERO), SessionKey::new("refresh"), Arc::<Jumps>::default());
    let session = session(&grant, kind.open(), &key, &clock);
    session.sign_in(&grant.provider.sign_in()).await.unwrap();
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        clock.jump();
        let began = Instant::now();
        session.access_token().await.unwrap();
        times.push(began.elapsed());
        session.close().await.unwrap();
    }
    assert_eq!(grant.provider.requests(), ROUNDS as u64);
    times
}

/// How long after the provider's response to one process another one has the new token, which waits for it.
async fn wait(kind: &Kind) -> Vec<Duration> {
    let (grant, key, clock) =
        (TimedGrant::new(TOKEN_CALL), SessionKey::new("wait"), Arc::<Jumps>::default());
    let holder = session(&grant, kind.open(), &key, &clock);
    holder.sign_in(&grant.provider.sign_in()).await.unwrap();
    let waiter = session(&grant, kind.open(), &key, &clock);
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        waiter.access_token().await.unwrap();
        clock.jump();
        let waited = async {
            tokio::time::sleep(TOKEN_CALL / 2).await;
            waiter.access_token().await.unwrap();
            Instant::now()
        };
        let (refreshed, waited) = tokio::join!(holder.access_token(), waited);
        refreshed.unwrap();
        times.push(waited.saturating_duration_since(grant.responded()));
        holder.close().await.unwrap();
        waiter.close().await.unwrap();
    }
    assert_eq!(grant.provider.requests(), ROUNDS as u64, "each refresh was made once");
    times
}

/// Stores and reads 10,000 sessions; the time of each for one session.
async fn many(kind: &Kind) -> (Duration, Duration) {
    let store = kind.open();
    let tokens = Tokens::new("access").with_refresh("refresh").with_lifetime(HOUR);
    let key = |number: usize| SessionKey::new(format!("session {number}"));
    let store_one = async |number: usize| {
        let (key, owner) = (key(number), LeaseOwner::new("bench"));
        let LeaseDecision::Granted(lease) = store.lease(&key, &owner, HOUR).await.unwrap() else {
            unreachable!("nobody else has a lease");
        };
        store.commit(&lease, Default::default(), &tokens).await.unwrap();
        store.release(&lease).await.unwrap();
    };
    let began = Instant::now();
    for first in (0..SESSIONS).step_by(CONCURRENT) {
        let last = (first + CONCURRENT).min(SESSIONS);
        futures_util::future::join_all((first..last).map(&store_one)).await;
    }
    let stored = began.elapsed();
    let began = Instant::now();
    for first in (0..SESSIONS).step_by(CONCURRENT) {
        let last = (first + CONCURRENT).min(SESSIONS);
        let read = (first..last).map(async |number| {
            assert!(store.load(&key(number)).await.unwrap().unwrap().tokens.is_some());
        });
        futures_util::future::join_all(read).await;
    }
    let count = u32::try_from(SESSIONS).unwrap();
    (stored / count, began.elapsed() / count)
}

const COLUMNS: [&str; 6] = [
    "cold start",
    "refresh",
    "wait",
    "store 1 of 10,000",
    "read 1 of 10,000",
    "cold start among 10,000",
];

fn table(rows: &[(&'static str, [Duration; 6])]) -> String {
    let mut table = format!("| Store | {} |\n|---|{}\n", COLUMNS.join(" | "), "---:|".repeat(6));
    let (_, file) = rows[0];
    for (name, times) in rows {
        let _ = write!(table, "| {name} |");
        for (time, file) in times.iter().zip(file) {
            let ratio = time.as_secs_f64() / file.as_secs_f64().max(1e-9);
            let micros = time.as_secs_f64() * 1e6;
            let _ = write!(table, " {ratio:.2} ({micros:.0} µs) |");
        }
        table.push('\n');
    }
    table
}

const BEGIN: &str = "<!-- begin: stores -->\n";
const END: &str = "<!-- end: stores -->";

fn write_page(table: &str) {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/benchmarks.md");
    let old = std::fs::read_to_string(&page).unwrap();
    let (before, rest) = old.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    std::fs::write(&page, format!("{before}{BEGIN}\n{table}\n{END}{after}")).unwrap();
}

fn main() {
    // `cargo test --benches` runs this too, where the figures mean nothing.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let rows = runtime.block_on(async {
        let kinds = Kind::all().await;
        let mut samples: Vec<[Vec<Duration>; 3]> =
            kinds.iter().map(|_| Default::default()).collect();
        for _ in 0..PASSES {
            for (kind, [cold, refreshed, waited]) in kinds.iter().zip(&mut samples) {
                cold.extend(cold_start(kind).await);
                refreshed.extend(refresh(kind).await);
                waited.extend(wait(kind).await);
            }
        }
        let (mut rows, mut samples) = (Vec::new(), samples.iter_mut());
        for kind in &kinds {
            let [cold, refresh, wait] = std::mem::take(samples.next().unwrap()).map(median);
            let (stored, read) = many(kind).await;
            let among_many = median(cold_start(kind).await);
            let times = [cold, refresh, wait, stored, read, among_many];
            println!("{}: {times:?}", kind.name());
            rows.push((kind.name(), times));
        }
        rows
    });
    let table = table(&rows);
    println!("{table}");
    if std::env::args().any(|argument| argument == "--write") {
        write_page(&table);
    }
}
