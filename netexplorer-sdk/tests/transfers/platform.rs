//! A NetExplorer platform in this process, as far as moving files needs one. What its TUS endpoint gets it
//! hands to a real TUS server.

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

/// The credential of every test. It must show up in nothing but `Authorization`.
pub(crate) const CANARY: &str = "canary-9a7e11-token";

/// Where the content of a file is.
#[derive(Clone)]
pub(crate) enum Content {
    Here(Bytes),
    /// In the TUS server's folder.
    There(PathBuf),
}

#[derive(Clone)]
pub(crate) struct Stored {
    pub(crate) id: i64,
    pub(crate) folder: i64,
    pub(crate) name: String,
    pub(crate) content: Content,
    pub(crate) dates: HashMap<String, String>,
    /// How many questions it is still being put together for.
    pub(crate) assembling: u32,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Trick {
    #[default]
    None,
    /// The session key comes in an object instead of an array.
    SessionInObject,
    /// The upload is placed on another host.
    ForeignLocation,
    /// The answers to pieces are 200 and `204`, as a live platform's are.
    Status200,
    /// Every piece's offset is shifted on the way.
    ShiftedOffsets,
    /// The first piece's offset is.
    ShiftedOnce,
    /// The upload is placed at the inner port of a server behind a proxy.
    InnerPort,
    /// Names are stored in Unicode's composed form.
    ComposedNames,
    /// Names are stored with a number.
    NumberedNames,
}

#[derive(Default)]
pub(crate) struct Inner {
    pub(crate) files: Vec<Stored>,
    pub(crate) sessions: HashMap<String, Value>,
    /// Upload id by session key.
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
    /// How often a finished upload is answered with 423.
    pub(crate) assembling: AtomicU64,
    /// How many bytes of pieces went through.
    pub(crate) passed: AtomicU64,
    /// After how many bytes they stop going through.
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
            passed: AtomicU64::new(0),
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
            .route("/api/tus", any(hand_over))
            .route("/api/tus/{id}", any(hand_over))
            .layer(axum::extract::DefaultBodyLimit::disable())
            .layer(axum::middleware::from_fn_with_state(Arc::clone(&platform), note))
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

    fn is(&self, trick: Trick) -> bool {
        *self.trick.lock().unwrap() == trick
    }

    pub(crate) fn play(&self, trick: Trick) {
        *self.trick.lock().unwrap() = trick;
    }

    /// Keeps the bytes of a new version and answers it.
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
            let answer = describe(&file);
            inner.files.push(file);
            answer
        })
    }
}

fn describe(file: &Stored) -> Value {
    let size = match &file.content {
        Content::Here(bytes) => bytes.len() as u64,
        Content::There(path) => std::fs::metadata(path).unwrap().len(),
    };
    json!({"id": file.id, "name": file.name, "parent_id": file.folder, "size": size,
        "guid": format!("guid-{}", file.name), "creation": file.dates.get("creation"),
        "modification": file.dates.get("modification")})
}

/// Notes every request, and lets none in without the credential.
async fn note(
    State(platform): State<Shared>,
    request: Request,
    next: axum::middleware::Next,
) -> Response<Body> {
    let uri = request.uri().to_string();
    let noted = (request.method().clone(), uri, request.headers().clone());
    let good = request.headers().get(header::AUTHORIZATION);
    let good = good.is_some_and(|value| value.as_bytes() == format!("Bearer {CANARY}").as_bytes());
    platform.with(|inner| inner.requests.push(noted));
    if !good {
        return error(StatusCode::UNAUTHORIZED, "Le jeton n'est pas valide");
    }
    next.run(request).await
}

fn error(status: StatusCode, words: &str) -> Response<Body> {
    let body = json!({"error": words}).to_string();
    let response = Response::builder().status(status);
    response.header(header::CONTENT_TYPE, "application/json").body(body.into()).unwrap()
}

fn ok(value: Value) -> Response<Body> {
    let response = Response::builder().header(header::CONTENT_TYPE, "application/json");
    response.body(value.to_string().into()).unwrap()
}

async fn session(State(platform): State<Shared>, Json(asked): Json<Value>) -> Response<Body> {
    if let Some(token) = asked["token"].as_str() {
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
        return ok(platform.store(folder, name, Content::There(path), HashMap::new()));
    }
    let key = platform.with(|inner| {
        let key = format!("session-{}", inner.sessions.len() + 1);
        inner.sessions.insert(key.clone(), asked);
        key
    });
    let object = json!({"sessionKey": key});
    ok(if platform.is(Trick::SessionInObject) { object } else { json!([object]) })
}

