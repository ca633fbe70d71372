//! One Redis server.

use std::path::Path;

use super::client::RedisClient;
use crate::{
    certificates::Certificates,
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
    client: RedisClient,
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
        Self::start_as(Kind::Plain, settings)
    }

    /// As [`start_with`](Self::start_with), over TLS alone. The certificate is for `localhost` and 127.0.0.1; its
    /// authority is in [`authority`](Self::authority). Needs the program `openssl`.
    #[must_use]
    pub fn start_tls(settings: &[&str]) -> Option<Self> {
        Self::start_as(Kind::Tls, settings)
    }

    /// Starts a sentinel with these lines in its configuration.
    pub(super) fn sentinel(lines: &str) -> Option<Self> {
        Self::start_as(Kind::Sentinel { lines }, &[])
    }

    fn start_as(kind: Kind<'_>, settings: &[&str]) -> Option<Self> {
        let missing = ["redis-server", "redis-cli"].iter().any(|name| program(name).is_none());
        if missing || matches!(kind, Kind::Tls) && program("openssl").is_none() {
            skipped("redis-server (and openssl for TLS)");
            return None;
        }
        loop {
            let (folder, port) = (new_folder("redis"), free_port());
            let mut client = RedisClient::plain(port);
            client.password = value(settings, "--requirepass");
            let command = kind.command(&folder, settings, &mut client);
            // Without a process, somebody else took the port first.
            let ready = || client.is_ready();
            if let Some(process) = Process::start(folder, EndSignal::Kill, command, ready) {
                return Some(Self { process, client });
            }
        }
    }

    /// `redis://127.0.0.1:port/`, with the password if there is one; `rediss://localhost:port/` over TLS.
    #[must_use]
    pub fn url(&self) -> String {
        let password = self.client.password.as_ref().map(|password| format!(":{password}@"));
        let (scheme, host) = match &self.client.authority {
            Some(_) => ("rediss", "localhost"),
            None => ("redis", "127.0.0.1"),
        };
        format!("{scheme}://{}{host}:{}/", password.unwrap_or_default(), self.client.port)
    }

    /// The port on 127.0.0.1.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.client.port
    }

    /// The authority of the server's certificate, a file in PEM that no system trusts; `None` without TLS.
    #[must_use]
    pub fn authority(&self) -> Option<&Path> {
        self.client.authority.as_deref()
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

    /// Sends a command with `redis-cli`, and returns the response as that program prints it; an empty string if the
    /// server cannot be reached.
    pub fn command(&self, words: &[&str]) -> String {
        self.client.command(words)
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
        self.process.restart(|| self.client.is_ready());
    }

    /// Stops the process for a while (SIGSTOP): connections stay open and new ones are accepted by the system, but
    /// nothing is returned.
    pub fn pause(&self) {
        self.process.signal("STOP");
    }

    /// Ends a [`pause`](Self::pause).
    pub fn resume(&self) {
        self.process.signal("CONT");
    }
}

#[derive(Clone, Copy)]
enum Kind<'a> {
    Plain,
    Tls,
    Sentinel { lines: &'a str },
}

impl Kind<'_> {
    fn command(self, folder: &Path, settings: &[&str], client: &mut RedisClient) -> Vec<String> {
        let (port, folder_name) = (client.port.to_string(), folder.display().to_string());
        let mut words = vec!["redis-server".to_owned()];
        let mut add = |more: &[&str]| words.extend(more.iter().map(|&word| word.to_owned()));
        let files = |path: &Path| path.display().to_string();
        let bind = ["--bind", "127.0.0.1", "--dir", &folder_name];
        let persistence = ["--appendonly", "yes", "--appendfsync", "always", "--save", ""];
        match self {
            Kind::Plain => add(&[&["--port", &port], &bind[..], &persistence, settings].concat()),
            Kind::Tls => {
                let made = Certificates::make(folder);
                add(&["--port", "0", "--tls-port", &port, "--tls-auth-clients", "no"]);
                add(&["--tls-ca-cert-file", &files(&made.authority)]);
                add(&["--tls-cert-file", &files(&made.certificate)]);
                add(&["--tls-key-file", &files(&made.key)]);
                add(&[&bind[..], &persistence, settings].concat());
                client.authority = Some(made.authority);
            }
            Kind::Sentinel { lines } => {
                let configuration = folder.join("sentinel.conf");
                let lines = format!("port {port}\nbind 127.0.0.1\ndir {folder_name}\n{lines}");
                std::fs::write(&configuration, lines).expect("a configuration file");
                add(&[&files(&configuration), "--sentinel"]);
            }
        }
        words
    }
}

fn value(settings: &[&str], name: &str) -> Option<String> {
    let position = settings.iter().position(|word| *word == name)?;
    settings.get(position + 1).map(|&word| word.to_owned())
}
