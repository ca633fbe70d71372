//! The soak of a vendor's client through proxies that ill-treat most connections: whatever happens, no
//! value is wrong and nothing is written twice. A vendor joins with a [`VendorSoak`].
//!
//! It fails the test when something is wrong, like the test itself, and prints what happened.
#![allow(clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::missing_panics_doc)]

mod made;

use std::{
    collections::BTreeSet,
    fmt::Debug,
    future::Future,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;

pub use made::{Held, Made};

use super::{FaultProxy, ProxyFault, SoakOutcome, SoakReport, soak, soak_calls};
use oneteg_http::{CallOptions, Error, RetryBudget, RetryPolicy, RuntimeBuilder};

/// Of a hundred connections, how many suffer.
const PERCENT: u8 = 70;

/// One soak at a time, because the memory that is measured is that of the process.
static ALONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// A vendor's part in the soak: its server, what it holds from the start, and the calls.
pub trait VendorSoak: Send + Sync + Sized + 'static {
    /// The vendor's client.
    type Client: Clone + Send + Sync + 'static;
    /// The kinds of calls.
    type Kind: Copy + PartialEq + Debug + Send + Sync + 'static;

    /// The vendor's name, for what is printed.
    const NAME: &'static str;
    /// What the faults and the contents are made from.
    const SEED: u64;
    /// The kinds of the calls, by turns.
    const TURNS: &'static [Self::Kind];
    /// What the calls make. It must not be made twice.
    const MADE: &'static [Made<Self::Kind>];
    /// One call of so many uses a kept connection. It should not always be of the same kind.
    const POOLED: u64 = 4;
    /// How much the resident memory may grow over the second half of the calls.
    const GROWTH: i64;
    /// Of a hundred calls, how many must end well at least.
    const RIGHT: u64;

    /// Starts a server, and asks it without a proxy for what the calls are to find.
    fn start() -> impl Future<Output = Self>;

    /// The server's URL.
    fn server_url(&self) -> String;

    /// A client of a server or a proxy, with [`retry_policy`] and [`runtime`].
    fn client(&self, url: String, idle: usize) -> Self::Client;

    /// How many requests the server was sent.
    fn requests(&self) -> u64;

    /// How often the server did what writes.
    fn writes_of(&self, operation: &str) -> u64;

    /// Whether such a call moves a file: other bytes in one are no error that HTTP knows of.
    fn has_file(kind: Self::Kind) -> bool;

    /// One call and whether its value is the right one.
    fn call(
        &self,
        n: u64,
        client: &Self::Client,
        options: CallOptions,
    ) -> impl Future<Output = Result<SoakOutcome, Error>> + Send;

    /// Asks the server without a proxy for all that the soak made.
    fn held(&self) -> impl Future<Output = Held>;

    /// The kind of a call.
    fn kind(n: u64) -> Self::Kind {
        *item(Self::TURNS, n)
    }

    /// What a call sends as a file: no other has the same.
    fn content(n: u64) -> Bytes {
        let mut random = fastrand::Rng::with_seed(Self::SEED ^ n);
        (0..random.usize(1..3000)).map(|_| random.u8(..)).collect()
    }

    /// Compares an answer with the right one.
    fn judge<T: PartialEq + Debug>(n: u64, answer: &T, right: &T) -> SoakOutcome {
        if answer == right {
            return SoakOutcome::Right;
        }
        let kind = Self::kind(n);
        SoakOutcome::Wrong(format!("{n}, {kind:?}: {answer:?} in place of {right:?}"))
    }
}

/// The name of what a call makes, which no other call has.
pub fn name(n: u64) -> String {
    format!("soak-{n}.bin")
}

/// The call that made something of this [`name`], if one did.
pub fn number(name: &str) -> Option<u64> {
    name.strip_prefix("soak-")?.strip_suffix(".bin")?.parse().ok()
}

/// The item for a call, by turns.
pub fn item<T>(items: &[T], n: u64) -> &T {
    &items[usize::try_from(n).expect("a small number") % items.len()]
}

/// The retries of a soak's clients: as many as ever, after short waits.
pub fn retry_policy() -> RetryPolicy {
    RetryPolicy::builder().initial_backoff(Duration::from_millis(2)).build()
}

/// The runtime of a soak's clients, which keeps so many connections.
pub fn runtime(builder: RuntimeBuilder, idle: usize) -> RuntimeBuilder {
    builder
        .attempt_timeout(Duration::from_secs(5))
        .retry_budget(RetryBudget::unlimited())
        .max_idle_connections(idle)
}

