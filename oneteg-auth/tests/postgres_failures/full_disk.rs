//! A server whose disk is full. The disk is a `tmpfs` in a separate mount namespace, which ends with its processes; that
//! needs the rights of root.

use std::{
    io::Write,
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use oneteg_auth::{CredentialVersion, ServerFault, SessionKey, StoreError, TokenStore, Tokens};
use oneteg_test_peers::PostgresServer;

use crate::{
    postgres::{HOUR, granted, new_store, stored},
    world::{World, leak},
};

/// Set in the process with the small disk.
const SMALL_DISK: &str = "ONETEG_SMALL_DISK";

fn unshare() -> Command {
    let mut command = Command::new("unshare");
    command.args(["--mount", "--"]).stdin(Stdio::null());
    command
}

#[test]
fn a_full_disk_destroys_no_session() {
    let may = unshare().args(["mount", "-t", "tmpfs", "none", "/mnt"]).output();
    if !may.is_ok_and(|output| output.status.success()) {
        println!("SKIPPED: needs the right to mount a file system");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let output = unshare()
        .arg(std::env::current_exe().unwrap())
        .args(["full_disk::on_a_small_disk", "--exact", "--ignored", "--nocapture"])
        .env(SMALL_DISK, folder.path())
        .env("TMPDIR", folder.path())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let messages = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}\n{messages}");
    let line = text.lines().find(|line| line.contains("full disk") || line.contains("SKIPPED"));
    println!("{}", line.unwrap());
}

#[test]
#[ignore = "a role of the full disk test"]
fn on_a_small_disk() {
    let Some(disk) = std::env::var_os(SMALL_DISK) else { return };
    let disk = Path::new(&disk);
    let mut mount = Command::new("mount");
    mount.args(["-t", "tmpfs", "-o", "size=100m", "none"]).arg(disk);
    assert!(mount.status().unwrap().success());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(until_it_is_full(disk));
}

/// Tokens that need new space.
fn large(number: u64) -> Tokens {
    let noise: String = (0..4000).map(|at| format!("{:x}", at * 7919 + number)).collect();
    Tokens::new(format!("access-{number}-{noise}")).with_refresh("refresh").with_lifetime(HOUR)
}

async fn until_it_is_full(disk: &Path) {
    let settings = ["max_wal_size=32MB", "min_wal_size=32MB", "autovacuum=off"];
    let Some(server) = PostgresServer::start_with(&settings).map(leak) else { return };
    let world = World::new(server, new_store(server, "oneteg").await, Duration::ZERO).await;
    let program = world.program();
    world.call(&program).await.unwrap();
    program.close().await.unwrap();

    let other = SessionKey::new("other");
    let lease = granted(&world.store, &other, "me", HOUR).await;
    let first = CredentialVersion(0);
    let mut version = world.store.commit(&lease, first, &large(0)).await.unwrap();
    let filler = disk.join("filler");
    let mut file = std::fs::File::create(&filler).unwrap();
    while file.write_all(&[0; 4096]).is_ok() {}

    let error = loop {
        match world.store.commit(&lease, version, &large(version.0)).await {
            Ok(next) => version = next,
            Err(error) => break error,
        }
        assert!(version.0 < 1000, "the disk does not get full");
    };
    let full = matches!(&error, StoreError::Server { fault: ServerFault::Full, .. });
    assert!(full && error.is_transient(), "{error:?}");
    assert!(error.to_string().contains("no space left"), "{error}");
    // A valid token works; what was stored before is there.
    world.call(&program).await.unwrap();
    let kept =
        |stored: Option<String>| stored == Some(large(version.0 - 1).access.expose().to_owned());
    assert!(version.0 == 0 || kept(stored(&world.store, &other).await));

    drop(file);
    std::fs::remove_file(filler).unwrap();
    world.store.commit(&lease, version, &large(version.0)).await.unwrap();
    assert!(world.is_alive().await);
    println!(
        "PostgreSQL with a full disk: refused after {} more commits, 0 silent losses",
        version.0
    );
}
