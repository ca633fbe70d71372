//! Thousands of calls of NetExplorer's client through a proxy that ill-treats most connections: whatever
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
use netexplorer_sdk::{
    CallOptions, Client, Error, FilePart, RetryPolicy,
    entry::Entry,
    types::{CreateFolderRequest, CreateShareLinkRequest, File, Folder, UploadFileForm},
    upload::UploadMethod,
};
use oneteg_http::{
    RetryBudget,
    test_kit::{Fault, FaultProxy, SoakOutcome, soak, soak_calls},
};
use oneteg_sandbox::Sandbox;

const SEED: u64 = 31_337;
/// Of a hundred connections, how many suffer.
const PERCENT: u8 = 70;
/// How much the resident memory may grow over the second half of the calls. What the server is given it
/// keeps.
const GROWTH: i64 = 48 << 20;
/// The root folder, and one of the seed in which nothing is made.
const ROOT: i64 = 1;
const CATALOGUE: i64 = 3;

/// One soak at a time, because the memory that is measured is that of the process.
static ALONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

async fn start() -> Sandbox {
    Sandbox::builder().netexplorer_assembling_polls(0).start().await.unwrap()
}

/// A client of a proxy, with short waits and as many retries as its policy has.
fn client(sandbox: &Sandbox, address: SocketAddr, idle: usize) -> Client {
    let quick = RetryPolicy::builder().initial_backoff(Duration::from_millis(2)).build();
    Client::builder(format!("http://{address}"))
        .access_token(sandbox.netexplorer().issue_token())
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
    /// The files of a folder with their content, and as a path leads to them.
    files: Vec<(File, Vec<u8>, Entry)>,
    catalogue: Folder,
    /// Where the soak makes folders and files.
    made: i64,
}

fn folder(parent: i64, name: String) -> CreateFolderRequest {
    CreateFolderRequest { parent_id: parent, name, creation: None, modification: None }
}

fn path(file: &File) -> String {
    format!("Projets/Catalogue/{}", file.name.as_deref().unwrap())
}

async fn bytes(client: &Client, id: i64) -> Vec<u8> {
    let file = client.download_file(id).send().await.unwrap().into_inner();
    file.collect(1 << 20).await.unwrap()
}

impl Truth {
    async fn of(client: &Client) -> Self {
        let made = client.create_folder(folder(ROOT, "soak".to_owned())).send().await.unwrap();
        let catalogue = client.get_folder(CATALOGUE).depth(1).send().await.unwrap().into_inner();
        let mut files = Vec::new();
        for file in catalogue.content.as_ref().unwrap().files.clone().unwrap() {
            let bytes = bytes(client, file.id.unwrap()).await;
            let entry = client.entry_at(ROOT, &path(&file)).await.unwrap().unwrap();
            files.push((file, bytes, entry));
        }
        assert!(files.len() > 2, "the seed has too little to read");
        Self { files, catalogue, made: made.id.unwrap() }
    }

    fn file(&self, n: u64) -> &(File, Vec<u8>, Entry) {
        &self.files[usize::try_from(n).unwrap() % self.files.len()]
    }
}

/// The kinds of calls, by turns.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    CreateFolder,
    Upload,
    UploadByTus,
    CreateLink,
    GetFile,
    List,
    Download,
    Path,
}

impl Kind {
    /// Half of the calls are writes that must not be done twice.
    const TURNS: [Self; 12] = [
        Self::CreateFolder,
        Self::GetFile,
        Self::Upload,
        Self::List,
        Self::CreateLink,
        Self::Download,
        Self::Upload,
        Self::GetFile,
        Self::CreateFolder,
        Self::Path,
        Self::UploadByTus,
        Self::Download,
    ];