/// The soak: [`soak_calls`] calls through all faults. Gives the vendor back, to ask its server more.
pub async fn through_faults<V: VendorSoak>() -> Arc<V> {
    let _alone = ALONE.lock().await;
    let vendor = Arc::new(V::start().await);
    let written: Vec<u64> = V::MADE.iter().map(|made| made.written(&*vendor)).collect();
    let before = vendor.requests();

    let proxy = proxy(&*vendor, &ProxyFault::ALL, PERCENT, V::SEED).await;
    // Other bytes in a file are no error that HTTP knows of: files come without that fault.
    let honest: Vec<ProxyFault> =
        ProxyFault::ALL.into_iter().filter(|f| *f != ProxyFault::Garbage).collect();
    let file_proxy = self::proxy(&*vendor, &honest, PERCENT, V::SEED + 1).await;
    // Most calls make a connection and meet its fault; the others meet what befell the one before.
    let clients = |proxy: &FaultProxy| (client(&*vendor, proxy, 0), client(&*vendor, proxy, 100));
    let (objects, files) = (clients(&proxy), clients(&file_proxy));

    let calls = soak_calls();
    let done = Arc::new(Mutex::new(Vec::new()));
    let report = soak(calls, 16, |n| {
        let (fresh, pooled) = if V::has_file(V::kind(n)) { &files } else { &objects };
        let client = if n % V::POOLED > 0 { fresh.clone() } else { pooled.clone() };
        let (vendor, done) = (Arc::clone(&vendor), Arc::clone(&done));
        async move {
            let outcome = vendor.call(n, &client, CallOptions::new()).await;
            if outcome.is_ok() {
                done.lock().expect("the list of calls").push(n);
            }
            outcome.unwrap_or_else(SoakOutcome::Failed)
        }
    })
    .await;

    let requests = vendor.requests() - before;
    let faults = proxy.faults() + file_proxy.faults();
    let held = vendor.held().await;
    let connections = proxy.connections() + file_proxy.connections();
    println!(
        "{} soak {calls} calls: {} wrong, {} duplicated, {} panics",
        V::NAME,
        report.wrong.len(),
        held.twice().len(),
        report.panics
    );
    println!(
        "{connections} connections ({faults} ill-treated), {requests} requests at the server, {} made; {} \
         calls right, failed: {:?}; memory grew by {:?} bytes",
        enumerated::<V>(&held),
        report.right,
        report.failed,
        report.memory_growth
    );

    assert_eq!(held.twice(), Vec::<&String>::new(), "written twice");
    let done = std::mem::take(&mut *done.lock().expect("the list of calls"));
    check_held(&*vendor, &held, &written, &done, calls);
    check_report(&report, calls, V::RIGHT, V::GROWTH);
    // The faults did strike.
    assert!(faults > calls / 3, "the proxies did nothing");
    assert!(requests > calls, "nothing was tried again");
    vendor
}

/// As in "3 folders, 4 files and 5 links".
fn enumerated<V: VendorSoak>(held: &Held) -> String {
    let counts = V::MADE.iter().map(|made| (held.names(made.things).len(), made.things));
    let mut counts: Vec<String> = counts.map(|(count, what)| format!("{count} {what}")).collect();
    let last = counts.pop().unwrap_or_default();
    if counts.is_empty() { last } else { format!("{} and {last}", counts.join(", ")) }
}

/// The server holds what it counted since the start, all that the client was told is done, and nothing
/// that no call asked for.
fn check_held<V: VendorSoak>(vendor: &V, held: &Held, before: &[u64], done: &[u64], calls: u64) {
    for (made, before) in V::MADE.iter().zip(before) {
        let (things, held) = (made.things, held.names(made.things));
        assert_eq!(made.written(vendor) - before, held.len() as u64, "{things}");
        assert!(held.is_superset(&made.names::<V>(done.iter().copied())), "{things} were lost");
        assert!(held.is_subset(&made.names::<V>(0..calls)), "{things} of something else");
    }
    // Each kind did end well at times.
    for kind in V::TURNS {
        assert!(done.iter().any(|n| V::kind(*n) == *kind), "{kind:?} never ended well");
    }
}

/// Retries did help: most calls end well, and the others in an error that faults cause.
fn check_report(report: &SoakReport, calls: u64, right: u64, growth: i64) {
    assert_eq!(report.calls(), calls);
    assert_eq!(report.wrong, Vec::<String>::new());
    assert_eq!(report.panics, 0);
    assert!(report.right * 100 >= calls * right, "too few calls ended well");
    assert!(report.memory_growth.is_none_or(|grown| grown < growth), "memory grew");
    let kinds: BTreeSet<&str> = report.failed.keys().map(String::as_str).collect();
    let expected = BTreeSet::from(["Transport", "Timeout", "Decode", "Connect"]);
    assert!(kinds.is_subset(&expected), "{kinds:?}");
}

/// What the server holds after the calls of a client that repeats writes: it is there twice.
pub async fn repeating_writes<V: VendorSoak>(calls: u64) -> (SoakReport, Held) {
    let _alone = ALONE.lock().await;
    let vendor = Arc::new(V::start().await);
    let faults = [ProxyFault::Reset, ProxyFault::Truncate];
    let proxy = proxy(&*vendor, &faults, PERCENT, V::SEED).await;
    let report = through(&vendor, &proxy, calls, &CallOptions::new().idempotent(true)).await;
    (report, vendor.held().await)
}

/// The bytes are compared: files that come with others are wrong, and nothing else is.
pub async fn with_wrong_bytes<V: VendorSoak>(calls: u64) {
    let _alone = ALONE.lock().await;
    let vendor = Arc::new(V::start().await);
    let proxy = proxy(&*vendor, &[ProxyFault::Garbage], 100, V::SEED).await;
    let report = through(&vendor, &proxy, calls, &CallOptions::new()).await;
    assert!(!report.wrong.is_empty(), "{report:?}");
    assert!(report.wrong.iter().all(|wrong| wrong.contains("Download")), "{:?}", report.wrong);
}

/// Calls through one proxy, each on a connection of its own.
async fn through<V: VendorSoak>(
    vendor: &Arc<V>,
    proxy: &FaultProxy,
    calls: u64,
    options: &CallOptions,
) -> SoakReport {
    let client = client(&**vendor, proxy, 0);
    soak(calls, 8, |n| {
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
