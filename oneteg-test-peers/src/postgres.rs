//! A PostgreSQL server.

use std::{
    io::{Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use crate::{
    certificates::Certificates,
    package::{postgres_programs, program, skipped},
    port::free_port,
    process::{Process, new_folder},
    watchdog::EndSignal,
};

/// The user of [`PostgresServer::url`], a superuser.
const USER: &str = "oneteg";
const PASSWORD: &str = "test-password";

/// The settings of every server.
const DEFAULTS: [&str; 4] = [
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "fsync=off",
    // The memory of a server that was killed stays in /dev/shm otherwise.
    "dynamic_shared_memory_type=mmap",
];

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
    authority: Option<PathBuf>,
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
        Self::start_as(false, settings)
    }

    /// As [`start_with`](Self::start_with), with TLS: it refuses clients without it. The certificate is for `localhost`
    /// and 127.0.0.1; its authority is in [`authority`](Self::authority). Needs the program `openssl`.
    #[must_use]
    pub fn start_tls(settings: &[&str]) -> Option<Self> {
        Self::start_as(true, settings)
    }

    fn start_as(tls: bool, settings: &[&str]) -> Option<Self> {
        let Some(programs) = postgres_programs().filter(|_| !tls || program("openssl").is_some())
        else {
            skipped("postgresql (and openssl for TLS)");
            return None;
        };
        loop {
            let (folder, port) = (new_folder("postgres"), free_port());
            let certificates = tls.then(|| Certificates::make(&folder));
            initialise(&programs.join("initdb"), &folder);
            if tls {
                // Passwords over TLS alone.
                let rules = "hostssl all all 127.0.0.1/32 scram-sha-256\n";
                let file = folder.join("data/pg_hba.conf");
                std::fs::write(file, rules).expect("the rules for clients");
            }
            let mut command = as_server_user();
            command.push(programs.join("postgres").display().to_string());
            command.extend(["-D".to_owned(), folder.join("data").display().to_string()]);
            let port_setting = format!("port={port}");
            if let Some(made) = &certificates {
                let file = |path: &Path| path.display().to_string();
                let (certificate, key) = (file(&made.certificate), file(&made.key));
                command.extend(["-c".to_owned(), "ssl=on".to_owned()]);
                command.extend(["-c".to_owned(), format!("ssl_cert_file={certificate}")]);
                command.extend(["-c".to_owned(), format!("ssl_key_file={key}")]);
            }
            for setting in [port_setting.as_str()].iter().chain(&DEFAULTS).chain(settings) {
                command.extend(["-c".to_owned(), (*setting).to_owned()]);
            }
            let ready = || is_ready(port, tls);
            // Without a process, somebody else took the port first.
            if let Some(process) = Process::start(folder, EndSignal::Quit, command, ready) {
                let authority = certificates.map(|made| made.authority);
                return Some(Self { process, programs, port, authority });
            }
        }
    }

    /// Starts a streaming replica of this server on another port, with a copy of its data. `SELECT pg_promote()` there
    /// makes it a primary.
    #[must_use]
    pub fn start_replica(&self) -> Self {
        loop {
            let (folder, port) = (new_folder("postgres"), free_port());
            std::fs::write(folder.join("log"), "").expect("a log file");
            let mut copy = as_server_user();
            give_to_server_user(&copy, &folder);
            copy.push(self.programs.join("pg_basebackup").display().to_string());
            copy.extend(["--pgdata".to_owned(), folder.join("data").display().to_string()]);
            copy.extend(["--dbname".to_owned(), self.url()]);
            copy.extend(["--write-recovery-conf", "--checkpoint=fast"].map(str::to_owned));
            run(&copy, "pg_basebackup");
            let mut command = as_server_user();
            command.push(self.programs.join("postgres").display().to_string());
            command.extend(["-D".to_owned(), folder.join("data").display().to_string()]);
            let port_setting = format!("port={port}");
            for setting in [port_setting.as_str()].iter().chain(&DEFAULTS) {
                command.extend(["-c".to_owned(), (*setting).to_owned()]);
            }
            let ready = || is_ready(port, false);
            if let Some(process) = Process::start(folder, EndSignal::Quit, command, ready) {
                let programs = self.programs.clone();
                return Self { process, programs, port, authority: None };
            }
        }
    }

    /// `postgres://user:password@127.0.0.1:port/postgres`; the user is a superuser. Over TLS the host is `localhost`, and
    /// `?sslmode=require` is added.
    #[must_use]
    pub fn url(&self) -> String {
        let (host, mode) = match self.authority {
            Some(_) => ("localhost", "?sslmode=require"),
            None => ("127.0.0.1", ""),
        };
        format!("postgres://{USER}:{PASSWORD}@{host}:{}/postgres{mode}", self.port)
    }

    /// The authority of the server's certificate, a file in PEM that no system trusts; `None` without TLS.
    #[must_use]
    pub fn authority(&self) -> Option<&Path> {
        self.authority.as_deref()
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
        self.process.restart(|| is_ready(self.port, self.authority.is_some()));
    }

    /// Stops all processes of the server for a while (SIGSTOP): connections stay open, and nothing responds.
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

/// Lets the server's user write to the folder, if that is another one than this.
fn give_to_server_user(as_server_user: &[String], folder: &Path) {
    if !as_server_user.is_empty() {
        let owned = Command::new("chown").args(["-R", "postgres:"]).arg(folder).status();
        assert!(owned.expect("the program chown").success(), "chown of {}", folder.display());
    }
}

/// Runs a program to its end.
fn run(command: &[String], name: &str) {
    let [program, arguments @ ..] = command else { unreachable!("has a program") };
    let output = Command::new(program).args(arguments).stdin(Stdio::null()).output();
    let output = output.unwrap_or_else(|error| panic!("{name}: {error}"));
    let messages = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name}: {messages}");
}

/// Makes `data` in the folder, with one superuser.
fn initialise(initdb: &Path, folder: &Path) {
    let password = folder.join("password");
    std::fs::write(&password, PASSWORD).expect("a file with the password");
    std::fs::write(folder.join("log"), "").expect("a log file");
    let mut command = as_server_user();
    give_to_server_user(&command, folder);
    command.push(initdb.display().to_string());
    command.extend(["--pgdata".to_owned(), folder.join("data").display().to_string()]);
    let settings = ["--username", USER, "--auth", "scram-sha-256", "--encoding", "UTF8"];
    command.extend(settings.map(str::to_owned));
    command.extend(["--no-locale", "--no-sync", "--pwfile"].map(str::to_owned));
    command.push(password.display().to_string());
    run(&command, "initdb");
}

/// Whether the server asks a new client for its password. Before that it refuses connections, or responds that it is
/// starting up. Over TLS, it refuses this client, which speaks none, with another error code.
fn is_ready(port: u16, tls: bool) -> bool {
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
    let reply = || -> std::io::Result<(u8, Vec<u8>)> {
        let mut connection = TcpStream::connect(("127.0.0.1", port))?;
        connection.set_read_timeout(Some(Duration::from_secs(5)))?;
        connection.write_all(&message)?;
        let mut header = [0; 5];
        connection.read_exact(&mut header)?;
        let [kind, length @ ..] = header;
        let mut rest = Vec::new();
        connection.take(u64::from(u32::from_be_bytes(length)) - 4).read_to_end(&mut rest)?;
        Ok((kind, rest))
    };
    // 28000: no rule lets this client in.
    let refused = |fields: &[u8]| fields.windows(6).any(|field| field == b"C28000");
    reply().is_ok_and(|(kind, fields)| kind == b'R' || tls && kind == b'E' && refused(&fields))
}
