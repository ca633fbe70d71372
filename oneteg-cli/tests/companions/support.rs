//! Runs `oneteg` with a separate configuration folder and environment.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, ChildStdout, Command, Output, Stdio},
};

use oneteg_auth::{
    ApplicationType, Authentication, Connection, Connector, OAuthFlow, OAuthSettings, Profiles,
};
use oneteg_sandbox::{Sandbox, netexplorer};
use tempfile::TempDir;

/// A configuration folder that is removed at the end.
pub(crate) struct Home(TempDir);

/// What a run of `oneteg` printed.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Home {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn folder(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn profiles(&self) -> Profiles {
        Profiles::in_folder(self.folder())
    }

    pub(crate) fn add(&self, name: &str, connection: &Connection) {
        self.profiles().add(name, connection).unwrap();
    }

    /// The command, in an environment without proxies and colours.
    pub(crate) fn oneteg(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_oneteg"));
        command
            .args(arguments)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.folder())
            .env("ONETEG_CONFIG_DIR", self.folder())
            .env("LANG", "C.UTF-8")
            .stdin(Stdio::null());
        command
    }

    /// Runs `oneteg` to its end. Servers of the test need another thread.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Ran {
        let command = self.oneteg(arguments);
        output(command).await
    }
}

pub(crate) async fn output(mut command: Command) -> Ran {
    let Output { status, stdout, stderr } =
        tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ran { code: status.code(), stdout: text(stdout), stderr: text(stderr) }
}

/// A connection to the NetX of a sandbox.
pub(crate) fn netx(sandbox: &Sandbox) -> Connection {
    let key = Authentication::api_key(sandbox.netx_api_key());
    at(sandbox.netx_url(), Connection::new("NetX", Connector::NETX_V1_0, key))
}

/// A connection to the NetExplorer of a sandbox, as an application.
pub(crate) fn netexplorer(sandbox: &Sandbox) -> Connection {
    let mut oauth =
        OAuthSettings::new(OAuthFlow::ClientCredentials, netexplorer::SERVER_APPLICATION);
    oauth.application_type = Some(ApplicationType::Server);
    oauth.client_secret = Some(netexplorer::SERVER_SECRET.into());
    let connection = Connection::new("NetExplorer", Connector::NETEXPLORER_V1_0, oauth);
    at(&sandbox.netexplorer_url(), connection)
}

/// A connection to the MediaValet of a sandbox, as a user who signs in.
pub(crate) fn mediavalet(sandbox: &Sandbox) -> Connection {
    let (url, account) = (sandbox.mediavalet_url(), sandbox.mediavalet().account());
    let mut oauth = OAuthSettings::new(OAuthFlow::AuthorizationCode, &account.client_id);
    oauth.client_secret = Some(account.client_secret.as_str().into());
    oauth.token_url = Some(format!("{url}/connect/token"));
    oauth.authorization_url = Some(format!("{url}/connect/authorize"));
    let mut connection = at(url, Connection::new("MediaValet", Connector::MEDIAVALET_V1_0, oauth));
    connection.subscription_key = Some(account.subscription_key.as_str().into());
    connection
}

pub(crate) fn at(url: &str, mut connection: Connection) -> Connection {
    connection.endpoint_url = Some(url.to_owned());
    connection
}

/// A NetX connection to any URL.
pub(crate) fn netx_at(url: &str) -> Connection {
    at(url, Connection::new("NetX", Connector::NETX_V1_0, Authentication::api_key("canary-key")))
}

/// A command that runs in the background and is killed at the end.
pub(crate) struct Running {
    pub(crate) child: Child,
    lines: std::io::Lines<BufReader<ChildStdout>>,
}

impl Running {
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    /// Reads lines up to one that contains `text`.
    pub(crate) fn read_to(&mut self, text: &str) -> Vec<String> {
        let mut read = Vec::new();
        for line in self.lines.by_ref() {
            read.push(line.unwrap());
            if read.last().unwrap().contains(text) {
                return read;
            }
        }
        panic!("{text:?} was not printed: {read:#?}");
    }

    /// Sends a signal by its name, and waits for the end.
    #[cfg(unix)]
    pub(crate) fn signal(mut self, name: &str) -> Option<i32> {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([&format!("-{name}"), &id]).status().unwrap().success());
        self.child.wait().unwrap().code()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
