//! A server process: started, killed, started again, stopped for a while.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant, SystemTime},
};

use crate::watchdog::{EndSignal, Watchdog};

/// How long a server may take for a step, such as its start. It is a bound for broken servers, not a measure of speed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Waits until a condition of a running server holds.
pub(crate) fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let started = Instant::now();
    while !condition() {
        assert!(started.elapsed() < PATIENCE, "waited a minute for: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A new folder for a server's data, deleted by its watchdog.
pub(crate) fn new_folder(name: &str) -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let clock = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let nanos = clock.subsec_nanos();
    let name = format!("oneteg-{name}-{}-{number}-{nanos}", std::process::id());
    let folder = std::env::temp_dir().join(name);
    std::fs::create_dir(&folder).expect("a new temporary folder");
    folder
}

/// A server process with its data, which outlive the process until the value is dropped.
#[derive(Debug)]
pub(crate) struct Process {
    folder: PathBuf,
    end: EndSignal,
    command: Vec<String>,
    watchdog: Mutex<Option<Watchdog>>,
}

impl Process {
    /// Starts a server, and waits until `ready` returns true. `None` if the process ended before that.
    pub(crate) fn start(
        folder: PathBuf,
        end: EndSignal,
        command: Vec<String>,
        ready: impl Fn() -> bool,
    ) -> Option<Self> {
        let watchdog = Watchdog::start(&folder, end, &command);
        let process = Self { folder, end, command, watchdog: Mutex::new(Some(watchdog)) };
        process.wait(ready).then_some(process)
    }

    fn wait(&self, ready: impl Fn() -> bool) -> bool {
        let started = Instant::now();
        while !ready() {
            if !self.is_running() {
                return false;
            }
            assert!(started.elapsed() < PATIENCE, "the server does not start:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(5));
        }
        self.is_running()
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The server's output so far.
    pub(crate) fn log(&self) -> String {
        let log = std::fs::read(self.folder.join("log")).unwrap_or_default();
        String::from_utf8_lossy(&log).into_owned()
    }

    fn pid(&self) -> Option<u32> {
        self.watchdog.lock().expect("no panics while locked").as_ref().map(Watchdog::pid)
    }

    /// Whether the process exists. A process that has ended stays as a zombie until its watchdog ends.
    pub(crate) fn is_running(&self) -> bool {
        let Some(pid) = self.pid() else { return false };
        is_alive(&pid.to_string())
    }

    /// `kill -9` of the server and its child processes. Returns when all of them have ended.
    pub(crate) fn kill(&self) {
        // A stopped parent starts no further child. The children of a dead one can no longer be found.
        let ids = self.signal("STOP");
        send("KILL", &ids);
        while ids.iter().any(|id| is_alive(id)) {
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Sends a signal to the server process, then to its children, and returns the process ids.
    pub(crate) fn signal(&self, signal: &str) -> Vec<String> {
        let Some(pid) = self.pid() else { return Vec::new() };
        send(signal, &[pid.to_string()]);
        let children = children(pid);
        send(signal, &children);
        std::iter::once(pid.to_string()).chain(children).collect()
    }

    /// Starts the server again with the same command, after ending it if it runs.
    pub(crate) fn restart(&self, ready: impl Fn() -> bool) {
        let started = Instant::now();
        loop {
            let mut watchdog = self.watchdog.lock().expect("no panics while locked");
            if let Some(watchdog) = watchdog.take() {
                watchdog.end_keeping_data();
            }
            *watchdog = Some(Watchdog::start(&self.folder, self.end, &self.command));
            drop(watchdog);
            if self.wait(&ready) {
                return;
            }
            // The port or the shared memory of the last process may still be in use.
            assert!(started.elapsed() < PATIENCE, "the server does not restart:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Ends the server as its administrator would, and keeps its data. Returns when it has ended.
    pub(crate) fn stop(&self, signal: &str) {
        let Some(pid) = self.pid() else { return };
        send(signal, &[pid.to_string()]);
        let started = Instant::now();
        while self.is_running() {
            assert!(started.elapsed() < PATIENCE, "the server does not end:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// Processes that have ended in the meantime are no failure.
fn send(signal: &str, ids: &[String]) {
    if !ids.is_empty() {
        let output = Command::new("kill").arg(format!("-{signal}")).args(ids).output();
        output.expect("the program kill");
    }
}

fn children(pid: u32) -> Vec<String> {
    let processes = std::fs::read_dir("/proc").expect("the processes of this system");
    let names = processes.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let parent = pid.to_string();
    names.filter(|id| stat(id).is_some_and(|(_, of)| of == parent)).collect()
}

fn is_alive(pid: &str) -> bool {
    stat(pid).is_some_and(|(state, _)| state != "Z" && state != "X")
}

/// The state of a process and the id of its parent, from `/proc/<pid>/stat`: `7 (name) S 1 ...`.
fn stat(pid: &str) -> Option<(String, String)> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, rest) = stat.rsplit_once(") ")?;
    let mut words = rest.split(' ').map(str::to_owned);
    Some((words.next()?, words.next()?))
}
