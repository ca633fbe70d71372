//! A test double of the part of MediaValet's API that transfers use. It checks the order of the steps, and what the
//! vendor's preflight checks.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicI64, AtomicU32, Ordering::SeqCst},
    },
};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
    routing::{get, patch, post, put},
};
use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::{
    KEY, TOKEN,
    azurite::Azurite,
    blob::{BlobHost, SIGNATURE},
    proxy::RecordingProxy,
};

/// The storage host that the links lead to.
#[derive(Clone)]
pub(crate) enum Storage {
    Memory(Arc<BlobHost>),
    Azurite(Arc<Azurite>, Option<Arc<RecordingProxy>>),
}

pub(crate) struct Api {
    pub(crate) url: String,
    storage: Storage,
    items: Mutex<BTreeMap<String, Item>>,
    /// The methods and paths of the requests.
    pub(crate) requests: Mutex<Vec<(Method, String)>>,
    /// The lifetime of links in seconds.
    pub(crate) link_seconds: AtomicI64,
    pub(crate) permissions: Mutex<&'static str>,
    pub(crate) bad_signature: AtomicBool,
    /// Whether the response to a change of an upload has a new, valid link.
    pub(crate) renews: AtomicBool,
    /// How many times a finished asset is not found yet.
    pub(crate) unready: AtomicU32,
    /// The status and body with which the next finishing patch is refused.
    pub(crate) refuse_patch: Mutex<Option<(u16, Value)>>,
    /// Runs at every request.
    pub(crate) at_request: Mutex<Option<Box<dyn Fn() + Send>>>,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Item {
    pub(crate) blob: String,
    pub(crate) file_name: String,
    pub(crate) details: Value,
    pub(crate) categories: Vec<String>,
    pub(crate) keywords: Vec<String>,
    pub(crate) attributes: Value,
    pub(crate) finished: bool,
    pub(crate) checked_out: bool,
    pub(crate) check_in: Value,
    pub(crate) version: u32,
}

type Shared = State<Arc<Api>>;

impl Api {
    pub(crate) async fn start(storage: Storage) -> Arc<Self> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let api = Arc::new(Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            storage,
            items: Mutex::default(),
            requests: Mutex::default(),
            link_seconds: AtomicI64::new(86_400),
            permissions: Mutex::new("rcw"),
            bad_signature: AtomicBool::new(false),
            renews: AtomicBool::new(false),
            unready: AtomicU32::new(0),
            refuse_patch: Mutex::default(),
            at_request: Mutex::default(),
        });
        let router = Router::new()
            .route("/uploads", post(create))
            .route("/uploads/{id}", put(details).merge(patch(finish)))
            .route("/uploads/{id}/categories", post(categories))
            .route("/uploads/{id}/keywords", post(keywords))
            .route("/uploads/{id}/attributes", post(attributes))
            .route("/categories/{id}", get(existing))
            .route("/attributes/{id}", get(existing))
            .route("/assets/{id}", get(asset))
            .route("/assets/{id}/checkOut", post(check_out))
            .route("/assets/{id}/renditions/{kind}", get(rendition))
            .route("/assetCheckIn/{id}/validate", post(validate))
            .route("/assetCheckIn/{id}", get(start_check_in).merge(put(check_in)))
            .layer(axum::middleware::from_fn_with_state(Arc::clone(&api), gate))
            .with_state(Arc::clone(&api));
        tokio::spawn(async move { axum::serve(listener, router).await });
        api
    }

    pub(crate) fn item(&self, id: &str) -> Item {
        self.items.lock().unwrap()[id].clone()
    }

    /// Adds an asset that exists before the test.
    pub(crate) fn add(&self, id: &str, blob: &str) {
        let item = Item { blob: blob.to_owned(), finished: true, version: 1, ..Item::default() };
        self.items.lock().unwrap().insert(id.to_owned(), item);
    }

    pub(crate) fn count(&self, method: &Method, path: &str) -> usize {
        let requests = self.requests.lock().unwrap();
        requests.iter().filter(|(seen, at)| seen == method && at == path).count()
    }

    fn link(&self, blob: &str, permissions: &str, seconds: i64) -> String {
        let bad = self.bad_signature.load(SeqCst);
        match &self.storage {
            Storage::Memory(host) => {
                host.link(blob, permissions, seconds, if bad { "bad" } else { SIGNATURE })
            }
            Storage::Azurite(azurite, proxy) => {
                let link = azurite.link(blob, permissions, seconds, bad);
                proxy.as_ref().map_or(link.clone(), |proxy| proxy.route(&link))
            }
        }
    }

    fn upload_link(&self, blob: &str) -> String {
        let permissions = *self.permissions.lock().unwrap();
        self.link(blob, permissions, self.link_seconds.load(SeqCst))
    }

    async fn length(&self, blob: &str) -> Option<u64> {
        match &self.storage {
            Storage::Memory(host) => host.bytes(blob).map(|bytes| bytes.len() as u64),
            Storage::Azurite(azurite, _) => azurite.length(blob).await,
        }
    }

    fn with<R>(&self, id: &str, change: impl FnOnce(&mut Item) -> R) -> R {
        change(self.items.lock().unwrap().entry(id.to_owned()).or_default())
    }
}

