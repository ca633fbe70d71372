//! A session in a store, its provider, and the processes that use it.

use std::{
    io::{BufRead, BufReader},
    process::{Child, ChildStdout, Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use oneteg_auth::{
    Clock, LeaseDecision, LeaseOwner, SessionKey, StoredSession, SystemClock, TokenStore, Tokens,
};
use oneteg_test_kit::{Provider, ProviderKind};

use crate::{engine, server::TokenServer, worker::Role};

pub(crate) const HOUR: Duration = Duration::from_secs(3600);

/// One session, with its provider in this process.
pub(crate) struct Case {
    pub(crate) key: SessionKey,
    pub(crate) place: String,
    pub(crate) server: TokenServer,
    pub(crate) window: Duration,
    /// For files that processes use to notify each other.
    pub(crate) folder: tempfile::TempDir,
    store: Arc<dyn TokenStore>,
    runtime: tokio::runtime::Handle,
}

impl Case {
    /// A session whose access token expires at once, with a rotating provider. Call [`wait_until_expired`] before it is
    /// used.
    pub(crate) fn new(
        runtime: &tokio::runtime::Runtime,
        engine: &engine::Engine,
        window: Duration,
    ) -> Self {
        Self::with_clock(runtime, engine, window, Arc::new(SystemClock))
    }

    /// The same, with the provider's clock.
    pub(crate) fn with_clock(
        runtime: &tokio::runtime::Runtime,
        engine: &engine::Engine,
        window: Duration,
        clock: Arc<dyn Clock>,
    ) -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let number = NEXT.fetch_add(1, Ordering::SeqCst);
        let key = SessionKey::new(format!("case-{number}"));
        let place = engine.place(key.as_str());
        let kind = ProviderKind { replay_window: window, ..ProviderKind::rotating(HOUR) };
        let provider = Provider::new(kind, clock);
        let (server, store) = runtime.block_on(async {
            let store = engine::open(&place).await;
            let server = TokenServer::start(provider).await;
            let tokens = server.provider.sign_in().with_lifetime(Duration::ZERO);
            sign_in(&*store, &key, &tokens).await;
            (server, store)
        });
        let folder = tempfile::tempdir().unwrap();
        Self { key, place, server, window, folder, store, runtime: runtime.handle().clone() }
    }

    fn session(&self) -> StoredSession {
        self.runtime.block_on(self.store.load(&self.key)).unwrap().unwrap()
    }

    pub(crate) fn version(&self) -> u64 {
        self.session().version.0
    }

    /// Whether the provider would accept the stored refresh token.
    pub(crate) fn is_alive(&self) -> bool {
        self.server.provider.would_refresh(&self.session().tokens.unwrap().refresh.unwrap())
    }

    /// A process that gets a token.
    pub(crate) fn run(&self) -> Worker {
        self.run_later(Duration::ZERO)
    }

    /// The same after some time; see [`Engine::let_time_pass`](engine::Engine::let_time_pass).
    pub(crate) fn run_later(&self, later: Duration) -> Worker {
        self.spawn(Role::Run, "", Duration::from_secs(30), later)
    }

    /// A process that stops at a step of its refresh.
    pub(crate) fn stop_at(&self, label: &str, lease: Duration) -> Worker {
        self.spawn(Role::Stop, label, lease, Duration::ZERO)
    }

    fn spawn(&self, role: Role, label: &str, lease: Duration, later: Duration) -> Worker {
        Worker::spawn(&[
            ("ROLE", role.name()),
            ("LABEL", label),
            ("PLACE", &self.place),
            ("KEY", self.key.as_str()),
            ("FOLDER", self.folder.path().to_str().unwrap()),
            ("TOKEN_URL", self.server.url("/token").as_str()),
            ("WINDOW_S", &self.window.as_secs().to_string()),
            ("LATER_S", &later.as_secs().to_string()),
            ("LEASE_MS", &lease.as_millis().to_string()),
        ])
    }
}

/// Stores the tokens of a sign-in.
pub(crate) async fn sign_in(store: &dyn TokenStore, key: &SessionKey, tokens: &Tokens) {
    let owner = LeaseOwner::new("setup");
    let LeaseDecision::Granted(lease) = store.lease(key, &owner, HOUR).await.unwrap() else {
        panic!("the lease of a new session is taken");
    };
    store.commit(&lease, Default::default(), tokens).await.unwrap();
    store.release(&lease).await.unwrap();
}

/// Waits until the tokens of all cases have expired by the clock of their store: even a token without a lifetime is
/// used for a second.
pub(crate) fn wait_until_expired<'a>(cases: impl Iterator<Item = &'a Case>) {
    for case in cases {
        while case.session().age <= Duration::from_secs(1) {
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

/// Runs a step for each case, a few at a time: they mostly wait.
pub(crate) fn for_each(cases: &[Case], step: impl Fn(&Case) + Sync) {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::SeqCst)) {
                    step(case);
                }
            });
        }
    });
}

/// Another process.
pub(crate) struct Worker {
    child: Child,
    lines: Mutex<BufReader<ChildStdout>>,
}

/// A test that fails leaves no process behind.
impl Drop for Worker {
    fn drop(&mut self) {
        // It has usually ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Worker {
    /// Starts a process with these variables, whose names get the prefix `ONETEG_`.
    pub(crate) fn spawn(variables: &[(&str, &str)]) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["worker::worker", "--exact", "--ignored", "--nocapture", "--test-threads=1"]);
        for (name, value) in variables {
            command.env(format!("ONETEG_{name}"), value);
        }
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let lines = Mutex::new(BufReader::new(child.stdout.take().unwrap()));
        Self { child, lines }
    }

    /// The rest of the next line that begins with this word; `None` if the worker ended without one.
    pub(crate) fn line(&self, word: &str) -> Option<String> {
        let mut lines = self.lines.lock().unwrap();
        let mut line = String::new();
        while lines.read_line(&mut line).unwrap() > 0 {
            // The test harness writes on the same stream.
            if let Some((_, rest)) = line.split_once(&format!("@{word} ")) {
                return Some(rest.trim().to_owned());
            }
            line.clear();
        }
        None
    }

    /// Closes the worker's standard input, for which a role may wait.
    pub(crate) fn go(&mut self) {
        drop(self.child.stdin.take());
    }

    pub(crate) fn signal(&self, signal: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
    }

    /// Stops every thread of the process, and returns when all of them have stopped.
    #[cfg(target_os = "linux")]
    pub(crate) fn stop(&self) {
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

    pub(crate) fn kill(self) {
        drop(self);
    }

    pub(crate) fn result(mut self) -> String {
        let result = self.line("result").unwrap();
        self.child.wait().unwrap();
        result
    }
}
