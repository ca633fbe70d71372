//! A NetExplorer platform in this process, as far as transfers need one. Its TUS endpoint forwards requests to a
//! real TUS server.

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::{
    Json, Router,
    body::{Body, Bytes},
    extract::{Multipart, Path, Query, Request, State},
    http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header},
    routing::{any, get, post, put},
};
use futures_util::StreamExt;
use netexplorer_sdk::{Client, reqwest};
use serde_json::{Value, json};
use tokio::sync::Notify;

/// The credential of all tests. It must appear only in `Authorization`.
pub(crate) const CANARY: &str = "canary-9a7e11-token";

/// Where the content of a file is stored.
#[derive(Clone)]
pub(crate) enum Content {
    Memory(Bytes),
    /// A path in the TUS server's folder.
    TusFolder(PathBuf),
}

#[derive(Clone)]
pub(crate) struct Stored {
    pub(crate) id: i64,
    pub(crate) folder: i64,
    pub(crate) name: String,
    pub(crate) content: Content,
    pub(crate) dates: HashMap<String, String>,
    /// How many more listings of the folder leave it out.
    pub(crate) assembling: u32,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
/// A deviation of the platform.
pub(crate) enum Trick {
    #[default]
    None,
    /// The session key comes in an object instead of an array.
    SessionInObject,
    /// The upload is placed on another host.
    ForeignLocation,
    /// Pieces get status 200 with the body `204`, as on a live platform.
    Status200,
    /// The offset of every piece is changed on the way.
    ShiftedOffsets,
    /// The offset of the first piece is changed on the way.
    ShiftedOnce,
    /// The upload is placed at the inner port of a server behind a proxy.
    InnerPort,
    /// Names are stored in Unicode's composed form.
    ComposedNames,
    /// Names are stored with a number appended.
    NumberedNames,
    /// A new session is the earlier one of the same name and length, with its bytes.
    EarlierSession,
    /// Such a session cannot be deleted either.
    KeptSession,
    /// The next listing of a folder gets 423.
    LockedFolder,
}

#[derive(Default)]
pub(crate) struct Inner {
    pub(crate) files: Vec<Stored>,
    pub(crate) sessions: HashMap<String, Value>,
    /// Upload ID by session key.
    pub(crate) uploads: HashMap<String, String>,
    pub(crate) chunks: Vec<(u64, Bytes)>,
    /// Method, path with query, and headers of every request.
    pub(crate) requests: Vec<(Method, String, HeaderMap)>,
    next_id: i64,
}

pub(crate) struct Platform {
    pub(crate) url: String,
    inner: Mutex<Inner>,
    /// The real TUS server, and its folder.
    tus: Option<(String, PathBuf)>,
    pub(crate) trick: Mutex<Trick>,
    /// How often a finished upload still gets 423.
    pub(crate) assembling: AtomicU64,
    /// Number of bytes forwarded to the TUS server.
    pub(crate) forwarded: AtomicU64,
    /// Number of bytes after which forwarding stops.
    pub(crate) barrier: AtomicU64,
    pub(crate) at_barrier: Notify,
    pub(crate) client_gone: Notify,
    http: reqwest::Client,
}

type Shared = Arc<Platform>;

impl Platform {
    pub(crate) async fn start(tus: Option<(String, PathBuf)>) -> Shared {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let platform = Arc::new(Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            inner: Mutex::default(),
            tus,
            trick: Mutex::default(),
            assembling: AtomicU64::new(0),
            forwarded: AtomicU64::new(0),
            barrier: AtomicU64::new(u64::MAX),
            at_barrier: Notify::new(),
            client_gone: Notify::new(),
            http: reqwest::Client::new(),
        });
        let router = Router::new()
            .route("/api/file/tus", post(session))
            .route("/api/file/upload", post(upload))
            .route("/api/file/{id}", put(update))
            .route("/api/file/{id}/upload", put(replace))
            .route("/api/file/{id}/download", get(download))
            .route("/api/folder/{id}", get(folder))
            .route("/api/tus", any(forward_to_tus))
            .route("/api/tus/{id}", any(forward_to_tus))
            .layer(axum::extract::DefaultBodyLimit::disable())
            .layer(axum::middleware::from_fn_with_state(Arc::clone(&platform), record))
            .with_state(Arc::clone(&platform));
        tokio::spawn(async move { axum::serve(listener, router).await });
        platform
    }

    pub(crate) fn client(&self) -> Client {
        Client::builder(&self.url).access_token(CANARY).build().unwrap()
    }

    pub(crate) fn with<R>(&self, with: impl FnOnce(&mut Inner) -> R) -> R {
        with(&mut self.inner.lock().unwrap())
    }

