//! A server of one file that responds as a test wants, to the byte, with one connection for each request.

use std::{
    collections::BTreeSet,
    future::Future,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use http::{HeaderName, Method};
use oneteg_auth::{ApiKey, Secret};
use oneteg_http::{
    ByteStream, CallOptions, Error, ErrorKind, RangeRequest, RangedDownload, RangedStream,
    ResponseValue, RetryPolicy, Runtime, Transfer, TransferState,
};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    sync::Semaphore,
};

use crate::support::Plain;

pub(crate) const ONE: &str = "etag: \"1\"\r\n";
pub(crate) const MAY: &str = "last-modified: Mon, 06 May 2024 07:08:09 GMT\r\n";

/// A request as it was received.
#[derive(Debug, Clone, Default)]
pub(crate) struct FileRequest {
    pub(crate) path: String,
    /// The first and the last byte requested.
    pub(crate) range: Option<(usize, Option<usize>)>,
    pub(crate) if_range: Option<String>,
    pub(crate) accept_encoding: Option<String>,
    /// The number of requests before it.
    pub(crate) n: usize,
}

impl FileRequest {
    fn read(head: &str, n: usize) -> Self {
        let header = |name: &str| {
            let line = head.lines().find(|line| {
                line.split_once(':').is_some_and(|(other, _)| other.eq_ignore_ascii_case(name))
            })?;
            Some(line.split_once(':')?.1.trim().to_owned())
        };
        let range = header("range").map(|range| {
            let (from, to) = range.strip_prefix("bytes=").unwrap().split_once('-').unwrap();
            (from.parse().unwrap(), to.parse().ok())
        });
        Self {
            path: head.split(' ').nth(1).unwrap_or_default().to_owned(),
            range,
            if_range: header("if-range"),
            accept_encoding: header("accept-encoding"),
            n,
        }
    }

    /// The bytes requested; the end is exclusive.
    pub(crate) fn slice(&self, length: usize) -> (usize, usize) {
        let (from, to) = self.range.unwrap_or((0, None));
        (from, to.map_or(length, |to| (to + 1).min(length)))
    }
}

pub(crate) struct FileServer {
    pub(crate) address: SocketAddr,
    requests: Arc<Mutex<Vec<FileRequest>>>,
}

impl FileServer {
    /// Sends what the function returns for each request, to the byte, and closes the connection.
    pub(crate) async fn start<F, R>(respond: F) -> Self
    where
        F: Fn(FileRequest) -> R + Send + Sync + 'static,
        R: Future<Output = Vec<u8>> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::<Mutex<Vec<FileRequest>>>::default();
        let (recorded, respond) = (Arc::clone(&requests), Arc::new(respond));
        tokio::spawn(async move {
            while let Ok((mut connection, _)) = listener.accept().await {
                let (recorded, respond) = (Arc::clone(&recorded), Arc::clone(&respond));
                tokio::spawn(async move {
                    let mut head = Vec::new();
                    while !head.ends_with(b"\r\n\r\n") {
                        let Ok(byte) = connection.read_u8().await else { return };
                        head.push(byte);
                    }
                    let request = {
                        let mut recorded = recorded.lock().unwrap();
                        let n = recorded.len();
                        recorded.push(FileRequest::read(&String::from_utf8_lossy(&head), n));
                        recorded[n].clone()
                    };
                    let response = respond(request).await;
                    let _ = connection.write_all(&response).await;
                    let _ = connection.shutdown().await;
                });
            }
        });
        Self { address, requests }
    }

    pub(crate) fn requests(&self) -> Vec<FileRequest> {
        self.requests.lock().unwrap().clone()
    }

    pub(crate) fn runtime(&self) -> Runtime {
        let key = ApiKey::in_header(HeaderName::from_static("x-key"), &Secret::new("canary-k"));
        Runtime::builder(format!("http://{}", self.address), Plain, key.unwrap())
            .retry(RetryPolicy::none())
            .build()
            .unwrap()
    }

    pub(crate) fn download(&self, to: &Path) -> RangedDownload {
        RangedDownload::new(to, fetch(self.runtime()))
    }

    pub(crate) async fn stream(&self) -> Result<RangedStream, Error> {
        RangedStream::open(fetch(self.runtime())).await
    }

    pub(crate) async fn get(&self, path: &str) -> Result<Vec<u8>, Error> {
        let response = self.runtime().request(Method::GET, path).send_stream().await?;
        response.into_inner().collect(1 << 20).await
    }
}