/// The real TUS server answers, but for the tricks.
async fn hand_over(State(platform): State<Shared>, request: Request) -> Response<Body> {
    let (mut head, body) = request.into_parts();
    let (tus, _) = platform.tus.as_ref().expect("a TUS server");
    if head.method == Method::PATCH
        && (platform.is(Trick::ShiftedOffsets) || platform.is(Trick::ShiftedOnce))
    {
        head.headers.insert("upload-offset", HeaderValue::from_static("1"));
        if platform.is(Trick::ShiftedOnce) {
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
            let passed = platform.passed.fetch_add(length, Ordering::SeqCst) + length;
            if passed >= platform.barrier.load(Ordering::SeqCst) {
                platform.at_barrier.notify_one();
                // Whoever waits at the barrier ends the client, and then says so: a connection whose body
                // nobody reads does not tell.
                platform.client_gone.notified().await;
                return Err(axum::Error::new(std::io::Error::from(std::io::ErrorKind::BrokenPipe)));
            }
            piece
        }
    });
    let body = reqwest::Body::wrap_stream(body);
    let sent = platform.http.request(head.method.clone(), url).headers(head.headers.clone());
    let answer = sent.body(body).send().await;
    let Ok(answer) = answer else { return error(StatusCode::BAD_GATEWAY, "") };
    let mut response = Response::new(Body::empty());
    *response.status_mut() = answer.status();
    *response.headers_mut() = answer.headers().clone();
    // These are of one connection (RFC 9110 section 7.6.1).
    for name in [header::CONNECTION, header::TRANSFER_ENCODING, header::CONTENT_LENGTH] {
        response.headers_mut().remove(name);
    }
    response.headers_mut().remove("keep-alive");
    if let Some(location) = answer.headers().get(header::LOCATION) {
        let location = location.to_str().unwrap();
        let id = location.rsplit('/').next().unwrap().to_owned();
        let token = head.headers["upload-metadata"].to_str().unwrap().to_owned();
        platform.with(|inner| {
            let encoded = |key: &String| {
                use base64::Engine as _;
                base64::engine::general_purpose::STANDARD.encode(key)
            };
            let key = inner.sessions.keys().find(|key| token == format!("token {}", encoded(key)));
            let key = key.expect("the session key in the metadata").clone();
            inner.uploads.insert(key, id);
        });
        if platform.is(Trick::InnerPort) {
            let mut inner: reqwest::Url = location.parse().unwrap();
            inner.set_port(Some(9)).unwrap();
            let inner = inner.to_string();
            response.headers_mut().insert(header::LOCATION, inner.parse().unwrap());
        }
        if platform.is(Trick::ForeignLocation) {
            let foreign = HeaderValue::from_static("https://evil.example/api/tus/1");
            response.headers_mut().insert(header::LOCATION, foreign);
        }
    }
    *response.body_mut() = Body::from(answer.bytes().await.unwrap_or_default());
    if platform.is(Trick::Status200) && head.method == Method::PATCH {
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
    let number = |name: &str| fields.get(name).map(|text| text.parse::<u64>().unwrap());
    let folder = number("folderId").unwrap() as i64;
    let size = number("fileSize").unwrap();
    if name == "taken" {
        let words = "Un élément du même nom existe déjà. Veuillez saisir un nom différent.";
        return error(StatusCode::FORBIDDEN, words);
    }
    let dates: HashMap<_, _> = query
        .into_iter()
        .filter(|(name, _)| name == "creation" || name == "modification")
        .collect();
    let Some(chunk) = number("chunk") else {
        assert_eq!(content.len() as u64, size);
        // As some platforms do with some names.
        let name = if name == "renamed" { "renamed (1)" } else { &name };
        return ok(platform.store(folder, name, Content::Here(content), dates));
    };
    let chunks = number("chunks").unwrap();
    let whole = platform.with(|inner| {
        assert_eq!(inner.chunks.len() as u64, chunk, "chunks come in order");
        inner.chunks.push((chunk, content));
        (chunk + 1 == chunks).then(|| {
            let pieces = std::mem::take(&mut inner.chunks);
            pieces.into_iter().flat_map(|(_, bytes)| bytes).collect::<Bytes>()
        })
    });
    let Some(whole) = whole else { return ok(json!([])) };
    if platform.is(Trick::ComposedNames) {
        name = unicode_normalization::UnicodeNormalization::nfc(&*name).collect();
    } else if platform.is(Trick::NumberedNames) {
        name = name.replace('.', " (1).");
    }
    assert_eq!(whole.len() as u64, size);
    let file = platform.store(folder, &name, Content::Here(whole), dates);
    if platform.assembling.load(Ordering::SeqCst) > 0 {
        return error(StatusCode::LOCKED, "Le fichier est en cours d'assemblage");
    }
    ok(file)
}

async fn folder(State(platform): State<Shared>, Path(id): Path<i64>) -> Response<Body> {
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
    // A folder holds its folder of ten times the number, three levels deep.
    let below = id * 10;
    let folders = match id {
        1..100 => vec![
            json!({"id": below, "name": format!("f{below}")}),
            json!({"id": null, "name": "shared"}),
        ],
        // A shortcut upwards.
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
    let answer = platform.with(|inner| {
        let file = inner.files.iter_mut().find(|file| file.id == id)?;
        file.dates = dates;
        Some(describe(file))
    });
    answer.map_or_else(|| error(StatusCode::NOT_FOUND, "Fichier introuvable"), ok)
}

async fn replace(State(platform): State<Shared>, Path(id): Path<i64>, body: Bytes) -> StatusCode {
    platform.with(|inner| {
        let file = inner.files.iter_mut().find(|file| file.id == id).unwrap();
        file.content = Content::Here(body);
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
    let Some(Content::Here(bytes)) = content else {
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
