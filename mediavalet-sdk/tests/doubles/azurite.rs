//! Azurite on loopback: Microsoft's emulator of Azure Storage. Needs Node.js and `npm ci --ignore-scripts` in
//! `peers/azurite`.

use std::{
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use chrono::{SecondsFormat, Utc};
use mediavalet_sdk::reqwest;
use ring::hmac;

/// The account and key of every Azurite; not a secret.
pub(crate) const ACCOUNT: &str = "devstoreaccount1";
pub(crate) const ACCOUNT_KEY: &str =
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";
pub(crate) const CONTAINER: &str = "assets";
const VERSION: &str = "2021-12-02";

pub(crate) struct Azurite {
    process: Child,
    pub(crate) port: u16,
    http: reqwest::Client,
}

impl Drop for Azurite {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn sign(message: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, &BASE64.decode(ACCOUNT_KEY).unwrap());
    BASE64.encode(hmac::sign(&key, message.as_bytes()))
}

pub(crate) fn http() -> reqwest::Client {
    // Without a process-wide provider, the builder has none.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

impl Azurite {
    /// Starts Azurite; `None` if it is not installed.
    pub(crate) async fn start() -> Option<Arc<Self>> {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        // From this crate, and from the benchmark that includes this module.
        let folders = ["../peers/azurite", "../../peers/azurite"].map(|at| here.join(at));
        let program = |folder: &Path| folder.join("node_modules/azurite/dist/src/blob/main.js");
        let folder = folders.iter().find(|folder| program(folder).exists()).unwrap_or(&folders[0]);
        let program = program(folder);
        let node = Command::new("node").arg("--version").output();
        if !node.is_ok_and(|out| out.status.success()) || !program.exists() {
            println!("SKIPPED: needs Node.js and `npm ci --ignore-scripts` in peers/azurite");
            return None;
        }
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let process = Command::new("node")
            .arg(program)
            .args(["--silent", "--disableTelemetry", "--inMemoryPersistence"])
            .args(["--blobHost", "127.0.0.1", "--blobPort", &port.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let azurite = Self { process, port, http: http() };
        for _ in 0..600 {
            if tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
                azurite.create_container().await;
                return Some(Arc::new(azurite));
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("Azurite did not start");
    }

    /// Creates the container. The signature is a Shared Key, version 2009-09-19 and later.
    async fn create_container(&self) {
        let date = Utc::now().format("%a, %d %b %Y %H:%M:%S GMT").to_string();
        let to_sign = format!(
            "PUT\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:{date}\nx-ms-version:{VERSION}\n\
             /{ACCOUNT}/{ACCOUNT}/{CONTAINER}\nrestype:container"
        );
        let url = format!("http://127.0.0.1:{}/{ACCOUNT}/{CONTAINER}?restype=container", self.port);
        let request = self.http.put(url).header("x-ms-date", date).header("x-ms-version", VERSION);
        let request =
            request.header("authorization", format!("SharedKey {ACCOUNT}:{}", sign(&to_sign)));
        let response = request.header("content-length", "0").send().await.unwrap();
        assert_eq!(response.status(), 201, "{}", response.text().await.unwrap());
    }

    /// A signed link to a blob: a service SAS in the format of version 2020-12-06.
    pub(crate) fn link(&self, blob: &str, permissions: &str, seconds: i64, bad: bool) -> String {
        let time = |seconds| {
            let time = Utc::now() + chrono::Duration::seconds(seconds);
            time.to_rfc3339_opts(SecondsFormat::Secs, true)
        };
        let (start, end) = (time(-3_600), time(seconds));
        let to_sign = format!(
            "{permissions}\n{start}\n{end}\n/blob/{ACCOUNT}/{CONTAINER}/{blob}\n\n\n\n{VERSION}\nb\n\n\n\n\n\n\n"
        );
        let mut signature = sign(&to_sign);
        if bad {
            signature = sign("something else");
        }
        let mut url = reqwest::Url::parse(&format!(
            "http://127.0.0.1:{}/{ACCOUNT}/{CONTAINER}/{blob}",
            self.port
        ))
        .unwrap();
        url.query_pairs_mut().extend_pairs([
            ("sv", VERSION),
            ("st", &start),
            ("se", &end),
            ("sr", "b"),
            ("sp", permissions),
            ("sig", &signature),
        ]);
        url.into()
    }

    pub(crate) async fn length(&self, blob: &str) -> Option<u64> {
        let response = self.http.head(self.link(blob, "r", 60, false)).send().await.unwrap();
        let length =
            response.headers().get("content-length").filter(|_| response.status().is_success());
        length.map(|length| length.to_str().unwrap().parse().unwrap())
    }
}