    fn of(n: u64) -> Self {
        Self::TURNS[usize::try_from(n).unwrap() % Self::TURNS.len()]
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
    let (file, bytes, entry) = truth.file(n);
    let id = file.id.unwrap();
    let uploaded = |made: File| {
        let right = (Some(name(n)), i64::try_from(content(n).len()).ok(), Some(truth.made));
        judge(n, &(made.name, made.size, made.parent_id), &right)
    };
    Ok(match Kind::of(n) {
        Kind::CreateFolder => {
            let request = client.create_folder(folder(truth.made, name(n)));
            let made = request.call_options(options).send().await?.into_inner();
            judge(n, &(made.name, made.parent_id), &(Some(name(n)), Some(truth.made)))
        }
        Kind::Upload => {
            let form = UploadFileForm::new(truth.made, FilePart::new(name(n), content(n)));
            uploaded(client.upload_file(form).call_options(options).send().await?.into_inner())
        }
        Kind::UploadByTus => {
            let upload = client.upload(truth.made, content(n)).name(name(n));
            uploaded(upload.method(UploadMethod::Tus).piece_size(1000).send().await?.file)
        }
        Kind::CreateLink => {
            let number = i64::try_from(n).ok();
            let files = Some(vec![File { id: Some(id), ..File::default() }]);
            let request =
                CreateShareLinkRequest { files, max_downloads: number, ..Default::default() };
            let made = client.create_share_link(request).call_options(options).send().await?;
            let ids: Vec<_> = made.files.iter().flatten().map(|file| file.id).collect();
            judge(n, &(made.max_downloads, ids), &(number, vec![Some(id)]))
        }
        Kind::GetFile => {
            let answer = client.get_file(id).call_options(options).send().await?;
            judge(n, &answer.into_inner(), file)
        }
        Kind::List => {
            let answer = client.get_folder(CATALOGUE).depth(1).call_options(options).send().await?;
            judge(n, &answer.into_inner(), &truth.catalogue)
        }
        Kind::Download => {
            let file = client.download_file(id).call_options(options).send().await?;
            judge(n, &file.into_inner().collect(1 << 20).await?, bytes)
        }
        Kind::Path => judge(n, &client.entry_at(ROOT, &path(file)).await?, &Some(entry.clone())),
    })
}

/// How often the server holds each thing that the soak makes, by the number of its call.
#[derive(Default)]
struct Held {
    folders: BTreeMap<u64, u64>,
    files: BTreeMap<u64, u64>,
    links: BTreeMap<u64, u64>,
}

impl Held {
    /// Asks for it without a proxy. The content of what was uploaded is what was sent.
    async fn by(client: &Client, truth: &Truth) -> Self {
        let mut held = Self::default();
        let made = client.get_folder(truth.made).depth(1).full("1").send().await.unwrap();
        let content = made.into_inner().content.unwrap();
        let number = |name: Option<&str>| -> u64 {
            let number = name.unwrap().strip_prefix("soak-").unwrap();
            number.strip_suffix(".bin").unwrap().parse().unwrap()
        };
        for folder in content.folders.unwrap() {
            *held.folders.entry(number(folder.name.as_deref())).or_default() += 1;
        }
        for file in content.files.unwrap() {
            let n = number(file.name.as_deref());
            // A repeated upload is another version.
            *held.files.entry(n).or_default() +=
                u64::try_from(file.nb_versions.unwrap_or(1)).unwrap();
            assert!(bytes(client, file.id.unwrap()).await == self::content(n), "file {n}");
        }
        for link in client.list_share_links().send().await.unwrap().into_inner() {
            *held.links.entry(u64::try_from(link.max_downloads.unwrap()).unwrap()).or_default() +=
                1;
        }
        held
    }

