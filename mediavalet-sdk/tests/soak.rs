//! Thousands of calls of MediaValet's client through a proxy that ill-treats most connections, those to the
//! storage host included: whatever happens, no value is wrong and nothing is written twice.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use mediavalet_sdk::{
    CallOptions, Client, Error, FilePart, RetryPolicy,
    download::Rendition,
    search::{in_category, search},
    types::{Asset, CategoryCreateRequest, LightboxCreateRequest},
};
use oneteg_http::{
    RetryBudget,
    test_kit::{Fault, FaultProxy, SoakOutcome, soak, soak_calls},
};
use oneteg_sandbox::{Sandbox, mediavalet::ROOT_CATEGORY};

const SEED: u64 = 4_711;
/// Of a hundred connections, how many suffer.
const PERCENT: u8 = 70;
/// How much the resident memory may grow over the second half of the calls.
const GROWTH: i64 = 32 << 20;

/// One soak at a time, because the memory that is measured is that of the process.
static ALONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// A client of a proxy, with short waits and as many retries as its policy has.
fn client(sandbox: &Sandbox, address: SocketAddr, idle: usize) -> Client {
    let quick = RetryPolicy::builder().initial_backoff(Duration::from_millis(2)).build();
    Client::builder()
        .base_url(format!("http://{address}"))
        .subscription_key(sandbox.mediavalet().account().subscription_key.clone())
        .access_token(sandbox.mediavalet().issue_access_token())
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
    /// Pictures and documents of the seed, with their files.
    assets: Vec<(Asset, Vec<u8>)>,
    /// The category above them and its name, in which nothing is made.
    products: (String, String),
    /// Where the soak uploads to.
    uploads: String,
}

/// An asset without its links, which are others each time.
fn without_links(mut asset: Asset) -> Asset {
    asset.media = None;
    asset
}

fn id(id: Option<String>) -> String {
    id.expect("an id")
}

impl Truth {
    async fn of(client: &Client) -> Self {
        let categories = client.list_categories().pages().all().await.unwrap();
        let name = |name: &str| categories.iter().find(|one| one.name.as_deref() == Some(name));
        let products = name("Products").unwrap().clone();
        let products = (id(products.id), products.name.unwrap());
        let mut assets = Vec::new();
        for asset in listed(client, &products.0, CallOptions::new()).await.unwrap().0 {
            let file = client.download(id(asset.id.clone()), Rendition::Original);
            let bytes = file.stream().await.unwrap().collect(1 << 20).await.unwrap();
            assets.push((without_links(asset), bytes));
        }
        assert!(assets.len() > 3, "the seed has too little to read");
        let uploads = CategoryCreateRequest { tree_name: Some("Uploads".into()), ..<_>::default() };
        let uploads = client.create_category(uploads).send().await.unwrap().into_inner();
        Self { assets, products, uploads: id(uploads.id) }
    }

    fn asset(&self, n: u64) -> &(Asset, Vec<u8>) {
        &self.assets[usize::try_from(n).unwrap() % self.assets.len()]
    }

    fn ids(&self) -> Vec<Option<String>> {
        self.assets.iter().map(|(asset, _)| asset.id.clone()).collect()
    }
}

/// The assets in or below a category, by title, and how many there are.
async fn listed(
    client: &Client,
    category: &str,
    options: CallOptions,
) -> Result<(Vec<Asset>, Option<i64>), Error> {
    let question = search().within(in_category(category)).ascending("title").page(0, 100);
    let request = client.search_assets(question).call_options(options);
    let found = request.send().await?.into_inner();
    Ok((found.assets.unwrap_or_default(), found.asset_count))
}

/// The kinds of calls, by turns.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Kind {
    CreateCategory,
    CreateLightbox,
    Upload,
    GetAsset,
    GetCategory,
    Search,
    Download,
}