fn wrapped(payload: Value) -> Json<Value> {
    Json(json!({
        "apiVersion": "1.2", "warnings": [], "errors": [], "payload": payload,
        "meta": {"createdAt": "2026-02-06T16:58:09.8156697Z"},
    }))
}

fn error(status: u16, message: &str) -> Response {
    (StatusCode::from_u16(status).unwrap(), Json(json!({"message": message}))).into_response()
}

async fn gate(State(api): Shared, request: Request, next: Next) -> Response {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    api.requests.lock().unwrap().push((method, path));
    if let Some(action) = &*api.at_request.lock().unwrap() {
        action();
    }
    let headers = request.headers().clone();
    let is = |name: &str, value: &str| headers.get(name).is_some_and(|sent| sent == value);
    if !is("ocp-apim-subscription-key", KEY) {
        let message = "Access denied due to missing subscription key.";
        return (StatusCode::UNAUTHORIZED, Json(json!({"statusCode": 401, "message": message})))
            .into_response();
    }
    if !is("authorization", &format!("Bearer {TOKEN}")) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    assert!(is("x-mv-api-version", "1.2"), "no version was sent");
    next.run(request).await
}

async fn existing(Path(id): Path<String>) -> Response {
    wrapped(json!({"id": id})).into_response()
}

async fn create(State(api): Shared, Json(body): Json<Value>) -> Response {
    let number = api.items.lock().unwrap().len();
    let id = format!("00000000-0000-4000-8000-{number:012}");
    let blob = format!("{id}.bin");
    api.with(&id, |item| {
        item.blob.clone_from(&blob);
        item.file_name = body["filename"].as_str().unwrap().to_owned();
        item.version = 1;
    });
    let link = api.upload_link(&blob);
    let payload = json!({"id": id, "uploadUrl": link, "uploadFilename": blob});
    (StatusCode::CREATED, wrapped(payload)).into_response()
}

async fn details(State(api): Shared, Path(id): Path<String>, Json(body): Json<Value>) -> Response {
    let blob = api.with(&id, |item| {
        if body.as_object().is_some_and(|body| !body.is_empty()) {
            item.details = body.clone();
        }
        item.blob.clone()
    });
    let mut payload = json!({"id": id});
    if api.renews.load(SeqCst) {
        payload["uploadUrl"] = api.link(&blob, "rcw", 600).into();
    }
    wrapped(payload).into_response()
}

fn strings(body: &Value) -> Vec<String> {
    body.as_array().unwrap().iter().map(|item| item.as_str().unwrap().to_owned()).collect()
}

async fn categories(
    State(api): Shared,
    Path(id): Path<String>,
    Json(body): Json<Value>,
) -> Response {
    api.with(&id, |item| item.categories = strings(&body));
    // Not as documented. The call takes effect all the same.
    (StatusCode::CREATED, wrapped(json!({"unexpected": true}))).into_response()
}