    fn plays(&self, trick: Trick) -> bool {
        *self.trick.lock().unwrap() == trick
    }

    pub(crate) fn play(&self, trick: Trick) {
        *self.trick.lock().unwrap() = trick;
    }

    /// The upload that a session already has.
    fn upload_of(&self, metadata: &HeaderValue) -> Option<String> {
        self.with(|inner| {
            let mut uploads = inner.uploads.iter();
            uploads.find(|(key, _)| is_metadata_of(metadata, key)).map(|(_, id)| id.clone())
        })
    }

    /// Stores a new version and returns it as JSON.
    fn store(
        &self,
        folder: i64,
        name: &str,
        content: Content,
        dates: HashMap<String, String>,
    ) -> Value {
        let assembling = self.assembling.load(Ordering::SeqCst) as u32;
        self.with(|inner| {
            inner.next_id += 1;
            let file = Stored {
                id: inner.next_id,
                folder,
                name: name.to_owned(),
                content,
                dates,
                assembling,
            };
            let json = describe(&file);
            inner.files.push(file);
            json
        })
    }
}

/// Whether the `Upload-Metadata` are those of a session.
fn is_metadata_of(metadata: &HeaderValue, key: &str) -> bool {
    use base64::Engine as _;
    let token = base64::engine::general_purpose::STANDARD.encode(key);
    metadata.as_bytes() == format!("token {token}").as_bytes()
}

fn describe(file: &Stored) -> Value {
    let size = match &file.content {
        Content::Memory(bytes) => bytes.len() as u64,
        Content::TusFolder(path) => std::fs::metadata(path).unwrap().len(),
    };
    json!({"id": file.id, "name": file.name, "parent_id": file.folder, "size": size,
        "guid": format!("guid-{}", file.name), "creation": file.dates.get("creation"),
        "modification": file.dates.get("modification")})
}

/// Records every request, and rejects those without the credential.
async fn record(
    State(platform): State<Shared>,
    request: Request,
    next: axum::middleware::Next,
) -> Response<Body> {
    let uri = request.uri().to_string();
    let recorded = (request.method().clone(), uri, request.headers().clone());
    let authorization = request.headers().get(header::AUTHORIZATION);
    let is_authorised = authorization
        .is_some_and(|value| value.as_bytes() == format!("Bearer {CANARY}").as_bytes());
    platform.with(|inner| inner.requests.push(recorded));
    if !is_authorised {
        return error(StatusCode::UNAUTHORIZED, "Le jeton n'est pas valide");
    }
    next.run(request).await
}

fn error(status: StatusCode, message: &str) -> Response<Body> {
    let body = json!({"error": message}).to_string();
    let response = Response::builder().status(status);
    response.header(header::CONTENT_TYPE, "application/json").body(body.into()).unwrap()
}

fn ok(value: Value) -> Response<Body> {
    let response = Response::builder().header(header::CONTENT_TYPE, "application/json");
    response.body(value.to_string().into()).unwrap()
}

async fn session(State(platform): State<Shared>, Json(body): Json<Value>) -> Response<Body> {
    if let Some(token) = body["token"].as_str() {
        let busy = platform.assembling.load(Ordering::SeqCst);
        if busy > 0 {
            platform.assembling.store(busy - 1, Ordering::SeqCst);
            return error(StatusCode::LOCKED, "Le fichier est en cours de transfert");
        }
        let (session, upload) =
            platform.with(|inner| (inner.sessions[token].clone(), inner.uploads[token].clone()));
        let path = platform.tus.as_ref().unwrap().1.join(upload);
        assert_eq!(std::fs::metadata(&path).unwrap().len(), session["size"].as_u64().unwrap());
        let (folder, name) =
            (session["target"].as_i64().unwrap(), session["name"].as_str().unwrap());
        return ok(platform.store(folder, name, Content::TusFolder(path), HashMap::new()));
    }
    let returns_earlier =
        platform.plays(Trick::EarlierSession) || platform.plays(Trick::KeptSession);
    let key = platform.with(|inner| {
        let mut sessions =
            inner.sessions.iter().filter(|(key, _)| inner.uploads.contains_key(*key));
        if let Some((key, _)) = sessions.find(|(_, session)| returns_earlier && **session == body) {
            return key.clone();
        }
        let key = format!("session-{}", inner.sessions.len() + 1);
        inner.sessions.insert(key.clone(), body);
        key
    });
    let object = json!({"sessionKey": key});
    ok(if platform.plays(Trick::SessionInObject) { object } else { json!([object]) })
}