impl Kind {
    /// Three of eight calls are writes that must not be done twice.
    const TURNS: [Self; 8] = [
        Self::CreateCategory,
        Self::GetAsset,
        Self::Search,
        Self::Upload,
        Self::Download,
        Self::CreateLightbox,
        Self::GetCategory,
        Self::GetAsset,
    ];

    fn of(n: u64) -> Self {
        Self::TURNS[usize::try_from(n).unwrap() % Self::TURNS.len()]
    }

    /// Whether it moves a file: other bytes in one are no error that HTTP knows of.
    fn has_file(self) -> bool {
        matches!(self, Self::Upload | Self::Download)
    }
}

/// The name of what the call makes, which no other call has.
fn name(n: u64) -> String {
    format!("soak-{n}.bin")
}

/// What the call uploads: no other has the same.
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
    let asset_id = id(asset.id.clone());
    Ok(match Kind::of(n) {
        Kind::CreateCategory => {
            let request = CategoryCreateRequest {
                tree_name: Some(name(n)),
                parent_id: Some(ROOT_CATEGORY.to_owned()),
                ..CategoryCreateRequest::default()
            };
            let made = client.create_category(request).call_options(options).send().await?;
            judge(n, &made.into_inner().name, &Some(name(n)))
        }
        Kind::CreateLightbox => {
            let request = LightboxCreateRequest { name: Some(name(n)), ..<_>::default() };
            let made = client.create_lightbox(request).call_options(options).send().await?;
            judge(n, &made.into_inner().name, &Some(name(n)))
        }
        Kind::Upload => {
            let content = content(n);
            let length = content.len() as u64;
            let upload = client.upload(FilePart::new(name(n), content)).title(name(n));
            let done = upload.category(&truth.uploads).send().await?;
            judge(n, &done.bytes, &length)
        }
        Kind::GetAsset => {
            let answer = client.get_asset(asset_id).call_options(options).send().await?;
            judge(n, &without_links(answer.into_inner()), asset)
        }
        Kind::GetCategory => {
            let (id, name) = &truth.products;
            let answer = client.get_category(id).call_options(options).send().await?;
            judge(n, &answer.into_inner().name, &Some(name.clone()))
        }
        Kind::Search => {
            let (found, total) = listed(client, &truth.products.0, options).await?;
            let ids: Vec<_> = found.into_iter().map(|asset| asset.id).collect();
            judge(n, &(ids, total), &(truth.ids(), i64::try_from(truth.assets.len()).ok()))
        }
        Kind::Download => {
            let stream = client.download(asset_id, Rendition::Original).stream().await?;
            judge(n, &stream.collect(1 << 20).await?, bytes)
        }
    })
}

/// How often the server holds each thing that the soak makes, by what made it.
type Held = BTreeMap<Kind, BTreeMap<String, u64>>;

/// Asks for it without a proxy. An upload counts with the sum of its bytes.
async fn held(client: &Client, truth: &Truth) -> Held {
    let mut held = Held::new();
    let mut add = |kind, name: String| {
        *held.entry(kind).or_default().entry(name).or_default() += 1;
    };
    for category in client.list_categories().pages().page_size(500).all().await.unwrap() {
        add(Kind::CreateCategory, category.name.unwrap());
    }
    for lightbox in client.list_lightboxes().pages().page_size(500).all().await.unwrap() {
        add(Kind::CreateLightbox, lightbox.name.unwrap());
    }
    // Those in processing become ready by being looked at.
    for _ in 0..2 {
        client.list_assets().count(1).send().await.unwrap();
    }
    let uploads = client.list_assets().container_filter(in_category(&truth.uploads)).pages();
    for asset in uploads.page_size(500).all().await.unwrap() {
        let title = asset.title.unwrap();
        let n = title.trim_start_matches("soak-").trim_end_matches(".bin").parse().unwrap();
        let size = asset.file.unwrap().size_in_bytes;
        assert_eq!(size, i64::try_from(content(n).len()).ok(), "{title} is stored wrong");
        add(Kind::Upload, title);
    }
    for names in held.values_mut() {
        names.retain(|name, _| name.starts_with("soak-"));
    }
    held
}

