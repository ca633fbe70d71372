//! The soak test of a vendor's client: thousands of calls through proxies that disrupt most connections. No
//! value may be wrong, and nothing may be written twice. A vendor takes part by implementing [`VendorSoak`].
//!
//! | Step | Checked |
//! |---|---|
//! | each call | its value is compared with what the server held before the soak; an error is counted by kind |
//! | after the soak, on the server | no item exists twice; its write counters match its items |
//! | after the soak, both sides | every item of a successful call exists, and no item without a call |
//! | the report | no panic, enough correct values, bounded memory, only errors that faults cause |
//!
//! Like a test, it panics when a check fails. It prints a summary.
#![allow(clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::missing_panics_doc)]

mod inventory;

use std::{
    collections::BTreeSet,
    fmt::Debug,
    future::Future,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use oneteg_http::{CallOptions, Error, RetryBudget, RetryPolicy, RuntimeBuilder};

pub use inventory::{CreatedItems, Inventory};

use crate::{FaultProxy, ProxyFault, SoakOutcome, SoakReport, run_soak, soak_call_count};

/// The percentage of connections that the proxies disrupt.
const FAULT_PERCENT: u8 = 70;

/// Serialises soaks: the memory they measure is that of the whole process.
static ONE_AT_A_TIME: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// A vendor's part in the soak: its server, its client, the calls, and their expected values.
pub trait VendorSoak: Send + Sync + Sized + 'static {
    /// The vendor's client.
    type Client: Clone + Send + Sync + 'static;
    /// The kinds of calls.
    type Kind: Copy + PartialEq + Debug + Send + Sync + 'static;

    /// The vendor's name, for the summary.
    const NAME: &'static str;
    /// The seed of faults and contents.
    const SEED: u64;
    /// The kinds of calls, repeated in this order.
    const CALL_SEQUENCE: &'static [Self::Kind];
    /// What the calls create, exactly once.
    const CREATED: &'static [CreatedItems<Self::Kind>];
    /// Every n-th call reuses a pooled connection. Choose n so that these calls are of several kinds.
    const POOLED_EVERY: u64 = 4;
    /// The limit of resident memory growth over the second half of the calls, in bytes.
    const MAX_MEMORY_GROWTH: i64;
    /// The percentage of calls that must succeed.
    const MIN_CORRECT_PERCENT: u64;

    /// Starts a server and reads the expected values from it, without a proxy.
    fn start() -> impl Future<Output = Self>;

    /// The server's URL.
    fn server_url(&self) -> String;

    /// A client of a server or proxy, built with [`retry_policy`] and [`runtime`].
    fn client(&self, url: String, idle: usize) -> Self::Client;

    /// The number of requests that the server received.
    fn requests(&self) -> u64;

    /// How often the server executed a writing operation.
    fn writes_of(&self, operation: &str) -> u64;

    /// Whether a call of this kind transfers a file. HTTP cannot detect changed bytes in one.
    fn transfers_file(kind: Self::Kind) -> bool;

    /// Makes the n-th call and compares its value with the expected one.
    fn call(
        &self,
        n: u64,
        client: &Self::Client,
        options: CallOptions,
    ) -> impl Future<Output = Result<SoakOutcome, Error>> + Send;

    /// Reads from the server, without a proxy, everything that the soak created.
    fn inventory(&self) -> impl Future<Output = Inventory>;

    /// The kind of the n-th call.
    fn kind(n: u64) -> Self::Kind {
        *pick(Self::CALL_SEQUENCE, n)
    }

    /// The file that the n-th call sends; unique to the call.
    fn content(n: u64) -> Bytes {
        let mut random = fastrand::Rng::with_seed(Self::SEED ^ n);
        (0..random.usize(1..3000)).map(|_| random.u8(..)).collect()
    }

    /// Compares a received value with the expected one.
    fn compare<T: PartialEq + Debug>(n: u64, received: &T, expected: &T) -> SoakOutcome {
        if received == expected {
            return SoakOutcome::Correct;
        }
        let kind = Self::kind(n);
        SoakOutcome::Wrong(format!("{n}, {kind:?}: {received:?} instead of {expected:?}"))
    }
}

/// The name of the item that the n-th call creates; unique to the call.
pub fn item_name(n: u64) -> String {
    format!("soak-{n}.bin")
}

/// The number of the call that created the item of this [`item_name`]; `None` for an item of the seed.
pub fn call_number(name: &str) -> Option<u64> {
    name.strip_prefix("soak-")?.strip_suffix(".bin")?.parse().ok()
}

/// The n-th item, starting over at the end.
pub fn pick<T>(items: &[T], n: u64) -> &T {
    &items[usize::try_from(n).expect("a small number") % items.len()]
}

