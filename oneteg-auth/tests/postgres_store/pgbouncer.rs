//! A PgBouncer between the store and its server.

use std::{
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use oneteg_auth::{CredentialVersion, PostgresStore, StoreError, TokenStore};
use oneteg_test_peers::PostgresServer;

use crate::{
    common::key,
    postgres::{HOUR, Transaction, granted, keys, shared_server, store_session, stored, tokens},
};

/// A PgBouncer in transaction mode with one connection to the server, which all clients share.
struct PgBouncer {
    process: Child,
    _folder: tempfile::TempDir,
    url: String,
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl PgBouncer {
    /// Prints `SKIPPED` and returns `None` without the Debian package `pgbouncer`.
    fn start(server: &PostgresServer) -> Option<Self> {
        let found = std::env::var_os("PATH").into_iter().flat_map(|path| {
            let folders: Vec<_> = std::env::split_paths(&path).collect();
            folders.into_iter().chain(["/usr/sbin".into()])
        });
        let Some(program) = found.map(|it| it.join("pgbouncer")).find(|it| it.is_file()) else {
            println!("SKIPPED: needs the Debian package pgbouncer");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let file = |name: &str| folder.path().join(name);
        let (user, password) = ("oneteg", "test-password");
        std::fs::write(file("users"), format!("\"{user}\" \"{password}\"\n")).unwrap();
        let settings = format!(
            "[databases]\n* = host=127.0.0.1 port={} user={user} password={password}\n[pgbouncer]\n\
             listen_addr=127.0.0.1\nlisten_port={port}\nunix_socket_dir=\nauth_type=scram-sha-256\n\
             auth_file={}\npool_mode=transaction\ndefault_pool_size=1\nlogfile=\n",
            server.port(),
            file("users").display(),
        );
        std::fs::write(file("settings"), settings).unwrap();
        open_to_others(folder.path());
        let is_root = Command::new("id").arg("-u").output().unwrap().stdout == b"0\n";
        let mut command = if is_root {
            let mut command = Command::new("setpriv");
            command
                .args(["--reuid=nobody", "--regid=nogroup", "--clear-groups", "--"])
                .arg(program);
            command
        } else {
            Command::new(program)
        };
        let process = command
            .arg(file("settings"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let url = format!("postgres://{user}:{password}@127.0.0.1:{port}/postgres");
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            std::thread::sleep(Duration::from_millis(10));
        }
        Some(Self { process, _folder: folder, url })
    }
}

fn open_to_others(folder: &Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pgbouncer_in_transaction_mode_may_stand_in_between() {
    let Some(server) = shared_server() else { return };
    let Some(bouncer) = PgBouncer::start(server) else { return };
    let builder = PostgresStore::builder(bouncer.url.as_str()).schema("bounced");
    builder.migrate().await.unwrap();
    let builder = builder.step_limit(Duration::from_secs(2)).notifications_url(server.url());
    let (first, second) =
        (builder.open(keys()).await.unwrap(), builder.open(keys()).await.unwrap());
    let mut changes = first.watch(&key());
    changes.wait(HOUR).await;
    store_session(&second, &key(), "a").await;
    tokio::time::timeout(HOUR / 60, changes.wait(HOUR)).await.expect("no notification");
    // Many clients on one connection of the server.
    let calls = (0..40).map(|number| {
        let store = if number % 2 == 0 { first.clone() } else { second.clone() };
        tokio::spawn(async move { stored(&store, &key()).await.unwrap() })
    });
    for call in calls.collect::<Vec<_>>() {
        assert_eq!(call.await.unwrap(), "canary-access-a");
    }
    // The server has no time limit for statements here. A step that is given up on is not done later all the same.
    let lease = granted(&first, &key(), "me", HOUR).await;
    let locked = Transaction::begin(server, "SELECT FROM bounced.sessions FOR UPDATE");
    let error = first.commit(&lease, CredentialVersion(1), &tokens("b")).await.unwrap_err();
    assert!(matches!(error, StoreError::Busy), "{error:?}");
    drop(locked);
    assert_eq!(stored(&second, &key()).await.unwrap(), "canary-access-a");
    println!("PgBouncer in transaction mode: 2 stores, 1 connection");
}
