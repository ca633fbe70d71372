//! A sandbox with a connection to each vendor, and folders of files to transfer.

use std::{
    collections::BTreeMap,
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

use oneteg_auth::{
    ApplicationType, Authentication, Connection, Connector, OAuthFlow, OAuthSettings, Profiles,
    Vendor as AuthVendor,
};
use oneteg_sandbox::{Recording, Sandbox, SandboxBuilder, netexplorer};
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::browser;

/// A vendor of the sandbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Vendor {
    NetX,
    MediaValet,
    NetExplorer,
}

impl Vendor {
    pub(crate) const ALL: [Self; 3] = [Self::NetX, Self::MediaValet, Self::NetExplorer];

    /// The name of the connection.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::NetX => "netx",
            Self::MediaValet => "mediavalet",
            Self::NetExplorer => "netexplorer",
        }
    }

    /// A folder that does not exist.
    pub(crate) fn target(self) -> &'static str {
        match self {
            Self::NetX | Self::MediaValet => "Archive/sync",
            Self::NetExplorer => "Commun/Archives/sync",
        }
    }

    pub(crate) fn recording(self, sandbox: &Sandbox) -> &Recording {
        match self {
            Self::NetX => sandbox.netx().recording(),
            Self::MediaValet => sandbox.mediavalet().recording(),
            Self::NetExplorer => sandbox.netexplorer().recording(),
        }
    }
}

/// Whether tests run at full size.
pub(crate) fn full() -> bool {
    std::env::var_os("ONETEG_TEST_FULL").is_some_and(|value| value == "1")
}

