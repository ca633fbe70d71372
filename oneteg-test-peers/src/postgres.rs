//! A PostgreSQL server.

use std::{
    io::{Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use crate::{
    package::{postgres_programs, skipped},
    port::free_port,
    process::{Process, new_folder},
    watchdog::EndSignal,
};

/// The user of [`PostgresServer::url`], a superuser.
const USER: &str = "oneteg";
const PASSWORD: &str = "test-password";

/// A PostgreSQL server on loopback, with one superuser and password authentication (SCRAM). The server runs as the
/// system's user `postgres` if the tests run as root, because it refuses root.
///
/// Its writes are not flushed to the disk (`fsync=off`): they survive the death of all its processes, though not that of
/// the machine.
#[derive(Debug)]
pub struct PostgresServer {
    process: Process,
    programs: PathBuf,
    port: u16,
}

impl PostgresServer {
    /// Starts a server. Prints `SKIPPED` and returns `None` without the Debian package `postgresql`.
    #[must_use]
    pub fn start() -> Option<Self> {
        Self::start_with(&[])
    }

    /// Starts a server with these settings of `postgresql.conf`: `["max_connections=10"]`.
    #[must_use]
    pub fn start_with(settings: &[&str]) -> Option<Self> {
        let Some(programs) = postgres_programs() else {
            skipped("postgresql");
            return None;
        };
        loop {
            let (folder, port) = (new_folder("postgres"), free_port());
            initialise(&programs.join("initdb"), &folder);
            let mut command = as_server_user();
            command.push(programs.join("postgres").display().to_string());
            command.extend(["-D".to_owned(), folder.join("data").display().to_string()]);
            let port_setting = format!("port={port}");
            let defaults = [
                port_setting.as_str(),
                "listen_addresses=127.0.0.1",
                "unix_socket_directories=",
                "fsync=off",
                // The memory of a server that was killed stays in /dev/shm otherwise.
                "dynamic_shared_memory_type=mmap",
            ];
            for setting in defaults.iter().chain(settings) {
                command.extend(["-c".to_owned(), (*setting).to_owned()]);
            }
            let ready = || is_ready(port);
            // Without a process, somebody else took the port first.
            if let Some(process) = Process::start(folder, EndSignal::Quit, command, ready) {
                return Some(Self { process, programs, port });
            }
        }
    }

    /// `postgres://user:password@127.0.0.1:port/postgres`. The user is a superuser.
    #[must_use]
    pub fn url(&self) -> String {
        format!("postgres://{USER}:{PASSWORD}@127.0.0.1:{}/postgres", self.port)
    }

    /// The port on 127.0.0.1.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// The folder of the server: `data` and `log`.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.process.folder()
    }

    /// The folder with this server's programs (`pg_dump`, `pg_basebackup`).
    #[must_use]
    pub fn programs(&self) -> &Path {
        &self.programs
    }

    /// The server's log since its first start.
    #[must_use]
    pub fn log(&self) -> String {
        self.process.log()
    }

    /// Runs SQL with `psql`, and returns the rows as lines with columns separated by `|`.
    ///
    /// # Errors
    /// The server's messages, if a statement fails.
    pub fn sql(&self, statements: &str) -> Result<String, String> {
        let output = Command::new(self.programs.join("psql"))
            .args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", &self.url(), "-c"])
            .arg(statements)
            .stdin(Stdio::null())
            .output()
            .expect("the program psql");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim_end().to_owned();
        if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
    }

    /// `kill -9` of all processes of the server. Returns when they have ended; clients see closed connections, then
    /// refused ones.
    pub fn kill(&self) {
        self.process.kill();
    }

    /// Ends the server as `systemctl stop` does: clients are disconnected (SIGINT, a "fast shutdown"). Returns when it
    /// has ended.
    pub fn stop(&self) {
        self.process.stop("INT");
    }

    /// Starts the server again on the same port and data, after an immediate shutdown if it runs. Returns when it
    /// accepts connections.
    pub fn restart(&self) {
        self.process.restart(|| is_ready(self.port));
    }

    /// Stops all processes of the server for a while (SIGSTOP): connections stay open, and nothing is answered.
    pub fn pause(&self) {
        self.process.signal("STOP");
    }

    /// Ends a [`pause`](Self::pause).
    pub fn resume(&self) {
        self.process.signal("CONT");
    }
}

/// The beginning of a command that runs as the server's user: nothing, unless the tests run as root.
fn as_server_user() -> Vec<String> {
    let id = Command::new("id").arg("-u").output().expect("the program id").stdout;
    if id.trim_ascii() != b"0" {
        return Vec::new();
    }
    ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"]
        .map(str::to_owned)
        .to_vec()
}

/// Makes `data` in the folder, with one superuser.
fn initialise(initdb: &Path, folder: &Path) {
    let password = folder.join("password");
    std::fs::write(&password, PASSWORD).expect("a file with the password");
    std::fs::write(folder.join("log"), "").expect("a log file");
    let mut command = as_server_user();
    if !command.is_empty() {
        let owned = Command::new("chown").args(["-R", "postgres:"]).arg(folder).status();
        assert!(owned.expect("the program chown").success(), "chown of {}", folder.display());
    }
    command.push(initdb.display().to_string());
    let [program, arguments @ ..] = command.as_slice() else { unreachable!("has initdb") };
    let output = Command::new(program)
        .args(arguments)
        .arg("--pgdata")
        .arg(folder.join("data"))
        .args(["--username", USER, "--auth", "scram-sha-256", "--encoding", "UTF8"])
        .args(["--no-locale", "--no-sync", "--pwfile"])
        .arg(&password)
        .stdin(Stdio::null())
        .output()
        .expect("the program initdb");
    let messages = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "initdb: {messages}");
}

/// Whether the server asks a new client for its password. Before that it refuses connections, or responds that it is
/// starting up.
fn is_ready(port: u16) -> bool {
    let mut parameters = Vec::new();
    for word in ["user", USER, "database", "postgres", ""] {
        parameters.extend_from_slice(word.as_bytes());
        parameters.push(0);
    }
    let mut message =
        u32::try_from(parameters.len() + 8).unwrap_or_default().to_be_bytes().to_vec();
    // Version 3.0 of the protocol.
    message.extend_from_slice(&[0, 3, 0, 0]);
    message.extend_from_slice(&parameters);
    let reply = || -> std::io::Result<u8> {
        let mut connection = TcpStream::connect(("127.0.0.1", port))?;
        connection.set_read_timeout(Some(Duration::from_secs(5)))?;
        connection.write_all(&message)?;
        let mut kind = [0];
        connection.read_exact(&mut kind)?;
        Ok(kind[0])
    };
    reply().is_ok_and(|kind| kind == b'R')
}
