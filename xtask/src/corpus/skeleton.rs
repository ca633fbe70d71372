//! The smallest crate around generated code: it compiles every operation and runs the generated calls and samples.

use std::path::Path;

/// The files of the crate besides the generated ones, by path in its folder.
pub fn files(vendor: &str, workspace: &Path) -> Vec<(&'static str, String)> {
    let library = format!("{vendor}_sdk");
    let root = workspace.display().to_string().replace('\\', "/");
    let fill = |template: &str| {
        template.replace("{library}", &library).replace("{vendor}", vendor).replace("{root}", &root)
    };
    vec![
        ("Cargo.toml", fill(MANIFEST)),
        ("src/lib.rs", fill(LIBRARY)),
        ("src/client.rs", fill(CLIENT)),
        ("tests/generated_calls.rs", fill(CALLS)),
        ("tests/generated_samples.rs", fill(SAMPLES)),
    ]
}

const MANIFEST: &str = r#"[package]
name = "{vendor}_sdk"
version = "0.0.0"
edition = "2024"
publish = false

[features]
default = ["full", "mock"]
mock = ["dep:httpmock", "oneteg-http/mock", "cassette"]
cassette = ["oneteg-http/cassette"]
full = []

[dependencies]
chrono = { version = "0.4", default-features = false, features = ["serde", "std", "now"] }
httpmock = { version = "0.8", default-features = false, optional = true }
oneteg-auth = { path = "{root}/oneteg-auth", default-features = false }
oneteg-http = { path = "{root}/oneteg-http", default-features = false, features = ["checksums", "rustls"] }
serde = { version = "1", features = ["derive"] }
serde_json = { version = "1", features = ["raw_value"] }

[dev-dependencies]
oneteg-test-kit = { path = "{root}/oneteg-test-kit" }
tokio = { version = "1", default-features = false, features = ["macros", "rt-multi-thread", "net", "time"] }
"#;

const LIBRARY: &str = r#"//! A generated SDK, to see whether it compiles.
#![allow(missing_docs, clippy::all)]

mod client;
#[allow(clippy::all, missing_docs, unreachable_pub, unused_qualifications)]
mod generated;

pub use client::Client;
pub use generated::*;
#[cfg(feature = "mock")]
pub use httpmock;
pub use oneteg_http::{
    ByteStream, CallOptions, CallSettings, Error, ErrorKind, FilePart, Operation, Pager,
    ResponseValue, UploadSource,
};
pub use operations::OPERATIONS;
"#;

const CLIENT: &str = r#"//! A client without the settings of a real one.

use std::sync::Arc;

use oneteg_auth::{ApiKey, Secret};
use oneteg_http::{Error, RetryPolicy, Runtime, Vendor};

#[derive(Clone, Debug)]
pub struct Client {
    runtime: Runtime,
}

#[derive(Debug)]
struct ThisVendor;

impl Vendor for ThisVendor {
    fn name(&self) -> &'static str {
        "{vendor}"
    }
}

impl Client {
    pub fn new(server: &str) -> Result<Self, Error> {
        let authenticator = Arc::new(ApiKey::with_scheme("Bearer", &Secret::from("token"))?);
        let runtime = Runtime::builder(server, ThisVendor, authenticator);
        Ok(Self { runtime: runtime.retry(RetryPolicy::none()).build()? })
    }

    pub(crate) fn runtime(&self) -> &Runtime {
        &self.runtime
    }
}
"#;

/// The tests print a line for each call or sample, `passed` or `failed`, and never stop at the first.
const CALLS: &str = r##"//! Every generated call.
#![allow(missing_docs, unreachable_pub, unused)]

#[path = "generated/calls.rs"]
mod calls;

use {library}::Client;
use oneteg_test_kit::recorder::{RequestRecorder, json_response};

#[tokio::test]
async fn every_call_is_sent_and_its_response_is_read() {
    // Ends the line that the test harness has begun.
    println!();
    let mut failures = 0;
    let local = tokio::task::LocalSet::new();
    for case in calls::CASES {
        // In a separate task, since a call may panic.
        let call = async move {
            let server = RequestRecorder::start(|request| {
                let response = case.response();
                let body = serde_json::from_slice::<serde_json::Value>(&request.body).unwrap_or_default();
                json_response(match body.get("jsonrpc") {
                    Some(_) if case.json => {
                        [r#"{"jsonrpc":"2.0","id":"#, &body["id"].to_string(), r#","result":"#, &response, "}"].concat()
                    }
                    _ => response,
                })
            })
            .await;
            let client = Client::new(&server.url).map_err(|error| error.to_string())?;
            let result = (case.call)(&client).await;
            result.map_err(|error| format!("{error}: {:?}", error.body_preview()))
        };
        match local.run_until(async { tokio::task::spawn_local(call).await }).await {
            Ok(Ok(())) => println!("passed {}", case.operation),
            Ok(Err(error)) => {
                failures += 1;
                println!("failed {}: {error}", case.operation);
            }
            Err(panic) => {
                failures += 1;
                println!("failed {}: {panic}", case.operation);
            }
        }
    }
    assert_eq!(failures, 0);
}
"##;

const SAMPLES: &str = r#"//! Every generated sample is read and written unchanged.
#![allow(missing_docs, unreachable_pub, unused)]

#[path = "generated/samples.rs"]
mod samples;

use serde_json::Value;

#[test]
fn every_type_is_read_and_written_unchanged() {
    // Ends the line that the test harness has begun.
    println!();
    let mut failures = 0;
    for sample in samples::samples() {
        let parse = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
        let failure = match (sample.round_trip)(sample.json.as_bytes()) {
            Err(error) => error.to_string(),
            Ok(result) if parse(&result.json) != parse(sample.json) => format!("{} became {}", sample.json, result.json),
            Ok(result) if !result.repairs.is_empty() => format!("{:?}", result.repairs),
            Ok(_) => {
                println!("passed {}", sample.name);
                continue;
            }
        };
        failures += 1;
        println!("failed {}: {failure}", sample.name);
    }
    assert_eq!(failures, 0);
}
"#;