/// The default retries, with short waits.
pub fn retry_policy() -> RetryPolicy {
    RetryPolicy::builder().initial_backoff(Duration::from_millis(2)).build()
}

/// The runtime of a soak's client, with up to `idle` pooled connections.
pub fn runtime(builder: RuntimeBuilder, idle: usize) -> RuntimeBuilder {
    builder
        .attempt_timeout(Duration::from_secs(5))
        .retry_budget(RetryBudget::unlimited())
        .max_idle_connections(idle)
}

/// Runs the soak: [`soak_call_count`] calls through every fault. Returns the vendor, for further checks on its
/// server.
pub async fn soak_with_faults<V: VendorSoak>() -> Arc<V> {
    let _alone = ONE_AT_A_TIME.lock().await;
    let vendor = Arc::new(V::start().await);
    let writes_before: Vec<u64> =
        V::CREATED.iter().map(|created| server_writes(&*vendor, created)).collect();
    let requests_before = vendor.requests();

    let proxy = proxy(&*vendor, &ProxyFault::ALL, FAULT_PERCENT, V::SEED).await;
    // HTTP cannot detect changed bytes in a file, so file transfers are spared that fault.
    let file_faults: Vec<ProxyFault> =
        ProxyFault::ALL.into_iter().filter(|fault| *fault != ProxyFault::Garbage).collect();
    let file_proxy = self::proxy(&*vendor, &file_faults, FAULT_PERCENT, V::SEED + 1).await;
    // Most calls open a connection and meet its fault. The others reuse one, and meet what is left of the
    // fault of an earlier call.
    let clients = |proxy: &FaultProxy| (client(&*vendor, proxy, 0), client(&*vendor, proxy, 100));
    let (object_clients, file_clients) = (clients(&proxy), clients(&file_proxy));

    let calls = soak_call_count();
    let succeeded = Arc::new(Mutex::new(Vec::new()));
    let report = run_soak(calls, 16, |n| {
        let transfers_file = V::transfers_file(V::kind(n));
        let (fresh, pooled) = if transfers_file { &file_clients } else { &object_clients };
        let client = if n % V::POOLED_EVERY > 0 { fresh.clone() } else { pooled.clone() };
        let (vendor, succeeded) = (Arc::clone(&vendor), Arc::clone(&succeeded));
        async move {
            let outcome = vendor.call(n, &client, CallOptions::new()).await;
            if outcome.is_ok() {
                succeeded.lock().expect("the list of calls").push(n);
            }
            outcome.unwrap_or_else(SoakOutcome::Failed)
        }
    })
    .await;

    let requests = vendor.requests() - requests_before;
    let faults = proxy.faults() + file_proxy.faults();
    let connections = proxy.connections() + file_proxy.connections();
    let inventory = vendor.inventory().await;
    println!(
        "{} soak {calls} calls: {} wrong, {} duplicated, {} panics",
        V::NAME,
        report.wrong.len(),
        inventory.duplicates().len(),
        report.panics
    );
    println!(
        "{connections} connections ({faults} disrupted), {requests} requests received, {} created; {} calls \
         correct, failed: {:?}; memory grew by {:?} bytes",
        list_counts::<V>(&inventory),
        report.correct,
        report.failed,
        report.memory_growth
    );

    assert_eq!(inventory.duplicates(), Vec::<&String>::new(), "items were created twice");
    let succeeded = std::mem::take(&mut *succeeded.lock().expect("the list of calls"));
    check_inventory(&*vendor, &inventory, &writes_before, &succeeded, calls);
    check_report(&report, calls, V::MIN_CORRECT_PERCENT, V::MAX_MEMORY_GROWTH);
    assert!(faults > calls / 3, "the proxies disrupted too few connections");
    assert!(requests > calls, "nothing was retried");
    vendor
}

/// The writes that the server counted for a class of items.
fn server_writes<V: VendorSoak>(vendor: &V, created: &CreatedItems<V::Kind>) -> u64 {
    created.operations.iter().map(|operation| vendor.writes_of(operation)).sum()
}

/// The names of the items of a class that these calls create.
fn expected_names<V: VendorSoak>(
    created: &CreatedItems<V::Kind>,
    calls: impl Iterator<Item = u64>,
) -> BTreeSet<String> {
    calls.filter(|n| created.kinds.contains(&V::kind(*n))).map(item_name).collect()
}

