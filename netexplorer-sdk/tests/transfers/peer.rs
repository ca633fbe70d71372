//! A real TUS server (npm `@tus/server`). Needs Node and `peers/tus/node_modules` (`npm ci --ignore-scripts`).

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

/// The server process. Dropping it ends the server.
pub(crate) struct Peer {
    process: Child,
    /// Its URL, with `/api` below it.
    pub(crate) url: String,
    /// Where it stores the bytes.
    pub(crate) folder: tempfile::TempDir,
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The folder of the server's package; `None`, with a notice, if it is not installed.
pub(crate) fn installed() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../peers/tus");
    let node = Command::new("node").arg("--version").output().is_ok_and(|out| out.status.success());
    if !node || !folder.join("node_modules/@tus/server").exists() {
        println!("SKIPPED: needs Node and `npm ci --ignore-scripts` in peers/tus");
        return None;
    }
    Some(folder)
}

impl Peer {
    /// Starts the server; `None` if it is not installed.
    pub(crate) fn start(settings: &[(&str, &str)]) -> Option<Self> {
        let script = installed()?.join("server.mjs");
        let folder = tempfile::tempdir().unwrap();
        let mut process = Command::new("node")
            .arg(script)
            .env("PORT", "0")
            .env("FOLDER", folder.path())
            .envs(settings.iter().copied())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let ready = lines.map_while(Result::ok).find(|line| line.starts_with("listening "));
        let url = ready.expect("the TUS server did not start")["listening ".len()..].to_owned();
        Some(Self { process, url, folder })
    }
}
