//! A real TUS server (npm `@tus/server`), where Node and `peers/tus/node_modules` of this crate
//! (`npm ci --ignore-scripts`) are present.

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

/// The server. It ends with this value.
pub(crate) struct Peer {
    process: Child,
    /// Where it is, with `/api` below.
    pub(crate) url: String,
    /// Where it keeps the bytes.
    pub(crate) folder: tempfile::TempDir,
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

pub(crate) fn installed() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/tus");
    let node = Command::new("node").arg("--version").output().is_ok_and(|out| out.status.success());
    if !node || !folder.join("node_modules/@tus/server").exists() {
        println!("SKIPPED: needs Node and `npm ci --ignore-scripts` in netexplorer-sdk/peers/tus");
        return None;
    }
    Some(folder)
}

impl Peer {
    /// `None` where it is not installed.
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