/// The end of a process.
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ended {
    fn new(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// The events on standard output.
    pub(crate) fn events(&self) -> Vec<Value> {
        self.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The events of a name.
    pub(crate) fn events_of(&self, name: &str) -> Vec<Value> {
        self.events().into_iter().filter(|event| event["event"] == name).collect()
    }

    /// The paths of the events of a name, sorted.
    pub(crate) fn paths_of(&self, name: &str) -> Vec<String> {
        let paths = self
            .events_of(name)
            .into_iter()
            .map(|event| event["path"].as_str().unwrap().to_owned());
        let mut paths: Vec<_> = paths.collect();
        paths.sort();
        paths
    }

    /// A number of the last event.
    pub(crate) fn total(&self, name: &str) -> u64 {
        let end = self.events().pop().unwrap();
        assert_eq!(end["event"], "end");
        end[name].as_u64().unwrap()
    }
}

pub(crate) struct World {
    // Stops before the runtime does.
    pub(crate) sandbox: Sandbox,
    pub(crate) runtime: Runtime,
    config: TempDir,
    pub(crate) disk: TempDir,
}

impl World {
    pub(crate) fn start() -> Self {
        Self::with(|builder| builder)
    }

    pub(crate) fn with(settings: impl FnOnce(SandboxBuilder) -> SandboxBuilder) -> Self {
        let runtime = Runtime::new().unwrap();
        let sandbox = runtime.block_on(settings(Sandbox::builder()).start()).unwrap();
        let config = tempfile::tempdir().unwrap();
        let profiles = Profiles::in_folder(config.path());
        for (name, connection) in connections(&sandbox) {
            profiles.add(name, &connection).unwrap();
        }
        runtime.block_on(sign_in(&profiles));
        Self { sandbox, runtime, config, disk: tempfile::tempdir().unwrap() }
    }

    /// The folder of connections and states.
    pub(crate) fn config(&self) -> &Path {
        self.config.path()
    }

    /// Another folder of connections, which knows nothing of earlier transfers.
    pub(crate) fn forget(&self) {
        let _ = fs::remove_dir_all(self.config.path().join("transfers"));
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.disk.path().join(path)
    }

    pub(crate) fn command<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_oneteg"));
        command.args(arguments).current_dir(self.disk.path());
        command
            .env("ONETEG_CONFIG_DIR", self.config())
            .env("LC_ALL", "C.UTF-8")
            .env_remove("NO_COLOR");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub(crate) fn run<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Ended {
        Ended::new(self.command(arguments).output().unwrap())
    }

    /// `oneteg sync up <vendor> <folder> <target>`.
    pub(crate) fn up(&self, vendor: Vendor, folder: &str, options: &[&str]) -> Ended {
        self.run(&[&["sync", "up", vendor.name(), folder, vendor.target()], options].concat())
    }

    /// `oneteg sync down <vendor> <target> <folder>`.
    pub(crate) fn down(&self, vendor: Vendor, folder: &str, options: &[&str]) -> Ended {
        self.run(&[&["sync", "down", vendor.name(), vendor.target(), folder], options].concat())
    }

    /// What the vendor has in the target, downloaded by a program that knows nothing of earlier syncs. For MediaValet
    /// as soon as it lists the number of files.
    pub(crate) fn remote(&self, vendor: Vendor, files: usize) -> BTreeMap<String, Vec<u8>> {
        self.forget();
        for _ in 0..5 {
            let folder = tempfile::tempdir_in(self.disk.path()).unwrap();
            self.down(vendor, folder.path().to_str().unwrap(), &[]).expect(0);
            let found = tree(folder.path());
            if found.len() >= files {
                return found;
            }
        }
        panic!("{vendor:?} does not list {files} files");
    }
}

fn connections(sandbox: &Sandbox) -> [(&'static str, Connection); 3] {
    let at = |url: &str, mut connection: Connection| {
        connection.endpoint_url = Some(url.to_owned());
        connection
    };
    let key = Authentication::api_key(sandbox.netx_api_key());
    let netx = at(sandbox.netx_url(), Connection::new("NetX", Connector::NETX_V1_0, key));

    let (url, account) = (sandbox.mediavalet_url(), sandbox.mediavalet().account());
    let mut oauth = OAuthSettings::new(OAuthFlow::AuthorizationCode, &account.client_id);
    oauth.client_secret = Some(account.client_secret.as_str().into());
    oauth.token_url = Some(format!("{url}/connect/token"));
    oauth.authorization_url = Some(format!("{url}/connect/authorize"));
    let mut mediavalet = at(url, Connection::new("MediaValet", Connector::MEDIAVALET_V1_0, oauth));
    mediavalet.subscription_key = Some(account.subscription_key.as_str().into());

    let mut oauth =
        OAuthSettings::new(OAuthFlow::ClientCredentials, netexplorer::SERVER_APPLICATION);
    oauth.application_type = Some(ApplicationType::Server);
    oauth.client_secret = Some(netexplorer::SERVER_SECRET.into());
    let connection = Connection::new("NetExplorer", Connector::NETEXPLORER_V1_0, oauth);
    let netexplorer = at(&sandbox.netexplorer_url(), connection);
    [("netx", netx), ("mediavalet", mediavalet), ("netexplorer", netexplorer)]
}

/// Signs in to MediaValet; the others need no user.
async fn sign_in(profiles: &Profiles) {
    let connection = profiles.resolve("mediavalet", AuthVendor::MediaValet).unwrap();
    let store = std::sync::Arc::new(profiles.token_store().unwrap());
    let client =
        mediavalet_sdk::Client::from_connection(&connection, store).unwrap().build().unwrap();
    let session = client.session().unwrap();
    let sign_in = session.listen_for_sign_in().await.unwrap();
    // The sandbox approves at once.
    let url = sign_in.url().to_string();
    let browser = tokio::task::spawn_blocking(move || browser::open(&url));
    sign_in.finish().await.unwrap();
    browser.await.unwrap();
    session.close().await.unwrap();
}

/// Sends a signal, such as `INT`, to a process.
#[cfg(unix)]
pub(crate) fn signal(process: &Child, signal: &str) {
    let (signal, pid) = (format!("-{signal}"), process.id().to_string());
    assert!(Command::new("kill").args([signal, pid]).status().unwrap().success());
}

/// The files below a folder by path, without what a sync keeps for itself.
pub(crate) fn tree(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![(folder.to_owned(), String::new())];
    while let Some((folder, prefix)) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let path = format!("{prefix}{}", entry.file_name().to_str().unwrap());
            if entry.file_type().unwrap().is_dir() {
                folders.push((entry.path(), format!("{path}/")));
            } else {
                files.insert(path, fs::read(entry.path()).unwrap());
            }
        }
    }
    files
}

/// Writes files with content that differs at every position and in every file.
pub(crate) fn write(folder: &Path, path: &str, length: usize) {
    let at = folder.join(path);
    fs::create_dir_all(at.parent().unwrap()).unwrap();
    let seed =
        path.bytes().fold(7u64, |seed, byte| seed.wrapping_mul(31).wrapping_add(u64::from(byte)));
    fs::write(at, content(seed, length)).unwrap();
}

pub(crate) fn content(seed: u64, length: usize) -> Vec<u8> {
    (0..length as u64).map(|n| ((n + seed).wrapping_mul(2_654_435_761) >> 13) as u8).collect()
}
