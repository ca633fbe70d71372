//! Several processes that share a file store, and are killed or stopped. They are this test program, started
//! again with a role in its environment.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

mod common;
#[path = "common/server.rs"]
mod server;

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use common::{full, key};
use oneteg_auth::{
    AuthError, AuthRequest, Authenticator, Clock, FileStore, LeaseDecision, LeaseOwner, OAuth2,
    OAuth2Config, ReplayWindow, SealingKey, SealingKeys, SessionPolicy, SystemClock, TokenStore,
};
use oneteg_test_kit::{ObservedStore, Provider, ProviderKind};
use server::TokenServer;

const HOUR: Duration = Duration::from_secs(3600);

fn keys() -> SealingKeys {
    SealingKeys::new(SealingKey::new("test", [9; 32]).unwrap())
}

/// The wall clock of two hours ago, to store tokens that have expired.
#[derive(Debug)]
struct Past;

impl Clock for Past {
    fn monotonic(&self) -> Duration {
        SystemClock.monotonic()
    }

    fn wall(&self) -> std::time::SystemTime {
        SystemClock.wall() - HOUR * 2
    }
}

struct Setup {
    folder: tempfile::TempDir,
    server: TokenServer,
    runtime: tokio::runtime::Runtime,
}

/// A session whose access token has expired, in a new folder.
fn setup(kind: ProviderKind) -> Setup {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let provider = Provider::new(kind, Arc::new(SystemClock));
    let server = runtime.block_on(TokenServer::start(provider));
    let store = FileStore::with_clock(folder.path(), keys(), Arc::new(Past)).unwrap();
    runtime.block_on(async {
        let owner = LeaseOwner::new("setup");
        let LeaseDecision::Granted(lease) = store.lease(&key(), &owner, HOUR).await.unwrap() else {
            panic!("the lease of a new session is taken");
        };
        let tokens = server.provider.sign_in().with_lifetime(Duration::from_secs(5));
        store.commit(&lease, Default::default(), &tokens).await.unwrap();
        store.release(&lease).await.unwrap();
    });
    Setup { folder, server, runtime }
}

impl Setup {
    fn spawn(&self, role: &str, label: &str, window: Duration) -> Worker {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["worker", "--exact", "--ignored", "--nocapture", "--test-threads=1"])
            .env("ONETEG_ROLE", role)
            .env("ONETEG_LABEL", label)
            .env("ONETEG_FOLDER", self.folder.path())
            .env("ONETEG_TOKEN_URL", self.server.url("/token").as_str())
            .env("ONETEG_WINDOW", window.as_secs().to_string())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        Worker { child, lines }
    }

    fn version(&self) -> u64 {
        let store = FileStore::open(self.folder.path(), keys()).unwrap();
        self.runtime.block_on(store.load(&key())).unwrap().unwrap().version.0
    }

    fn is_alive(&self) -> bool {
        let store = FileStore::open(self.folder.path(), keys()).unwrap();
        let tokens = self.runtime.block_on(store.load(&key())).unwrap().unwrap().tokens.unwrap();
        self.server.provider.would_refresh(&tokens.refresh.unwrap())
    }
}

struct Worker {
    child: Child,
    lines: BufReader<std::process::ChildStdout>,
}

impl Worker {
    /// The rest of the next line that begins with this word; `None` if the worker ended without one.
    fn line(&mut self, word: &str) -> Option<String> {
        let mut line = String::new();
        while self.lines.read_line(&mut line).unwrap() > 0 {
            // The test harness writes on the same stream.
            if let Some((_, rest)) = line.split_once(&format!("@{word} ")) {
                return Some(rest.trim().to_owned());
            }
            line.clear();
        }
        None
    }

    fn signal(&self, signal: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
    }

