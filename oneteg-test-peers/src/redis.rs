//! A Redis server.

use std::{
    path::Path,
    process::{Command, Stdio},
};

use crate::{
    package::{program, skipped},
    port::free_port,
    process::{Process, new_folder},
    watchdog::EndSignal,
};

/// A Redis server on loopback. By default it keeps its data over a [`kill`](Self::kill): every write is in the
/// append-only file before its response is sent.
#[derive(Debug)]
pub struct RedisServer {
    process: Process,
    port: u16,
    password: Option<String>,
}

impl RedisServer {
    /// Starts a server without a password. Prints `SKIPPED` and returns `None` without the Debian package
    /// `redis-server`.
    #[must_use]
    pub fn start() -> Option<Self> {
        Self::start_with(&[])
    }

    /// Starts a server with these settings, in the form of its command line: `["--maxmemory", "2mb"]`. They are
    /// applied after the defaults (`--appendonly yes --appendfsync always --save ""`). `--requirepass` becomes part of
    /// [`url`](Self::url).
    #[must_use]
    pub fn start_with(settings: &[&str]) -> Option<Self> {
        let (Some(server), Some(_)) = (program("redis-server"), program("redis-cli")) else {
            skipped("redis-server");
            return None;
        };
        let password = value(settings, "--requirepass");
        loop {
            let (folder, port) = (new_folder("redis"), free_port());
            let mut command = vec![server.display().to_string()];
            command.extend(["--bind", "127.0.0.1", "--port"].map(str::to_owned));
            command.push(port.to_string());
            command.push("--dir".to_owned());
            command.push(folder.display().to_string());
            let defaults = ["--appendonly", "yes", "--appendfsync", "always", "--save", ""];
            command.extend(defaults.iter().chain(settings).map(|&word| word.to_owned()));
            let ready = || is_ready(port, password.as_deref());
            // Without a process, somebody else took the port first.
            if let Some(process) = Process::start(folder, EndSignal::Kill, command, ready) {
                return Some(Self { process, port, password });
            }
        }
    }

    /// `redis://127.0.0.1:port/`, with the password if there is one.
    #[must_use]
    pub fn url(&self) -> String {
        let user = self.password.as_ref().map(|password| format!(":{password}@"));
        format!("redis://{}127.0.0.1:{}/", user.unwrap_or_default(), self.port)
    }

    /// The port on 127.0.0.1.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// The server's working folder: the append-only file (`appendonlydir`), `dump.rdb` and `log`.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.process.folder()
    }

    /// The server's log since its first start.
    #[must_use]
    pub fn log(&self) -> String {
        self.process.log()
    }

    /// Sends a command with `redis-cli`, and returns the response as that program prints it.
    pub fn command(&self, words: &[&str]) -> String {
        cli(self.port, self.password.as_deref(), words)
    }

    /// `kill -9`. Returns when the process has ended; clients see closed connections, then refused ones.
    pub fn kill(&self) {
        self.process.kill();
    }

    /// Ends the server as `systemctl stop` does (SIGTERM). Returns when the process has ended.
    pub fn stop(&self) {
        self.process.stop("TERM");
    }

    /// Starts the server again on the same port and data, after a `kill -9` if it runs. Returns when it accepts
    /// commands.
    pub fn restart(&self) {
        self.process.restart(|| is_ready(self.port, self.password.as_deref()));
    }

    /// Stops the process for a while (SIGSTOP): connections stay open, and nothing is answered.
    pub fn pause(&self) {
        self.process.signal("STOP");
    }

    /// Ends a [`pause`](Self::pause).
    pub fn resume(&self) {
        self.process.signal("CONT");
    }
}

fn value(settings: &[&str], name: &str) -> Option<String> {
    let position = settings.iter().position(|word| *word == name)?;
    settings.get(position + 1).map(|&word| word.to_owned())
}

fn is_ready(port: u16, password: Option<&str>) -> bool {
    cli(port, password, &["ping"]) == "PONG"
}

fn cli(port: u16, password: Option<&str>, words: &[&str]) -> String {
    let mut command = Command::new("redis-cli");
    command.args(["-h", "127.0.0.1", "-p", &port.to_string()]).args(words);
    if let Some(password) = password {
        // Not an argument, which any process could read.
        command.env("REDISCLI_AUTH", password);
    }
    let output = command.stdin(Stdio::null()).output().expect("the program redis-cli");
    String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
}
