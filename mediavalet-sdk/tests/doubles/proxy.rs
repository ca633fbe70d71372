//! A proxy in front of a storage host: counts the bytes that pass, and records the blocks.

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
};

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    response::Response,
};
use futures_util::TryStreamExt;
use mediavalet_sdk::reqwest::{self, Url};

pub(crate) struct RecordingProxy {
    url: String,
    target: String,
    http: reqwest::Client,
    /// The number of request bytes that passed.
    pub(crate) passed: AtomicU64,
    /// The number of requests with a MediaValet credential. Must stay 0.
    pub(crate) leaks: AtomicU64,
    /// The ids of the blocks that clients started to send, since this was last taken.
    pub(crate) begun: Mutex<Vec<String>>,
    /// The ids of the blocks that the host confirmed, since this was last taken.
    pub(crate) stored: Mutex<BTreeSet<String>>,
}

impl RecordingProxy {
    pub(crate) async fn start(target_port: u16) -> Arc<Self> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy = Arc::new(Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            target: format!("http://127.0.0.1:{target_port}"),
            http: super::azurite::http(),
            passed: AtomicU64::new(0),
            leaks: AtomicU64::new(0),
            begun: Mutex::default(),
            stored: Mutex::default(),
        });
        let router = Router::new().fallback(forward).with_state(Arc::clone(&proxy));
        tokio::spawn(async move { axum::serve(listener, router).await });
        proxy
    }

    /// The same link, through the proxy.
    pub(crate) fn route(&self, link: &str) -> String {
        link.replacen(&self.target, &self.url, 1)
    }
}

async fn forward(State(proxy): State<Arc<RecordingProxy>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path_and_query().unwrap().as_str().to_owned();
    if super::has_credential(&parts.headers, &path) {
        proxy.leaks.fetch_add(1, SeqCst);
    }
    let url: Url = format!("{}{path}", proxy.target).parse().unwrap();
    let block =
        url.query_pairs().find(|(name, _)| name == "blockid").map(|(_, id)| id.into_owned());
    if let Some(block) = &block {
        proxy.begun.lock().unwrap().push(block.clone());
    }
    let counted = Arc::clone(&proxy);
    let body = body.into_data_stream().inspect_ok(move |bytes| {
        counted.passed.fetch_add(bytes.len() as u64, SeqCst);
    });
    let mut headers = parts.headers;
    headers.remove("host");
    let has_body = headers.contains_key("content-length");
    let mut request = proxy.http.request(parts.method, url).headers(headers);
    if has_body {
        request = request.body(reqwest::Body::wrap_stream(body));
    }
    let Ok(upstream) = request.send().await else {
        // The client was killed and does not read this.
        return Response::builder().status(502).body(Body::empty()).unwrap();
    };
    if let Some(block) = block.filter(|_| upstream.status() == 201) {
        proxy.stored.lock().unwrap().insert(block);
    }
    let mut response = Response::builder().status(upstream.status());
    for (name, value) in upstream.headers() {
        if name != "transfer-encoding" && name != "connection" {
            response = response.header(name, value);
        }
    }
    response.body(Body::from_stream(upstream.bytes_stream())).unwrap()
}