    /// Stops every thread of the process, and returns when all of them have stopped.
    #[cfg(target_os = "linux")]
    fn stop(&self) {
        self.signal("-STOP");
        let tasks = format!("/proc/{}/task", self.child.id());
        let stands = |task: std::io::Result<std::fs::DirEntry>| {
            let stat =
                std::fs::read_to_string(task.unwrap().path().join("stat")).unwrap_or_default();
            stat.rsplit_once(") ").is_none_or(|(_, rest)| rest.starts_with('T'))
        };
        while !std::fs::read_dir(&tasks).unwrap().all(stands) {
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    fn result(mut self) -> String {
        let result = self.line("result").unwrap();
        self.child.wait().unwrap();
        result
    }
}

/// The code of the other processes; not a test.
#[test]
#[ignore = "a role of the other tests"]
fn worker() {
    let Some(role) = std::env::var_os("ONETEG_ROLE") else { return };
    let variable = |name| std::env::var(name).unwrap();
    let (folder, label) = (variable("ONETEG_FOLDER"), variable("ONETEG_LABEL"));
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let token_url = variable("ONETEG_TOKEN_URL").parse().unwrap();
    let config = OAuth2Config::authorization_code(
        "client",
        "https://id.example/".parse().unwrap(),
        token_url,
    );
    let mut policy = SessionPolicy::default();
    let window = Duration::from_secs(variable("ONETEG_WINDOW").parse().unwrap());
    if window > Duration::ZERO {
        policy.replay = ReplayWindow::Within(window);
    }
    if role != "share" {
        policy.lease_ttl = Duration::from_millis(400);
    }
    let mut store: Arc<dyn TokenStore> = Arc::new(FileStore::open(&folder, keys()).unwrap());
    if role == "stop" {
        let go = Path::new(&folder).join("go");
        let inner = FileStore::open(&folder, keys()).unwrap();
        store = Arc::new(ObservedStore::new(inner, move |reached| {
            if reached == label {
                println!("@at {label}");
                while !go.exists() {
                    std::thread::sleep(Duration::from_millis(5));
                }
            }
        }));
    }
    let session = OAuth2::builder(config).store(store, key()).policy(policy).build().unwrap();
    if role == "share" {
        println!("@result {}", runtime.block_on(share(&session)));
        return;
    }
    let result = match runtime.block_on(access_token(&session)) {
        Ok(token) => format!("ok {token}"),
        Err(AuthError::GrantUncertain) => "uncertain".to_owned(),
        Err(error) => format!("error {error}"),
    };
    println!("@result {result}");
    // The lease is released after the token is available.
    std::thread::sleep(Duration::from_millis(50));
}

async fn access_token(session: &OAuth2) -> Result<String, AuthError> {
    let mut headers = http::HeaderMap::new();
    let url = "https://api.example/".parse().unwrap();
    session.authorize(AuthRequest::new(&url, &mut headers)).await?;
    Ok(headers["authorization"].to_str().unwrap().trim_start_matches("Bearer ").to_owned())
}

/// Makes calls for a while; returns the number of calls and of failures, and the longest wait.
async fn share(session: &OAuth2) -> String {
    let (mut calls, mut failures, mut longest) = (0, 0, Duration::ZERO);
    let started = Instant::now();
    let run = Duration::from_secs(if full() { 60 } else { 6 });
    while started.elapsed() < run {
        let asked = Instant::now();
        if let Err(error) = access_token(session).await {
            println!("@failure {error}");
            failures += 1;
        }
        longest = longest.max(asked.elapsed());
        calls += 1;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    format!("{calls} {failures} {}", longest.as_millis())
}

#[test]
fn r3_processes_share_a_file_store() {
    let (processes, lifetime) = if full() { (80, 5) } else { (8, 2) };
    let kind = ProviderKind {
        latency: Duration::from_millis(200),
        ..ProviderKind::rotating(Duration::from_secs(lifetime))
    };
    let setup = setup(kind);
    let before = setup.version();
    let workers: Vec<_> =
        (0..processes).map(|_| setup.spawn("share", "", Duration::ZERO)).collect();
    let (mut calls, mut failures, mut longest) = (0, 0, 0);
    for worker in workers {
        let result = worker.result();
        let numbers: Vec<u64> = result.split(' ').map(|word| word.parse().unwrap()).collect();
        calls += numbers[0];
        failures += numbers[1];
        longest = longest.max(numbers[2]);
    }
    let requests = setup.server.provider.requests();
    let duplicates = requests - (setup.version() - before);
    println!(
        "R3 {processes} processes, file: {calls} calls, {requests} token requests, {duplicates} \
         duplicates, {failures} failures, longest wait {longest} ms (a token call takes 200 ms)"
    );
    assert_eq!((duplicates, failures, setup.server.provider.reuses()), (0, 0, 0));
    assert!(requests >= 2 && setup.is_alive());
}

/// The steps of a refresh ([`ObservedStore`]), and whether the refresh token has been announced and the new
/// tokens have been stored by then.
const POINTS: [(&str, bool, bool); 14] = [
    ("begin", false, false),
    ("loaded", false, false),
    ("lease:written", false, false),
    ("lease:renamed", false, false),
    ("leased", false, false),
    ("reread", false, false),
    ("journal:written", false, false),
    ("journal:renamed", true, false),
    ("journalled", true, false),
    ("granted", true, false),
    ("commit:written", true, false),
    ("commit:renamed", true, true),
    ("published", true, true),
    ("released", true, true),
];

#[test]
fn r4_a_process_killed_at_any_point_loses_nothing_silently() {
    let rounds = if full() { 10 } else { 1 };
    let (mut recovered, mut uncertain) = (0, 0);
    for _ in 0..rounds {
        for window in [Duration::ZERO, HOUR] {
            for (label, announced, stored) in POINTS {
                let kind = ProviderKind { replay_window: window, ..ProviderKind::rotating(HOUR) };
                let setup = setup(kind);
                let mut victim = setup.spawn("stop", label, window);
                assert_eq!(victim.line("at").as_deref(), Some(label));
                victim.kill();
                let result = setup.spawn("run", "", window).result();
                if announced && !stored && window.is_zero() {
                    // Reported; the stored session is unchanged.
                    assert_eq!(result, "uncertain", "killed at {label}");
                    assert_eq!(setup.version(), 1);
                    uncertain += 1;
                } else {
                    let token = result.strip_prefix("ok ").unwrap_or_default();
                    assert!(setup.server.provider.accepts(token), "killed at {label}: {result}");
                    assert!(setup.is_alive(), "killed at {label}: the session is lost");
                    recovered += 1;
                }
                assert_eq!(setup.server.provider.reuses(), 0, "killed at {label}");
                // A temporary file of the killed process would contain tokens.
                let files = std::fs::read_dir(setup.folder.path()).unwrap().count();
                assert_eq!(files, 2, "killed at {label}: something is left in the folder");
            }
        }
    }
    println!(
        "R4 {} points x 2 windows x {rounds}, file: {recovered} recovered, {uncertain} reported as \
         uncertain, 0 silent losses",
        POINTS.len()
    );
}

#[cfg(target_os = "linux")]
#[test]
fn r5_a_holder_stopped_past_its_lease_commits_nothing_stale() {
    let mut cases = 0;
    for window in [Duration::ZERO, HOUR] {
        for label in ["leased", "reread", "journalled", "granted"] {
            let kind = ProviderKind { replay_window: window, ..ProviderKind::rotating(HOUR) };
            let setup = setup(kind);
            let mut stopped = setup.spawn("stop", label, window);
            assert_eq!(stopped.line("at").as_deref(), Some(label));
            stopped.stop();
            std::fs::write(setup.folder.path().join("go"), "").unwrap();
            // The second process waits until the lease of the first has run out.
            let second = setup.spawn("run", "", window).result();
            let announced = matches!(label, "journalled" | "granted");
            let may_take_over = !announced || !window.is_zero();
            assert_eq!(second != "uncertain", may_take_over, "stopped at {label}: {second}");
            let version = setup.version();
            stopped.signal("-CONT");
            let first = stopped.result();
            let token = first.strip_prefix("ok ").unwrap_or_default();
            assert!(setup.server.provider.accepts(token), "stopped at {label}: {first}");
            if may_take_over {
                assert_eq!(setup.version(), version, "stopped at {label}: a stale commit");
            } else {
                assert_eq!(setup.version(), version + 1, "the offer was not taken");
            }
            let third = setup.spawn("run", "", window).result();
            assert!(third.starts_with("ok "), "stopped at {label}: {third}");
            assert!(setup.is_alive() && setup.server.provider.reuses() == 0);
            cases += 1;
        }
    }
    println!("R5 {cases} stops past the lease, file: 0 stale commits, 0 lost");
}