/// Forwards to the real TUS server, changed by the trick.
async fn forward_to_tus(State(platform): State<Shared>, request: Request) -> Response<Body> {
    let (mut head, body) = request.into_parts();
    let (tus, _) = platform.tus.as_ref().expect("a TUS server");
    if head.method == Method::DELETE && platform.plays(Trick::KeptSession) {
        return error(StatusCode::FORBIDDEN, "Vous n'avez pas les droits");
    }
    if head.method == Method::DELETE {
        let id = head.uri.path().rsplit('/').next().unwrap_or_default();
        platform.with(|inner| inner.uploads.retain(|_, upload| upload != id));
    }
    if let Some(upload) = head.headers.get("upload-metadata").and_then(|it| platform.upload_of(it))
    {
        let created = Response::builder().status(StatusCode::CREATED);
        let created = created.header(header::LOCATION, format!("/api/tus/{upload}"));
        return created.body(Body::empty()).unwrap();
    }
    if head.method == Method::PATCH
        && (platform.plays(Trick::ShiftedOffsets) || platform.plays(Trick::ShiftedOnce))
    {
        head.headers.insert("upload-offset", HeaderValue::from_static("1"));
        if platform.plays(Trick::ShiftedOnce) {
            platform.play(Trick::None);
        }
    }
    let url = format!("{tus}{}", head.uri);
    head.headers.remove(header::AUTHORIZATION);
    let counted = Arc::clone(&platform);
    let body = body.into_data_stream().then(move |piece| {
        let platform = Arc::clone(&counted);
        async move {
            let length = piece.as_ref().map_or(0, Bytes::len) as u64;
            let forwarded = platform.forwarded.fetch_add(length, Ordering::SeqCst) + length;
            if forwarded >= platform.barrier.load(Ordering::SeqCst) {
                platform.at_barrier.notify_one();
                // The test waits for the barrier, kills the client and then notifies: a connection whose body
                // nobody reads does not reveal that it is closed.
                platform.client_gone.notified().await;
                return Err(axum::Error::new(std::io::Error::from(std::io::ErrorKind::BrokenPipe)));
            }
            piece
        }
    });
    let body = reqwest::Body::wrap_stream(body);
    let sent = platform.http.request(head.method.clone(), url).headers(head.headers.clone());
    let received = sent.body(body).send().await;
    let Ok(received) = received else { return error(StatusCode::BAD_GATEWAY, "") };
    let mut response = Response::new(Body::empty());
    *response.status_mut() = received.status();
    *response.headers_mut() = received.headers().clone();
    // These belong to one connection (RFC 9110 section 7.6.1).
    for name in [header::CONNECTION, header::TRANSFER_ENCODING, header::CONTENT_LENGTH] {
        response.headers_mut().remove(name);
    }
    response.headers_mut().remove("keep-alive");
    if let Some(location) = received.headers().get(header::LOCATION) {
        let location = location.to_str().unwrap();
        let id = location.rsplit('/').next().unwrap().to_owned();
        let metadata = &head.headers["upload-metadata"];
        platform.with(|inner| {
            let key = inner.sessions.keys().find(|key| is_metadata_of(metadata, key));
            let key = key.expect("the session key in the metadata").clone();
            inner.uploads.insert(key, id);
        });
        if platform.plays(Trick::InnerPort) {
            let mut inner: reqwest::Url = location.parse().unwrap();
            inner.set_port(Some(9)).unwrap();
            let inner = inner.to_string();
            response.headers_mut().insert(header::LOCATION, inner.parse().unwrap());
        }
        if platform.plays(Trick::ForeignLocation) {
            let foreign = HeaderValue::from_static("https://evil.example/api/tus/1");
            response.headers_mut().insert(header::LOCATION, foreign);
        }
    }
    *response.body_mut() = Body::from(received.bytes().await.unwrap_or_default());
    if platform.plays(Trick::Status200) && head.method == Method::PATCH {
        *response.status_mut() = StatusCode::OK;
        *response.body_mut() = Body::from("204");
    }
    response
}