fn twice(held: &Held) -> Vec<&String> {
    let all = held.values().flatten();
    all.filter(|(_, times)| **times > 1).map(|(name, _)| name).collect()
}

/// The names of the calls of a kind.
fn names(kind: Kind, calls: impl IntoIterator<Item = u64>) -> BTreeSet<String> {
    calls.into_iter().filter(|n| Kind::of(*n) == kind).map(name).collect()
}

fn address(sandbox: &Sandbox) -> SocketAddr {
    sandbox.mediavalet_url().strip_prefix("http://").unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_soak_through_faults_is_never_wrong_and_writes_nothing_twice() {
    let _alone = ALONE.lock().await;
    let sandbox = Sandbox::start().await.unwrap();
    let server = address(&sandbox);
    let direct = client(&sandbox, server, 1);
    let truth = Arc::new(Truth::of(&direct).await);
    let mediavalet = sandbox.mediavalet();
    let before = mediavalet.counters().requests;

    let proxy = FaultProxy::start(server, &Fault::ALL, PERCENT, SEED).await.unwrap();
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
        let (fresh, pooled) = if Kind::of(n).has_file() { &files } else { &objects };
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

    let requests = mediavalet.counters().requests - before;
    let faults = proxy.faults() + file_proxy.faults();
    let held = held(&direct, &truth).await;
    let made: BTreeMap<Kind, usize> =
        held.iter().map(|(kind, names)| (*kind, names.len())).collect();
    println!(
        "mediavalet soak {calls} calls: {} wrong, {} duplicated, {} panics",
        report.wrong.len(),
        twice(&held).len(),
        report.panics
    );
    println!(
        "{} connections ({faults} ill-treated), {requests} requests at the server, made {made:?}; {} calls \
         right, failed: {:?}; memory grew by {:?} bytes",
        proxy.connections() + file_proxy.connections(),
        report.right,
        report.failed,
        report.memory_growth
    );

    assert_eq!(report.calls(), calls);
    assert_eq!(report.wrong, Vec::<String>::new());
    assert_eq!(report.panics, 0);
    assert_eq!(twice(&held), Vec::<&String>::new(), "written twice");
    assert_eq!(mediavalet.leaked_credentials(), 0, "a credential reached the storage");
    // The server holds what it counted, all that the client was told is done, and nothing that no call
    // asked for.
    let done = std::mem::take(&mut *done.lock().unwrap());
    let of_truth = 1;
    for (kind, operation, others) in [
        (Kind::CreateCategory, "createCategory", of_truth),
        (Kind::CreateLightbox, "createLightbox", 0),
        (Kind::Upload, "patchUpload", 0),
    ] {
        let held = &held[&kind];
        let written = mediavalet.recording().writes_of(operation);
        assert_eq!(written, held.len() as u64 + others, "{operation}");
        let held: BTreeSet<String> = held.keys().cloned().collect();
        assert!(held.is_superset(&names(kind, done.iter().copied())), "{operation} was lost");
        assert!(held.is_subset(&names(kind, 0..calls)), "{operation} of something else");
    }
    // The faults did strike, and retries did help: most calls end well.
    assert!(faults > calls / 3, "the proxies did nothing");
    assert!(requests > calls, "nothing was tried again");
    assert!(report.right * 100 >= calls * 75, "too few calls ended well");
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
    soak(400, 8, |n| {
        let (client, truth) = (hasty.clone(), Arc::clone(&truth));
        let options = CallOptions::new().idempotent(true);
        async move { call(n, &client, &truth, options).await.unwrap_or_else(SoakOutcome::Failed) }
    })
    .await;
    let held = held(&direct, &truth).await;
    let twice = |kind| held[&kind].values().any(|times| *times > 1);
    assert!(twice(Kind::CreateCategory) && twice(Kind::CreateLightbox));
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
    let report = soak(800, 8, |n| {
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
