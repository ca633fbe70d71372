//! Prism, a validating proxy of others, between a client and a server.

#![allow(clippy::print_stdout)]

use std::{
    fs,
    io::{BufRead, BufReader},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    time::Duration,
};

use serde_json::{Map, Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// A path of no specification: the request that ends the log.
const LAST: &str = "/oneteg-last-request";
/// What Prism logs for a request whose path the specification lacks.
const NO_ROUTE: &str = "Selected route not found";

/// Prism (npm `@stoplight/prism-cli`) in a separate process, from `peers/prism` of this workspace. It compares requests
/// and responses with the bundle of a vendor.
///
/// Its methods panic if anything goes wrong: it is for tests only.
#[derive(Debug)]
pub struct Prism {
    process: Child,
    port: u16,
    document: PathBuf,
    /// What it logged of requests and violations.
    log: Arc<Mutex<Vec<String>>>,
}

impl Drop for Prism {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_file(&self.document);
    }
}

impl Prism {
    /// Starts the proxy in front of `upstream`, a base URL whose paths begin with `base_path` and those of the vendor's
    /// specification. Prints `SKIPPED` and returns `None` if Node.js or Prism is not installed.
    pub fn start(vendor: &str, base_path: &str, upstream: &str) -> Option<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let program = root.join("peers/prism/node_modules/@stoplight/prism-cli/dist/index.js");
        let node = Command::new("node").arg("--version").output();
        if !program.exists() || !node.is_ok_and(|out| out.status.success()) {
            println!("SKIPPED: needs Node.js and `npm ci --ignore-scripts` in peers/prism");
            return None;
        }
        let bundle = fs::read_to_string(root.join(format!("specs/{vendor}/bundle.json"))).unwrap();
        let bundle = adapted(serde_json::from_str(&bundle).unwrap(), base_path);
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let document =
            std::env::temp_dir().join(format!("oneteg-prism-{}-{port}.json", std::process::id()));
        fs::write(&document, bundle.to_string()).unwrap();
        let mut process = Command::new("node")
            .arg(program)
            .args(["proxy", "--host", "127.0.0.1", "--port", &port.to_string()])
            .arg(&document)
            .arg(upstream)
            .env("NO_COLOR", "1")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines =
            BufReader::new(process.stdout.take().unwrap()).lines().map_while(Result::ok);
        let is_ready = lines.by_ref().any(|line| line.contains("Prism is listening"));
        assert!(is_ready, "Prism did not start");
        let log = Arc::new(Mutex::new(Vec::new()));
        let shared = Arc::clone(&log);
        std::thread::spawn(move || {
            for line in lines {
                if line.contains("Request received") || line.contains("Violation:") {
                    shared.lock().unwrap().push(line);
                }
            }
        });
        Some(Self { process, port, document, log })
    }

    /// Its base URL, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The number of requests so far, and each violation after the request that it is of.
    pub async fn finish(self) -> (usize, Vec<String>) {
        // The log lags behind the responses.
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).await.unwrap();
        let request =
            format!("GET {LAST} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        stream.read_to_end(&mut Vec::new()).await.unwrap();
        loop {
            let log = self.log.lock().unwrap().clone();
            let last = log.iter().position(|line| line.contains(LAST));
            if let Some(last) = last
                && log.iter().skip(last).any(|line| line.contains(NO_ROUTE))
            {
                return read(log.get(..last).unwrap_or_default());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

fn read(log: &[String]) -> (usize, Vec<String>) {
    let (mut requests, mut request, mut violations) = (0, "", Vec::new());
    for line in log {
        match line.split_once("Violation:") {
            Some((_, violation)) => violations.push(format!("{request}: {}", violation.trim())),
            None => {
                requests += 1;
                request = line.rsplit("[HTTP SERVER]").next().unwrap_or_default();
                request = request.split('ℹ').next().unwrap_or_default().trim();
            }
        }
    }
    (requests, violations)
}

/// A bundle for Prism, which finds operations by their whole path: with the base path, and with all remote procedures as
/// the alternatives of one operation.
fn adapted(mut bundle: Value, base_path: &str) -> Value {
    let paths = bundle["paths"].take();
    let mut adapted = Map::new();
    for (path, item) in paths.as_object().into_iter().flatten() {
        let Some((rpc, _)) = path.split_once('#') else {
            adapted.insert(format!("{base_path}{path}"), item.clone());
            continue;
        };
        let joined = adapted.entry(format!("{base_path}{rpc}")).or_insert_with(|| {
            let content = |key: &str| json!({ "application/json": { "schema": { key: [] } } });
            // Those of failures are the same for all.
            let mut responses = item["post"]["responses"].clone();
            responses["200"] = json!({ "description": "Done.", "content": content("anyOf") });
            json!({ "post": {
                "requestBody": { "required": true, "content": content("oneOf") },
                "responses": responses,
            } })
        });
        for (place, key) in [("/requestBody", "oneOf"), ("/responses/200", "anyOf")] {
            let schema = format!("/post{place}/content/application~1json/schema");
            let procedure = item.pointer(&schema).unwrap().clone();
            joined.pointer_mut(&schema).unwrap()[key].as_array_mut().unwrap().push(procedure);
        }
    }
    bundle["paths"] = adapted.into();
    bundle["servers"] = json!([{ "url": "http://127.0.0.1" }]);
    bundle
}