async fn keywords(State(api): Shared, Path(id): Path<String>, Json(body): Json<Value>) -> Response {
    api.with(&id, |item| item.keywords = strings(&body));
    (StatusCode::CREATED, wrapped(body)).into_response()
}

async fn attributes(
    State(api): Shared,
    Path(id): Path<String>,
    Json(body): Json<Value>,
) -> Response {
    api.with(&id, |item| item.attributes = body.clone());
    (StatusCode::CREATED, wrapped(body)).into_response()
}

async fn finish(State(api): Shared, Path(id): Path<String>, Json(body): Json<Value>) -> Response {
    assert_eq!(body, json!([{"op": "replace", "path": "/status", "value": 1}]));
    if let Some((status, body)) = api.refuse_patch.lock().unwrap().take() {
        return (StatusCode::from_u16(status).unwrap(), Json(body)).into_response();
    }
    let item = api.item(&id);
    let length = api.length(&item.blob).await;
    if item.details["fileSizeInBytes"].as_u64() != length || length.is_none() {
        return error(404, "the size differs");
    }
    if item.categories.is_empty() || item.details["filename"].as_str().is_none_or(str::is_empty) {
        return error(400, "no category or no file name");
    }
    api.with(&id, |item| item.finished = true);
    wrapped(json!({"_links": {}})).into_response()
}

async fn asset(State(api): Shared, Path(id): Path<String>) -> Response {
    let item = api.items.lock().unwrap().get(&id).cloned().filter(|item| item.finished);
    let unready = api.unready.fetch_update(SeqCst, SeqCst, |left| left.checked_sub(1)).is_ok();
    let Some(item) = item.filter(|_| !unready) else { return error(404, "no such asset") };
    let link = api.link(&item.blob, "r", api.link_seconds.load(SeqCst));
    let status = if item.checked_out { 9 } else { 0 };
    let media = json!({"original": link, "thumb": null, "sasExpiry": 1});
    wrapped(json!({"id": id, "status": status, "media": media})).into_response()
}

async fn rendition(State(api): Shared, Path((id, kind)): Path<(String, String)>) -> Response {
    assert_eq!(kind, "kind-1");
    let link = api.link(&api.item(&id).blob, "r", 600);
    wrapped(json!({"renditionUrl": link})).into_response()
}

async fn check_out(
    State(api): Shared,
    Path(id): Path<String>,
    Json(body): Json<Value>,
) -> Response {
    assert_eq!(strings(&body).len(), 1);
    api.with(&id, |item| item.checked_out = true);
    (StatusCode::ACCEPTED, wrapped(json!("https://blob"))).into_response()
}

async fn validate(State(api): Shared, Path(id): Path<String>, body: Bytes) -> Response {
    let name: String = serde_json::from_slice(&body).unwrap();
    if !api.item(&id).checked_out {
        return error(409, "not checked out");
    }
    wrapped(json!(name)).into_response()
}

async fn start_check_in(State(api): Shared, Path(id): Path<String>) -> Response {
    let blob = api.with(&id, |item| {
        item.version += 1;
        item.blob = format!("{id}-v{}.bin", item.version);
        item.blob.clone()
    });
    let payload = json!({"id": "an-upload-entry", "uploadUrl": api.upload_link(&blob), "uploadFileName": blob});
    (StatusCode::ACCEPTED, wrapped(payload)).into_response()
}

async fn check_in(State(api): Shared, Path(id): Path<String>, request: Request) -> Response {
    assert_eq!(request.uri().query(), Some("priority=high"));
    let body = axum::body::to_bytes(request.into_body(), 1 << 20).await.unwrap();
    let body: Value = serde_json::from_slice(&body).unwrap();
    let item = api.item(&id);
    if body["fileSizeInBytes"].as_u64() != api.length(&item.blob).await {
        return error(400, "the size differs");
    }
    api.with(&id, |item| {
        item.checked_out = false;
        item.check_in = body;
    });
    (StatusCode::ACCEPTED, wrapped(json!({"id": id}))).into_response()
}