type Fetched = oneteg_auth::BoxFuture<'static, Result<ResponseValue<ByteStream>, Error>>;

fn fetch(runtime: Runtime) -> impl Fn(RangeRequest) -> Fetched + Send + Sync {
    move |range| {
        let runtime = runtime.clone();
        Box::pin(async move {
            let options = CallOptions::new().range(range);
            runtime.request(Method::GET, "/file").options(options).send_stream().await
        })
    }
}

/// A response whose body has the announced length.
pub(crate) fn respond(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    announce(status, headers, body.len(), body)
}

/// A response whose body does not have the announced length.
pub(crate) fn announce(status: &str, headers: &str, length: usize, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n"
    );
    [head.as_bytes(), body].concat()
}

/// A response in one chunk, without an announced length.
pub(crate) fn chunked(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 {status}\r\n{headers}transfer-encoding: chunked\r\nconnection: close\r\n\r\n{:x}\r\n",
        body.len()
    );
    [head.as_bytes(), body, b"\r\n0\r\n\r\n"].concat()
}

/// The response of a well-behaved server: the requested range of a version.
pub(crate) fn ranged(request: &FileRequest, headers: &str, content: &[u8]) -> Vec<u8> {
    let (from, to) = request.slice(content.len());
    if request.range.is_none() {
        return respond("200 OK", headers, content);
    }
    if from >= to {
        let headers = format!("content-range: bytes */{}\r\n", content.len());
        return respond("416 Range Not Satisfiable", &headers, b"");
    }
    let headers = format!("{headers}content-range: bytes {from}-{}/{}\r\n", to - 1, content.len());
    respond("206 Partial Content", &headers, &content[from..to])
}

pub(crate) fn content(length: usize, version: u8) -> Vec<u8> {
    (0..length).map(|n| (n * 31 % 251) as u8 ^ version).collect()
}

/// A folder, and a path in it to download to.
pub(crate) fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("file");
    (folder, to)
}

pub(crate) fn names(folder: &TempDir) -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder.path()).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

pub(crate) fn partial(folder: &TempDir) -> PathBuf {
    let name = names(folder).into_iter().find(|name| name.ends_with(".part"));
    folder.path().join(name.expect("a partial file"))
}

/// A server whose first responses are released one by one.
pub(crate) async fn gated(bytes: Vec<u8>) -> (FileServer, Arc<Semaphore>) {
    let gate = Arc::new(Semaphore::new(0));
    let opened = Arc::clone(&gate);
    let server = FileServer::start(move |request| {
        let (bytes, gate) = (bytes.clone(), Arc::clone(&opened));
        async move {
            gate.acquire().await.unwrap().forget();
            ranged(&request, ONE, &bytes)
        }
    })
    .await;
    (server, gate)
}

/// A download that was cancelled when half of its 40 bytes were written.
pub(crate) async fn half(server: &FileServer, gate: &Semaphore, to: &Path) -> TransferState {
    gate.add_permits(2);
    let mut transfer = server.download(to).part_size(10).parallel(1).start();
    transfer.progress().wait_for(|now| now.done == 20).await.unwrap();
    transfer.cancel();
    assert_eq!(transfer.wait().await.unwrap_err().kind(), ErrorKind::Cancelled);
    gate.add_permits(1000);
    // As a program stores it.
    let state = serde_json::to_string(&transfer.state()).unwrap();
    serde_json::from_str(&state).unwrap()
}

pub(crate) async fn kind(mut transfer: Transfer<u64>) -> ErrorKind {
    transfer.wait().await.unwrap_err().kind()
}
