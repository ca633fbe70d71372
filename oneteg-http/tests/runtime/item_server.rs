//! A small vendor: items with names and contents, over HTTP on loopback.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use axum::{
    Json, Router,
    extract::{Path, Query, Request, State},
    http::{HeaderMap, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use bytes::Bytes;
use oneteg_test_kit::ServerFault;
use serde_json::{Value, json};

pub(crate) const KEY: &str = "canary-good";

#[derive(Default)]
pub(crate) struct ItemServer {
    pub(crate) items: Mutex<BTreeMap<u64, (String, Bytes)>>,
    next_id: AtomicU64,
    pub(crate) requests: AtomicU64,
    pub(crate) faults: Mutex<VecDeque<ServerFault>>,
    /// How often each write was executed.
    pub(crate) writes: Mutex<HashMap<u64, u64>>,
}

type Shared = State<Arc<ItemServer>>;
type HandlerResult = Result<Response, StatusCode>;

impl ItemServer {
    /// Starts a server that stops with the test's runtime.
    pub(crate) async fn serve() -> (Arc<Self>, SocketAddr) {
        let server = Arc::new(Self::default());
        let app = Router::new()
            .route("/me", get(|| async { Json(json!({"name": "tester"})) }))
            .route("/items", get(list).post(upload))
            .route("/items/{id}", get(read).put(rename).delete(delete))
            .route("/items/{id}/content", get(content))
            .route("/echo/{n}", get(|Path(n): Path<u64>| async move { Json(echo(n)) }))
            .route("/writes/{n}", post(write))
            .layer(middleware::from_fn_with_state(Arc::clone(&server), inject_faults))
            .with_state(Arc::clone(&server));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, app).await });
        (server, address)
    }
}

/// The server's response to a number, which the client expects.
pub(crate) fn echo(n: u64) -> Value {
    json!({"n": n, "square": n.wrapping_mul(n), "text": "é".repeat((n % 300) as usize)})
}

async fn inject_faults(State(server): Shared, request: Request, next: Next) -> Response {
    let fault = {
        let mut faults = server.faults.lock().unwrap();
        match faults.front_mut() {
            Some(ServerFault::Unavailable(left) | ServerFault::Throttled(left)) if *left > 1 => {
                *left -= 1;
                faults.front().copied()
            }
            _ => faults.pop_front(),
        }
    };
    server.requests.fetch_add(1, Relaxed);
    match fault {
        Some(ServerFault::Throttled(_)) => {
            return (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, "0")]).into_response();
        }
        Some(ServerFault::NoResponse) => std::future::pending().await,
        Some(_) => return StatusCode::SERVICE_UNAVAILABLE.into_response(),
        None => {}
    }
    if request.headers().get("x-key").is_none_or(|key| key != KEY) {
        let body = Json(json!({"error": "the key is not known"}));
        return (StatusCode::UNAUTHORIZED, body).into_response();
    }
    next.run(request).await
}

fn item(id: u64, name: &str) -> Value {
    json!({"id": id.to_string(), "name": name})
}

async fn list(State(server): Shared, Query(query): Query<HashMap<String, usize>>) -> Json<Value> {
    let items = server.items.lock().unwrap();
    let page: Vec<Value> = items
        .iter()
        .skip(query["start"])
        .take(query["size"])
        .map(|(id, (name, _))| item(*id, name))
        .collect();
    Json(json!({"items": page, "total": items.len()}))
}

async fn upload(
    State(server): Shared,
    Query(query): Query<HashMap<String, String>>,
    body: Bytes,
) -> Json<Value> {
    let id = server.next_id.fetch_add(1, Relaxed);
    let name = query["name"].clone();
    let created = item(id, &name);
    server.items.lock().unwrap().insert(id, (name, body));
    Json(created)
}

async fn read(State(server): Shared, Path(id): Path<u64>) -> HandlerResult {
    let items = server.items.lock().unwrap();
    let (name, _) = items.get(&id).ok_or(StatusCode::NOT_FOUND)?;
    Ok(Json(item(id, name)).into_response())
}

async fn rename(
    State(server): Shared,
    Path(id): Path<u64>,
    Json(body): Json<Value>,
) -> HandlerResult {
    let mut items = server.items.lock().unwrap();
    let (name, _) = items.get_mut(&id).ok_or(StatusCode::NOT_FOUND)?;
    *name = body["name"].as_str().ok_or(StatusCode::BAD_REQUEST)?.to_owned();
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn delete(State(server): Shared, Path(id): Path<u64>) -> HandlerResult {
    server.items.lock().unwrap().remove(&id).ok_or(StatusCode::NOT_FOUND)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// The content, with ranges and a version (RFC 9110 sections 13 and 14), as file servers do.
async fn content(State(server): Shared, Path(id): Path<u64>, headers: HeaderMap) -> HandlerResult {
    let items = server.items.lock().unwrap();
    let (name, bytes) = items.get(&id).ok_or(StatusCode::NOT_FOUND)?;
    let version = format!("\"{}-{name}\"", bytes.len());
    let header_value =
        |name| headers.get(name).and_then(|value: &http::HeaderValue| value.to_str().ok());
    let same = header_value(header::IF_RANGE).is_none_or(|wanted| wanted == version);
    let Some(range) = header_value(header::RANGE).filter(|_| same) else {
        return Ok(([(header::ETAG, version)], bytes.clone()).into_response());
    };
    let (from, to) = range.trim_start_matches("bytes=").split_once('-').unwrap();
    let from: usize = from.parse().unwrap();
    let to = to.parse().map_or(bytes.len(), |last: usize| (last + 1).min(bytes.len()));
    if from >= to {
        return Err(StatusCode::RANGE_NOT_SATISFIABLE);
    }
    let headers = [
        (header::ETAG, version),
        (header::CONTENT_RANGE, format!("bytes {from}-{}/{}", to - 1, bytes.len())),
    ];
    Ok((StatusCode::PARTIAL_CONTENT, headers, bytes.slice(from..to)).into_response())
}

async fn write(State(server): Shared, Path(n): Path<u64>) -> Json<Value> {
    *server.writes.lock().unwrap().entry(n).or_default() += 1;
    Json(echo(n))
}