    fn twice(&self) -> Vec<u64> {
        let all = self.folders.iter().chain(&self.files).chain(&self.links);
        all.filter(|(_, times)| **times > 1).map(|(n, _)| *n).collect()
    }
}

/// The calls of these kinds.
fn of(kinds: &[Kind], calls: impl IntoIterator<Item = u64>) -> BTreeSet<u64> {
    calls.into_iter().filter(|n| kinds.contains(&Kind::of(*n))).collect()
}

fn address(sandbox: &Sandbox) -> SocketAddr {
    sandbox.netexplorer_url().strip_prefix("http://").unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_soak_through_faults_is_never_wrong_and_writes_nothing_twice() {
    let _alone = ALONE.lock().await;
    let sandbox = start().await;
    let server = address(&sandbox);
    let direct = client(&sandbox, server, 1);
    let truth = Arc::new(Truth::of(&direct).await);
    let recording = sandbox.netexplorer().recording();
    let folders_before = recording.writes_of("createFolder");
    let before = sandbox.netexplorer().counters().requests;

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
        let client = if n % 5 > 0 { fresh.clone() } else { pooled.clone() };
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

    let requests = sandbox.netexplorer().counters().requests - before;
    let faults = proxy.faults() + file_proxy.faults();
    let held = Held::by(&direct, &truth).await;
    println!(
        "netexplorer soak {calls} calls: {} wrong, {} duplicated, {} panics",
        report.wrong.len(),
        held.twice().len(),
        report.panics
    );
    println!(
        "{} connections ({faults} ill-treated), {requests} requests at the server, {} folders, {} files and \
         {} links made; {} calls right, failed: {:?}; memory grew by {:?} bytes",
        proxy.connections() + file_proxy.connections(),
        held.folders.len(),
        held.files.len(),
        held.links.len(),
        report.right,
        report.failed,
        report.memory_growth
    );

    assert_eq!(report.calls(), calls);
    assert_eq!(report.wrong, Vec::<String>::new());
    assert_eq!(report.panics, 0);
    assert_eq!(held.twice(), Vec::<u64>::new(), "written twice");
    // The server holds what it counted, all that the client was told is done, and nothing that no call
    // asked for.
    let done = std::mem::take(&mut *done.lock().unwrap());
    let written = |operation| recording.writes_of(operation);
    let uploads = [Kind::Upload, Kind::UploadByTus];
    for (kinds, written, held) in [
        (&[Kind::CreateFolder][..], written("createFolder") - folders_before, held.folders),
        (&uploads[..], written("uploadFile") + written("createTusFile"), held.files),
        (&[Kind::CreateLink][..], written("createShareLink"), held.links),
    ] {
        assert_eq!(written, held.len() as u64, "{kinds:?}");
        let held: BTreeSet<u64> = held.into_keys().collect();
        assert!(held.is_superset(&of(kinds, done.iter().copied())), "{kinds:?} was lost");
        assert!(held.is_subset(&of(kinds, 0..calls)), "{kinds:?} of something else");
    }
    // Each way of writing did end well at times.
    for kind in Kind::TURNS {
        assert!(!of(&[kind], done.iter().copied()).is_empty(), "{kind:?} never ended well");
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
    let sandbox = start().await;
    let server = address(&sandbox);
    let direct = client(&sandbox, server, 1);
    let truth = Arc::new(Truth::of(&direct).await);
    let faults = [Fault::Reset, Fault::Truncate];
    let proxy = FaultProxy::start(server, &faults, PERCENT, SEED).await.unwrap();
    let hasty = client(&sandbox, proxy.address(), 0);
    let report = soak(300, 8, |n| {
        let (client, truth) = (hasty.clone(), Arc::clone(&truth));
        let options = CallOptions::new().idempotent(true);
        async move { call(n, &client, &truth, options).await.unwrap_or_else(SoakOutcome::Failed) }
    })
    .await;
    let held = Held::by(&direct, &truth).await;
    let twice = |held: &BTreeMap<u64, u64>| held.values().any(|times| *times > 1);
    assert!(twice(&held.files) && twice(&held.links));
    // A folder that is there already is refused.
    assert!(report.failed.contains_key("Conflict"), "{:?}", report.failed);
}

/// The bytes are compared: files that come with others are wrong.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_soak_notices_wrong_bytes() {
    let _alone = ALONE.lock().await;
    let sandbox = start().await;
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