/// As in "3 folders, 4 files and 5 links".
fn list_counts<V: VendorSoak>(inventory: &Inventory) -> String {
    let counts = V::CREATED.iter().map(|created| {
        let count = inventory.names(created.label).len();
        format!("{count} {}", created.label)
    });
    let mut counts: Vec<String> = counts.collect();
    let last = counts.pop().unwrap_or_default();
    if counts.is_empty() { last } else { format!("{} and {last}", counts.join(", ")) }
}

/// The server holds what its counters report, every item of a successful call, and no item without a call.
fn check_inventory<V: VendorSoak>(
    vendor: &V,
    inventory: &Inventory,
    writes_before: &[u64],
    succeeded: &[u64],
    calls: u64,
) {
    for (created, before) in V::CREATED.iter().zip(writes_before) {
        let (label, names) = (created.label, inventory.names(created.label));
        assert_eq!(server_writes(vendor, created) - before, names.len() as u64, "{label}");
        let expected = expected_names::<V>(created, succeeded.iter().copied());
        assert!(names.is_superset(&expected), "{label} were lost");
        let requested = expected_names::<V>(created, 0..calls);
        assert!(names.is_subset(&requested), "{label} exist that no call created");
    }
    for kind in V::CALL_SEQUENCE {
        assert!(succeeded.iter().any(|n| V::kind(*n) == *kind), "{kind:?} never succeeded");
    }
}

/// Retries helped: most calls succeeded, and the others failed with an error that faults cause.
fn check_report(report: &SoakReport, calls: u64, min_correct_percent: u64, max_growth: i64) {
    assert_eq!(report.calls(), calls);
    assert_eq!(report.wrong, Vec::<String>::new());
    assert_eq!(report.panics, 0);
    assert!(report.correct * 100 >= calls * min_correct_percent, "too few calls succeeded");
    assert!(report.memory_growth.is_none_or(|growth| growth < max_growth), "memory grew");
    let kinds: BTreeSet<&str> = report.failed.keys().map(String::as_str).collect();
    let expected = BTreeSet::from(["Transport", "Timeout", "Decode", "Connect"]);
    assert!(kinds.is_subset(&expected), "{kinds:?}");
}

/// A soak of a client that repeats writes. The inventory must show duplicates, or the soak would not notice
/// them.
pub async fn soak_with_repeated_writes<V: VendorSoak>(calls: u64) -> (SoakReport, Inventory) {
    let _alone = ONE_AT_A_TIME.lock().await;
    let vendor = Arc::new(V::start().await);
    let faults = [ProxyFault::Reset, ProxyFault::Truncate];
    let proxy = proxy(&*vendor, &faults, FAULT_PERCENT, V::SEED).await;
    let report =
        soak_through_proxy(&vendor, &proxy, calls, &CallOptions::new().idempotent(true)).await;
    (report, vendor.inventory().await)
}

/// A soak with changed bytes on half of the connections, because a download first needs a connection or two for
/// objects that must arrive unchanged. Downloads must be reported as wrong, and nothing else.
pub async fn soak_with_corruption<V: VendorSoak>(calls: u64) {
    let _alone = ONE_AT_A_TIME.lock().await;
    let vendor = Arc::new(V::start().await);
    let proxy = proxy(&*vendor, &[ProxyFault::Garbage], 50, V::SEED).await;
    let report = soak_through_proxy(&vendor, &proxy, calls, &CallOptions::new()).await;
    println!("{}: {} wrong of {calls} calls", V::NAME, report.wrong.len());
    assert!(!report.wrong.is_empty(), "{report:?}");
    assert!(report.wrong.iter().all(|wrong| wrong.contains("Download")), "{:?}", report.wrong);
}

/// Calls through one proxy, each on its own connection.
async fn soak_through_proxy<V: VendorSoak>(
    vendor: &Arc<V>,
    proxy: &FaultProxy,
    calls: u64,
    options: &CallOptions,
) -> SoakReport {
    let client = client(&**vendor, proxy, 0);
    run_soak(calls, 8, |n| {
        let (vendor, client, options) = (Arc::clone(vendor), client.clone(), options.clone());
        async move { vendor.call(n, &client, options).await.unwrap_or_else(SoakOutcome::Failed) }
    })
    .await
}

fn client<V: VendorSoak>(vendor: &V, proxy: &FaultProxy, idle: usize) -> V::Client {
    vendor.client(format!("http://{}", proxy.address()), idle)
}

async fn proxy<V: VendorSoak>(
    vendor: &V,
    faults: &[ProxyFault],
    percent: u8,
    seed: u64,
) -> FaultProxy {
    let url = vendor.server_url();
    let address = url.strip_prefix("http://").expect("a URL without TLS");
    let address: SocketAddr = address.parse().expect("an address");
    FaultProxy::start(address, faults, percent, seed).await.expect("a free port")
}
