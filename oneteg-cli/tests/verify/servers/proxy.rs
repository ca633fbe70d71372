//! A server in front of the sandbox that disturbs the responses of some operations, as real servers and what stands
//! before them do.

use std::{
    collections::HashMap,
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, mpsc},
    thread,
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use futures_util::{StreamExt as _, stream};
use oneteg_http::reqwest::{self, redirect};
use serde_json::Value;

/// What happens to the responses of an operation.
#[derive(Clone, Copy)]
pub(crate) enum Oddity {
    /// The JSON is changed.
    Json(fn(&mut Value)),
    /// The bytes are changed.
    Bytes(fn(Vec<u8>) -> Vec<u8>),
    /// Another response: status, media type, body.
    Instead(u16, &'static str, &'static str),
    /// Another response to the first request only.
    Once(u16, &'static str),
    /// A redirect to a page of HTML.
    Login,
    /// A redirect to the same path with a slash at its end.
    Slash,
    /// The connection ends in the middle of the body.
    Truncated,
    /// The body comes in pieces of a few bytes.
    Slow,
    /// More than anyone wants to read.
    Huge,
}

/// An operation, as its JSON-RPC method or its path (with `*` for a segment), and what happens to it.
pub(crate) type Rule = (&'static str, Oddity);

/// Runs until it is dropped.
pub(crate) struct Proxy {
    pub(crate) url: String,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

struct Upstream {
    target: String,
    rules: Vec<Rule>,
    client: reqwest::Client,
    seen: Mutex<HashMap<&'static str, u64>>,
}

impl Proxy {
    pub(crate) fn start(target: &str, rules: Vec<Rule>) -> Self {
        let (started, starting) = mpsc::channel();
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let client = oneteg_auth::client_builder(false).unwrap();
        let client = client.redirect(redirect::Policy::none());
        let upstream = Arc::new(Upstream {
            target: target.to_owned(),
            rules,
            client: client.build().unwrap(),
            seen: Mutex::default(),
        });
        let thread = thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
                let listener = tokio::net::TcpListener::bind(address).await.unwrap();
                started.send(listener.local_addr().unwrap()).unwrap();
                let app = Router::new().fallback(respond).with_state(upstream);
                tokio::select! {
                    served = async { axum::serve(listener, app).await } => served.unwrap(),
                    _ = stopped => {}
                }
            });
        });
        let url = format!("http://{}", starting.recv().unwrap());
        Self { url, stop: Some(stop), thread: Some(thread) }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn respond(State(upstream): State<Arc<Upstream>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let path = parts.uri.path();
    if path == "/login" {
        return page(200, "text/html", "<!DOCTYPE html><title>Sign in</title>");
    }
    let method = serde_json::from_slice::<Value>(&body).ok();
    let method = method.as_ref().and_then(|call| call["method"].as_str());
    let rule = upstream.rules.iter().find(|(key, _)| Some(*key) == method || fits(key, path));
    let count = rule.map_or(0, |(key, _)| {
        let mut seen = upstream.seen.lock().unwrap();
        let count = seen.entry(key).or_default();
        *count += 1;
        *count
    });
    match rule.map(|(_, oddity)| *oddity) {
        Some(Oddity::Instead(status, media_type, body)) => return page(status, media_type, body),
        Some(Oddity::Once(status, body)) if count == 1 => {
            let mut response = page(status, "application/json", body);
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("0"));
            return response;
        }
        Some(Oddity::Login) => return moved("/login"),
        Some(Oddity::Slash) if !path.ends_with('/') => return moved(&format!("{path}/")),
        Some(Oddity::Huge) => {
            let mut response = Response::new(Body::from(vec![b' '; 17 << 20]));
            let json = HeaderValue::from_static("application/json");
            response.headers_mut().insert(header::CONTENT_TYPE, json);
            return response;
        }
        _ => {}
    }
    let query = parts.uri.query().map_or_else(String::new, |query| format!("?{query}"));
    let url = format!("{}{}{query}", upstream.target, path.trim_end_matches('/'));
    let mut headers = parts.headers.clone();
    headers.remove(header::CONTENT_LENGTH);
    // The sandbox builds links from it.
    let sent = upstream.client.request(parts.method, url).headers(headers).body(body).send().await;
    let sent = sent.unwrap();
    let (status, headers) = (sent.status(), sent.headers().clone());
    let bytes = sent.bytes().await.unwrap();
    let is_success = status.is_success();
    let (body, length) = match rule.map(|(_, oddity)| *oddity).filter(|_| is_success) {
        Some(Oddity::Json(change)) => {
            let mut value: Value = serde_json::from_slice(&bytes).unwrap();
            change(&mut value);
            (Body::from(value.to_string()), None)
        }
        Some(Oddity::Bytes(change)) => (Body::from(change(bytes.to_vec())), None),
        Some(Oddity::Truncated) => {
            let half = bytes.slice(..bytes.len() / 2);
            let abort = stream::once(async {
                tokio::task::yield_now().await;
                Err(io::Error::from(io::ErrorKind::ConnectionAborted))
            });
            let pieces = stream::iter([Ok::<Bytes, io::Error>(half)]).chain(abort);
            (Body::from_stream(pieces), Some(bytes.len()))
        }
        Some(Oddity::Slow) => {
            let pieces: Vec<Bytes> = bytes.chunks(7).map(Bytes::copy_from_slice).collect();
            let pieces = stream::iter(pieces).then(|piece| async {
                tokio::time::sleep(Duration::from_micros(200)).await;
                Ok::<Bytes, io::Error>(piece)
            });
            (Body::from_stream(pieces), None)
        }
        _ => (Body::from(bytes), None),
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    for name in [header::CONTENT_LENGTH, header::TRANSFER_ENCODING, header::CONNECTION] {
        response.headers_mut().remove(name);
    }
    if let Some(length) = length {
        response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    response
}

fn fits(key: &str, path: &str) -> bool {
    let (mut key, mut path) = (key.split('/'), path.trim_end_matches('/').split('/'));
    loop {
        match (key.next(), path.next()) {
            (None, None) => return true,
            (Some("*"), Some(_)) => {}
            (key, segment) if key == segment => {}
            _ => return false,
        }
    }
}

fn page(status: u16, media_type: &'static str, body: &'static str) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    if !media_type.is_empty() {
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    }
    response
}

fn moved(to: &str) -> Response {
    let mut response = page(302, "", "");
    response.headers_mut().insert(header::LOCATION, HeaderValue::try_from(to).unwrap());
    response
}
