//! Thousands of calls of NetX's client through a proxy that ill-treats most connections: whatever
//! happens, no value is wrong and nothing is written twice.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs
)]

use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use netx_sdk::{
    CallOptions, Client, Error, FilePart, RetryPolicy,
    types::{Asset, CollectionInput, DataSelector, ImportAssetForm, RequestOptions, SortOrder},
};
use oneteg_http::{
    RetryBudget,
    test_kit::{Fault, FaultProxy, SoakOutcome, soak, soak_calls},
};
use oneteg_sandbox::Sandbox;

const SEED: u64 = 90_210;
/// Of a hundred connections, how many suffer.
const PERCENT: u8 = 70;
/// How much the resident memory may grow over the second half of the calls.
const GROWTH: i64 = 16 << 20;

/// One soak at a time, because the memory that is measured is that of the process.
static ALONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// A client of a proxy, with short waits and as many retries as its policy has.
fn client(sandbox: &Sandbox, address: SocketAddr, idle: usize) -> Client {
    let quick = RetryPolicy::builder().initial_backoff(Duration::from_millis(2)).build();
    Client::builder(format!("http://{address}"))
        .api_key(sandbox.netx_api_key())
        .retry(quick)
        .runtime(move |runtime| {
            runtime
                .try_timeout(Duration::from_secs(5))
                .retry_budget(RetryBudget::unlimited())
                .max_idle_connections(idle)
        })
        .build()
        .unwrap()
}

/// What the server holds before the soak, asked without a proxy, and what nobody changes in it.
struct Truth {
    /// The pictures and documents of the seed, with their files.
    assets: Vec<(Asset, Vec<u8>)>,
    /// The ids of all of them in the order of their names.
    by_name: Vec<i64>,
    /// The folder above them, in which nothing is made.
    products: i64,
    /// Where the soak imports to.
    archive: i64,
    /// A collection of the seed and its title.
    collection: (i64, String),
}

fn parts() -> RequestOptions {
    let parts = [DataSelector::AssetId, DataSelector::AssetBase, DataSelector::AssetFile];
    RequestOptions::new().select(parts)
}

fn by_name() -> RequestOptions {
    parts().sort_by("name", SortOrder::Asc).page(0, 1000)
}

async fn folder(client: &Client, path: &str) -> i64 {
    client.get_folder_by_path(path).send().await.unwrap().into_inner().unwrap().id
}

impl Truth {
    async fn of(client: &Client) -> Self {
        let products = folder(client, "Products").await;
        let listed = client.get_assets_by_folder(products, true).options(by_name());
        let found = listed.send().await.unwrap().into_inner().results.unwrap();
        let by_name: Vec<i64> = found.iter().map(|asset| asset.id).collect();
        let mut assets = Vec::new();
        for asset in found {
            let file = client.get_asset_original(asset.id).send().await.unwrap().into_inner();
            assets.push((asset, file.collect(1 << 20).await.unwrap()));
        }
        assert!(assets.len() > 3, "the seed has too little to read");
        let collections = client.get_collections(RequestOptions::new()).send().await.unwrap();
        let collection = collections.results.as_ref().unwrap()[0].clone();
        Self {
            assets,
            by_name,
            products,
            archive: folder(client, "Archive").await,
            collection: (collection.id, collection.title.unwrap()),
        }
    }

    fn asset(&self, n: u64) -> &(Asset, Vec<u8>) {
        &self.assets[usize::try_from(n).unwrap() % self.assets.len()]
    }
}

/// The kinds of calls, by turns.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    CreateCollection,
    Import,
    GetAsset,
    GetCollection,
    List,
    Download,
}

impl Kind {
    /// A third of the calls are writes that must not be done twice.
    const TURNS: [Self; 6] = [
        Self::CreateCollection,
        Self::GetAsset,
        Self::List,
        Self::Import,
        Self::Download,
        Self::GetCollection,
    ];

    fn of(n: u64) -> Self {
        Self::TURNS[usize::try_from(n).unwrap() % Self::TURNS.len()]
    }
}

/// The name of what the call makes, which no other call has.
fn name(n: u64) -> String {
    format!("soak-{n}.bin")
}

/// What the call imports: no other has the same.
fn content(n: u64) -> Bytes {
    let mut random = fastrand::Rng::with_seed(SEED ^ n);
    (0..random.usize(1..3000)).map(|_| random.u8(..)).collect()
}

fn judge<T: PartialEq + std::fmt::Debug>(n: u64, answer: &T, right: &T) -> SoakOutcome {
    if answer == right {
        SoakOutcome::Right
    } else {
        SoakOutcome::Wrong(format!("{n}, {:?}: {answer:?} in place of {right:?}", Kind::of(n)))
    }
}

