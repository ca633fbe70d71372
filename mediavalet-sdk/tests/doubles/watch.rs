//! A proxy before a storage host: it counts the bytes that pass, and sees what is sent.

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

pub(crate) struct Watch {
    url: String,
    target: String,
    http: reqwest::Client,
    /// Bytes of requests that passed.
    pub(crate) passed: AtomicU64,
    /// Requests with a credential in them. Must stay 0.
    pub(crate) leaks: AtomicU64,
    /// The ids of the blocks whose sending began, since this was last taken.
    pub(crate) begun: Mutex<Vec<String>>,
    /// The ids of the blocks that the host said it has, since this was last taken.
    pub(crate) stored: Mutex<BTreeSet<String>>,
}

impl Watch {
    pub(crate) async fn start(target_port: u16) -> Arc<Self> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let watch = Arc::new(Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            target: format!("http://127.0.0.1:{target_port}"),
            http: super::azurite::http(),
            passed: AtomicU64::new(0),
            leaks: AtomicU64::new(0),
            begun: Mutex::default(),
            stored: Mutex::default(),
        });
        let router = Router::new().fallback(forward).with_state(Arc::clone(&watch));
        tokio::spawn(async move { axum::serve(listener, router).await });
        watch
    }

    /// The same link, by way of the proxy.
    pub(crate) fn before(&self, link: &str) -> String {
        link.replacen(&self.target, &self.url, 1)
    }
}

async fn forward(State(watch): State<Arc<Watch>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path_and_query().unwrap().as_str().to_owned();
    if super::has_credential(&parts.headers, &path) {
        watch.leaks.fetch_add(1, SeqCst);
    }
    let url: Url = format!("{}{path}", watch.target).parse().unwrap();
    let block =
        url.query_pairs().find(|(name, _)| name == "blockid").map(|(_, id)| id.into_owned());
    if let Some(block) = &block {
        watch.begun.lock().unwrap().push(block.clone());
    }
    let counted = Arc::clone(&watch);
    let body = body.into_data_stream().inspect_ok(move |bytes| {
        counted.passed.fetch_add(bytes.len() as u64, SeqCst);
    });
    let mut headers = parts.headers;
    headers.remove("host");
    let has_body = headers.contains_key("content-length");
    let mut request = watch.http.request(parts.method, url).headers(headers);
    if has_body {
        request = request.body(reqwest::Body::wrap_stream(body));
    }
    let Ok(answer) = request.send().await else {
        // The sender is gone, so nobody reads this.
        return Response::builder().status(502).body(Body::empty()).unwrap();
    };
    if let Some(block) = block.filter(|_| answer.status() == 201) {
        watch.stored.lock().unwrap().insert(block);
    }
    let mut response = Response::builder().status(answer.status());
    for (name, value) in answer.headers() {
        if name != "transfer-encoding" && name != "connection" {
            response = response.header(name, value);
        }
    }
    response.body(Body::from_stream(answer.bytes_stream())).unwrap()
}
