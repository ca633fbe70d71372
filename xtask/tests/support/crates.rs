//! Crates of generated code, outside of the workspace: what a vendor's SDK is made of, and nothing else.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;
use xtask::commands::generate::{Generated, pipeline};

use super::sources_of;

/// The client that generated code needs.
const LIBRARY: &str = r#"//! Generated code with the least client.
#[rustfmt::skip]
#[allow(clippy::all, missing_docs, unreachable_pub, unused_qualifications)]
mod generated;
pub use generated::*;
pub use oneteg_http::{ByteStream, CallOptions, Error, FilePart, ResponseValue, UploadSource};
pub use operations::OPERATIONS;
use oneteg_http::{RetryPolicy, Runtime, Vendor};

#[derive(Debug)]
struct Probe;

impl Vendor for Probe {
    fn name(&self) -> &'static str {
        "probe"
    }
}

#[derive(Clone, Debug)]
pub struct Client {
    runtime: Runtime,
}

impl Client {
    pub fn new(server: &str) -> Self {
        let key = oneteg_auth::ApiKey::with_scheme("key", &oneteg_auth::Secret::new("s3cret"));
        let runtime = Runtime::builder(server, Probe, key.unwrap());
        Self { runtime: runtime.retry(RetryPolicy::none()).build().unwrap() }
    }

    fn runtime(&self) -> &Runtime {
        &self.runtime
    }
}
"#;

/// The generated calls and samples, and the requests that the calls send.
const TEST: &str = r#"#![allow(clippy::all)]
#[rustfmt::skip]
#[path = "generated/calls.rs"]
#[allow(dead_code)]
mod calls;
#[rustfmt::skip]
#[path = "generated/samples.rs"]
mod samples;
use oneteg_test_kit::{
    recorder::{RequestRecorder, json_response},
    samples::check_round_trips,
};

#[tokio::test]
async fn calls() {
    let (mut failed, mut sent) = (Vec::new(), String::new());
    for case in calls::CASES {
        let server = RequestRecorder::start(|_| json_response(case.response())).await;
        let client = probe_sdk::Client::new(&server.url);
        match (case.call)(&client).await {
            Ok(()) => sent += &server.only_request().snapshot().await,
            Err(error) => failed.push(format!("{}: {error}", case.operation)),
        }
        sent += "\n";
    }
    std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/sent.txt"), sent).unwrap();
    assert!(failed.is_empty(), "{} of {}:\n{}", failed.len(), calls::CASES.len(), failed.join("\n"));
}

#[test]
fn samples() {
    check_round_trips(samples::samples());
}

#[test]
fn responses_and_bodies_have_readers() {
    assert!(samples::RESPONSES.len() + samples::BODIES.len() <= 2 * calls::CASES.len());
}
"#;

/// The manifest. Cargo takes packages of the same name for the same one, wherever their workspaces are.
fn manifest(name: &str, generated: &Generated) -> String {
    let root = xtask::workspace::root();
    let path = |name: &str| format!("path = {:?}", root.join(name));
    let mut manifest = format!(
        r#"[package]
name = "probe-{name}"
version = "0.1.0"
edition = "2024"

[lib]
name = "probe_sdk"

[workspace]

[features]
mock = ["dep:httpmock", "oneteg-http/mock"]
{}

[dependencies]
chrono = {{ version = "0.4.41", default-features = false, features = ["serde", "std", "now"] }}
httpmock = {{ version = "0.8", default-features = false, optional = true }}
oneteg-auth = {{ {}, default-features = false }}
oneteg-http = {{ {}, default-features = false, features = ["rustls"] }}
serde = {{ version = "1", features = ["derive"] }}
serde_json = {{ version = "1", features = ["raw_value"] }}

[dev-dependencies]
oneteg-test-kit = {{ {} }}
tokio = {{ version = "1", default-features = false, features = ["macros", "rt-multi-thread"] }}

[profile.dev]
debug = false
"#,
        "default = [\"full\"]",
        path("oneteg-auth"),
        path("oneteg-http"),
        path("oneteg-test-kit"),
    );
    let tags: Vec<String> = generated.features.iter().map(|tag| format!("{tag:?}")).collect();
    let mut features = format!("full = [{}]\n", tags.join(", "));
    for tag in &generated.features {
        let _ = writeln!(features, "{tag} = []");
    }
    manifest = manifest.replace("[dependencies]", &format!("{features}\n[dependencies]"));
    manifest
}

/// Writes the crate of a specification to a folder in `target`, and returns it.
pub fn write(name: &str, document: &Value) -> PathBuf {
    let generated =
        pipeline(&sources_of("probe", document)).unwrap_or_else(|errors| panic!("{errors}"));
    let root = xtask::workspace::root();
    let folder = root.join("target/probe-crates").join(name);
    let _ = fs::remove_dir_all(&folder);
    let mut files: Vec<(PathBuf, String)> = vec![
        ("Cargo.toml".into(), manifest(name, &generated)),
        ("Cargo.lock".into(), fs::read_to_string(root.join("Cargo.lock")).unwrap()),
        ("src/lib.rs".into(), LIBRARY.to_owned()),
        ("tests/generated_tests.rs".into(), TEST.to_owned()),
    ];
    files.extend(generated.files.into_iter().map(|file| (file.path, file.text)));
    for (path, text) in files {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

/// Compiles a crate with its mocks, and runs its generated calls and samples.
pub fn test(folder: &Path) {
    let output = Command::new(env!("CARGO"))
        .args(["test", "--offline", "--features", "mock", "--lib", "--tests"])
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", xtask::workspace::root().join("target"))
        .env("RUST_BACKTRACE", "0")
        .output()
        .unwrap();
    let shown =
        |bytes: &[u8]| String::from_utf8_lossy(bytes).lines().collect::<Vec<_>>().join("\n");
    assert!(
        output.status.success(),
        "{}\n{}\n{}",
        folder.display(),
        shown(&output.stderr),
        shown(&output.stdout)
    );
}