/// One call and whether its value is the right one.
async fn call(
    n: u64,
    client: &Client,
    truth: &Truth,
    options: CallOptions,
) -> Result<SoakOutcome, Error> {
    let (asset, bytes) = truth.asset(n);
    Ok(match Kind::of(n) {
        Kind::CreateCollection => {
            let input = CollectionInput { id: None, title: name(n) };
            let request = client.create_collection(input, [asset.id]).call_options(options);
            judge(n, &request.send().await?.into_inner().title, &Some(name(n)))
        }
        Kind::Import => {
            let content = content(n);
            let size = i64::try_from(content.len()).unwrap();
            let form =
                ImportAssetForm::new(FilePart::new(name(n), content), truth.archive, name(n));
            let made = client.import_asset(form).call_options(options).send().await?.into_inner();
            let is = (made.name, made.file.and_then(|file| file.size));
            judge(n, &is, &(Some(name(n)), Some(size)))
        }
        Kind::GetAsset => {
            let request = client.get_assets([asset.id]).options(parts()).call_options(options);
            judge(n, &request.send().await?.into_inner(), &vec![asset.clone()])
        }
        Kind::GetCollection => {
            let (id, title) = truth.collection.clone();
            let answer = client.get_collection(id).call_options(options).send().await?;
            judge(n, &answer.into_inner().title, &Some(title))
        }
        Kind::List => {
            let request = client.get_assets_by_folder(truth.products, true).options(by_name());
            let page = request.call_options(options).send().await?.into_inner();
            let ids = page.results.unwrap_or_default().iter().map(|asset| asset.id).collect();
            let total = page.size.and_then(|size| usize::try_from(size).ok());
            judge(n, &(ids, total), &(truth.by_name.clone(), Some(truth.by_name.len())))
        }
        Kind::Download => {
            let file = client.get_asset_original(asset.id).call_options(options).send().await?;
            judge(n, &file.into_inner().collect(1 << 20).await?, bytes)
        }
    })
}

/// How often the server holds each thing that the soak makes.
#[derive(Default)]
struct Held {
    collections: BTreeMap<String, u64>,
    imports: BTreeMap<String, u64>,
}

impl Held {
    /// Asks for it without a proxy.
    async fn by(client: &Client, truth: &Truth) -> Self {
        let mut held = Self::default();
        let all = client.get_collections(RequestOptions::new()).send().await.unwrap();
        for collection in all.into_inner().results.unwrap() {
            *held.collections.entry(collection.title.unwrap()).or_default() += 1;
        }
        held.collections.retain(|title, _| title.starts_with("soak-"));
        let imported = client.get_assets_by_folder(truth.archive, false).send().await.unwrap();
        for asset in imported.into_inner().results.unwrap() {
            *held.imports.entry(asset.name.unwrap()).or_default() += 1;
        }
        held
    }

    fn twice(&self) -> Vec<&String> {
        let all = self.collections.iter().chain(&self.imports);
        all.filter(|(_, times)| **times > 1).map(|(name, _)| name).collect()
    }
}

/// The names of the calls of a kind.
fn names(kind: Kind, calls: impl IntoIterator<Item = u64>) -> BTreeSet<String> {
    calls.into_iter().filter(|n| Kind::of(*n) == kind).map(name).collect()
}