async fn upload(
    State(platform): State<Shared>,
    Query(query): Query<HashMap<String, String>>,
    mut form: Multipart,
) -> Response<Body> {
    let (mut fields, mut content, mut name) = (HashMap::new(), Bytes::new(), String::new());
    while let Some(field) = form.next_field().await.unwrap() {
        let field_name = field.name().unwrap().to_owned();
        if field_name == "targetFile" {
            name = field.file_name().unwrap().to_owned();
            content = field.bytes().await.unwrap();
        } else {
            fields.insert(field_name, field.text().await.unwrap());
        }
    }
    let number = |name: &str| fields.get(name).map(|value| value.parse::<u64>().unwrap());
    let folder = number("folderId").unwrap() as i64;
    let size = number("fileSize").unwrap();
    if name == "taken" {
        let message = "Un élément du même nom existe déjà. Veuillez saisir un nom différent.";
        return error(StatusCode::FORBIDDEN, message);
    }
    let dates: HashMap<_, _> = query
        .into_iter()
        .filter(|(name, _)| name == "creation" || name == "modification")
        .collect();
    let Some(chunk) = number("chunk") else {
        assert_eq!(content.len() as u64, size);
        // Some platforms rename some files.
        let name = if name == "renamed" { "renamed (1)" } else { &name };
        return ok(platform.store(folder, name, Content::Memory(content), dates));
    };
    let chunks = number("chunks").unwrap();
    let whole = platform.with(|inner| {
        assert_eq!(inner.chunks.len() as u64, chunk, "a chunk is out of order");
        inner.chunks.push((chunk, content));
        (chunk + 1 == chunks).then(|| {
            let pieces = std::mem::take(&mut inner.chunks);
            pieces.into_iter().flat_map(|(_, bytes)| bytes).collect::<Bytes>()
        })
    });
    let Some(whole) = whole else { return ok(json!([])) };
    if platform.plays(Trick::ComposedNames) {
        name = unicode_normalization::UnicodeNormalization::nfc(&*name).collect();
    } else if platform.plays(Trick::NumberedNames) {
        name = name.replace('.', " (1).");
    }
    assert_eq!(whole.len() as u64, size);
    let file = platform.store(folder, &name, Content::Memory(whole), dates);
    if platform.assembling.load(Ordering::SeqCst) > 0 {
        return error(StatusCode::LOCKED, "Le fichier est en cours d'assemblage");
    }
    ok(file)
}

async fn folder(State(platform): State<Shared>, Path(id): Path<i64>) -> Response<Body> {
    if platform.plays(Trick::LockedFolder) {
        platform.play(Trick::None);
        return error(StatusCode::LOCKED, "Le dossier est verrouillé");
    }
    let files: Vec<Value> = platform.with(|inner| {
        let mut listed = Vec::new();
        for file in inner.files.iter_mut().filter(|file| file.folder == id) {
            if file.assembling > 0 {
                file.assembling -= 1;
            } else {
                listed.push(describe(file));
            }
        }
        listed
    });
    // Each folder contains one with ten times its ID, three levels deep.
    let below = id * 10;
    let folders = match id {
        1..100 => vec![
            json!({"id": below, "name": format!("f{below}")}),
            json!({"id": null, "name": "shared"}),
        ],
        // A shortcut to the top.
        100..1000 => vec![json!({"id": 1, "name": "up"}), json!({"id": 9999, "name": "closed"})],
        9999 => return error(StatusCode::FORBIDDEN, "Vous n'avez pas les droits"),
        _ => vec![],
    };
    ok(json!({"id": id, "name": format!("f{id}"), "content": {"files": files, "folders": folders}}))
}

async fn update(
    State(platform): State<Shared>,
    Path(id): Path<i64>,
    Json(dates): Json<HashMap<String, String>>,
) -> Response<Body> {
    let updated = platform.with(|inner| {
        let file = inner.files.iter_mut().find(|file| file.id == id)?;
        file.dates = dates;
        Some(describe(file))
    });
    updated.map_or_else(|| error(StatusCode::NOT_FOUND, "Fichier introuvable"), ok)
}

async fn replace(State(platform): State<Shared>, Path(id): Path<i64>, body: Bytes) -> StatusCode {
    platform.with(|inner| {
        let file = inner.files.iter_mut().find(|file| file.id == id).unwrap();
        file.content = Content::Memory(body);
    });
    StatusCode::NO_CONTENT
}

async fn download(
    State(platform): State<Shared>,
    Path(id): Path<i64>,
    headers: HeaderMap,
) -> Response<Body> {
    let content = platform.with(|inner| {
        inner.files.iter().find(|file| file.id == id).map(|file| file.content.clone())
    });
    let Some(Content::Memory(bytes)) = content else {
        return error(StatusCode::NOT_FOUND, "Fichier introuvable");
    };
    let range = headers.get(header::RANGE).map(|range| range.to_str().unwrap().to_owned());
    let Some((start, end)) =
        range.as_deref().and_then(|range| range["bytes=".len()..].split_once('-'))
    else {
        return Response::new(bytes.into());
    };
    let start: usize = start.parse().unwrap();
    let end = end.parse::<usize>().map_or(bytes.len(), |end| (end + 1).min(bytes.len()));
    let response = Response::builder()
        .status(StatusCode::PARTIAL_CONTENT)
        .header(header::ETAG, "\"v1\"")
        .header(header::CONTENT_RANGE, format!("bytes {start}-{}/{}", end - 1, bytes.len()));
    tokio::time::sleep(Duration::from_millis(1)).await;
    response.body(bytes.slice(start..end).into()).unwrap()
}