fn address(sandbox: &Sandbox) -> SocketAddr {
    sandbox.netx_url().strip_prefix("http://").unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_soak_through_faults_is_never_wrong_and_writes_nothing_twice() {
    let _alone = ALONE.lock().await;
    let sandbox = Sandbox::start().await.unwrap();
    let server = address(&sandbox);
    let direct = client(&sandbox, server, 1);
    let truth = Arc::new(Truth::of(&direct).await);
    let before = sandbox.netx().counters().requests;

    let proxy = FaultProxy::start(server, &Fault::ALL, PERCENT, SEED).await.unwrap();
    // Other bytes in a file are no error that HTTP knows of: files come without that fault.
    let honest: Vec<Fault> = Fault::ALL.into_iter().filter(|f| *f != Fault::Garbage).collect();
    let file_proxy = FaultProxy::start(server, &honest, PERCENT, SEED + 1).await.unwrap();
    // Most calls make a connection and meet its fault; the others meet what befell the one before.
    let clients = |proxy: &FaultProxy| {
        (client(&sandbox, proxy.address(), 0), client(&sandbox, proxy.address(), 100))
    };
    let (objects, files) = (clients(&proxy), clients(&file_proxy));

    let calls = soak_calls();
    let done = Arc::new(Mutex::new(Vec::new()));
    let report = soak(calls, 16, |n| {
        let (fresh, pooled) = if Kind::of(n) == Kind::Download { &files } else { &objects };
        let client = if n % 4 > 0 { fresh.clone() } else { pooled.clone() };
        let (truth, done) = (Arc::clone(&truth), Arc::clone(&done));
        async move {
            let outcome = call(n, &client, &truth, CallOptions::new()).await;
            if outcome.is_ok() {
                done.lock().unwrap().push(n);
            }
            outcome.unwrap_or_else(SoakOutcome::Failed)
        }
    })
    .await;

    let requests = sandbox.netx().counters().requests - before;
    let faults = proxy.faults() + file_proxy.faults();
    let held = Held::by(&direct, &truth).await;
    println!(
        "netx soak {calls} calls: {} wrong, {} duplicated, {} panics",
        report.wrong.len(),
        held.twice().len(),
        report.panics
    );
    println!(
        "{} connections ({faults} ill-treated), {requests} requests at the server, {} collections and \
         {} assets made; {} calls right, failed: {:?}; memory grew by {:?} bytes",
        proxy.connections() + file_proxy.connections(),
        held.collections.len(),
        held.imports.len(),
        report.right,
        report.failed,
        report.memory_growth
    );

    assert_eq!(report.calls(), calls);
    assert_eq!(report.wrong, Vec::<String>::new());
    assert_eq!(report.panics, 0);
    assert_eq!(held.twice(), Vec::<&String>::new(), "written twice");
    // The server holds what it counted, all that the client was told is done, and nothing that no call
    // asked for.
    let done = std::mem::take(&mut *done.lock().unwrap());
    let recording = sandbox.netx().recording();
    for (kind, operation, held) in [
        (Kind::CreateCollection, "createCollection", held.collections),
        (Kind::Import, "importAsset", held.imports),
    ] {
        assert_eq!(recording.writes_of(operation), held.len() as u64, "{operation}");
        let held: BTreeSet<String> = held.into_keys().collect();
        assert!(held.is_superset(&names(kind, done.iter().copied())), "{operation} was lost");
        assert!(held.is_subset(&names(kind, 0..calls)), "{operation} of something else");
    }
    // The faults did strike, and retries did help: most calls end well.
    assert!(faults > calls / 3, "the proxies did nothing");
    assert!(requests > calls, "nothing was tried again");
    assert!(report.right * 100 >= calls * 80, "too few calls ended well");
    assert!(report.memory_growth.is_none_or(|grown| grown < GROWTH), "memory grew");
    let kinds: BTreeSet<&str> = report.failed.keys().map(String::as_str).collect();
    let expected = BTreeSet::from(["Transport", "Timeout", "Decode", "Connect"]);
    assert!(kinds.is_subset(&expected), "{kinds:?}");
}

/// What the server holds would show a client that repeats writes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_soak_notices_a_client_that_repeats_writes() {
    let _alone = ALONE.lock().await;
    let sandbox = Sandbox::start().await.unwrap();
    let server = address(&sandbox);
    let direct = client(&sandbox, server, 1);
    let truth = Arc::new(Truth::of(&direct).await);
    let faults = [Fault::Reset, Fault::Truncate];
    let proxy = FaultProxy::start(server, &faults, PERCENT, SEED).await.unwrap();
    let hasty = client(&sandbox, proxy.address(), 0);
    soak(300, 8, |n| {
        let (client, truth) = (hasty.clone(), Arc::clone(&truth));
        let options = CallOptions::new().idempotent(true);
        async move { call(n, &client, &truth, options).await.unwrap_or_else(SoakOutcome::Failed) }
    })
    .await;
    let held = Held::by(&direct, &truth).await;
    let twice = |held: &BTreeMap<String, u64>| held.values().any(|times| *times > 1);
    assert!(twice(&held.collections) && twice(&held.imports));
}

/// The bytes are compared: files that come with others are wrong.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_soak_notices_wrong_bytes() {
    let _alone = ALONE.lock().await;
    let sandbox = Sandbox::start().await.unwrap();
    let server = address(&sandbox);
    let truth = Arc::new(Truth::of(&client(&sandbox, server, 1)).await);
    let proxy = FaultProxy::start(server, &[Fault::Garbage], 100, SEED).await.unwrap();
    let trusting = client(&sandbox, proxy.address(), 0);
    let report = soak(600, 8, |n| {
        let (client, truth) = (trusting.clone(), Arc::clone(&truth));
        async move {
            let outcome = call(n, &client, &truth, CallOptions::new()).await;
            outcome.unwrap_or_else(SoakOutcome::Failed)
        }
    })
    .await;
    assert!(!report.wrong.is_empty(), "{report:?}");
    assert!(report.wrong.iter().all(|wrong| wrong.contains("Download")), "{:?}", report.wrong);
}
