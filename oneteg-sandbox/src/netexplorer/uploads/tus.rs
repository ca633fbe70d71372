//! The resumable upload: TUS 1.0.0 between two calls of the vendor's own.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, HOST, LOCATION};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use futures_util::StreamExt;
use serde_json::json;

use super::{Target, TusUpload, form, stream};
use crate::netexplorer::answer::{Answer, Outcome};
use crate::netexplorer::call::{Call, Caller};
use crate::netexplorer::errors::Failure;
use crate::netexplorer::members::Members;
use crate::netexplorer::render;
use crate::netexplorer::room::Room;
use crate::netexplorer::state::{Dates, Gathering, Store};

const RESUMABLE: HeaderName = HeaderName::from_static("tus-resumable");
const VERSION: HeaderValue = HeaderValue::from_static("1.0.0");
const OFFSET: HeaderName = HeaderName::from_static("upload-offset");
const LENGTH: HeaderName = HeaderName::from_static("upload-length");

type Shared = State<Arc<Room>>;

/// A refusal, with the offset reached where that helps.
struct Refused(Failure, Option<u64>);

impl From<Failure> for Refused {
    fn from(failure: Failure) -> Self {
        Self(failure, None)
    }
}

impl Refused {
    fn offset(reached: u64) -> Self {
        Self(Failure::conflict(format!("la position atteinte est {reached}")), Some(reached))
    }
}

fn respond(result: Result<Response, Refused>) -> Response {
    let mut response = match result {
        Ok(response) => response,
        Err(Refused(failure, reached)) => {
            let mut response = failure.into_response();
            if let Some(reached) = reached {
                response.headers_mut().insert(OFFSET, reached.into());
            }
            if response.status() == StatusCode::PRECONDITION_FAILED {
                response.headers_mut().insert("tus-version", VERSION);
            }
            response
        }
    };
    response.headers_mut().insert(RESUMABLE, VERSION);
    response
}

/// `POST /file/tus`: opens a session, or ends one with `token`.
pub(crate) fn file(store: &mut Store, call: &Call) -> Outcome {
    if let Some(token) = call.body.text("token")? {
        return finish(store, call, token);
    }
    let name = Members::needed("name", call.body.text("name")?)?.to_owned();
    let folder = Members::needed("target", call.body.id("target")?)?;
    let size = Members::needed("size", call.body.id("size")?)?;
    let target = Target { user: call.caller.user, folder, name };
    let key = stream::session(store, (target, call.caller), size)?;
    // Both forms have been seen; the sandbox takes turns.
    let object = json!({ "sessionKey": key });
    let turn = store.uploads.sessions.len() % 2;
    Ok(Answer::Step(StatusCode::OK, if turn == 1 { json!([object]) } else { object }))
}

/// Ending a session twice answers the same file: it is made once.
fn finish(store: &mut Store, call: &Call, token: &str) -> Outcome {
    if !store.uploads.sessions.contains_key(token) {
        return Err(store.uploads.absent(token));
    }
    let uploads = &mut store.uploads;
    let session = uploads.sessions.get_mut(token).ok_or_else(Failure::missing)?;
    if session.target.user != call.caller.user {
        return Err(Failure::forbidden());
    }
    if let Some(done) = session.done {
        let found = store.tree.file(done, call.caller)?;
        return Ok(Answer::Step(StatusCode::OK, render::file(store, found, true)));
    }
    let id = session.upload.clone().unwrap_or_default();
    let complete = uploads.tus.get(&id).is_some_and(|upload| upload.gathering.len() == upload.size);
    if !complete {
        return Err(Failure::assembling());
    }
    if session.polls_left > 0 {
        session.polls_left -= 1;
        return Err(Failure::assembling());
    }
    let (target, caller): (Target, Caller) = (session.target.clone(), session.caller);
    store.tree.check_place(target.folder, &target.name, caller)?;
    let upload = store.uploads.tus.remove(&id).ok_or_else(Failure::missing)?;
    let content = upload.gathering.finish();
    let placed = form::place(store, &target, content, Dates::default(), caller)?;
    if let Some(session) = store.uploads.sessions.get_mut(token) {
        session.done = Some(placed.id);
    }
    let found = store.tree.live(placed.id).ok_or_else(Failure::missing)?;
    Answer::ok(render::file(store, found, true))
}

/// The caller, if the request speaks the one version of TUS there is.
fn caller(room: &Room, headers: &HeaderMap) -> Result<Caller, Refused> {
    let caller = room.store().caller(headers)?;
    if headers.get(RESUMABLE) == Some(&VERSION) {
        return Ok(caller);
    }
    let message = "« Tus-Resumable » doit être 1.0.0.";
    Err(Failure::new(StatusCode::PRECONDITION_FAILED, message).into())
}

fn number(headers: &HeaderMap, name: &HeaderName) -> Result<u64, Refused> {
    let number = headers.get(name).and_then(|value| value.to_str().ok()?.parse().ok());
    number.ok_or_else(|| Failure::invalid(format!("« {name} » doit être un nombre")).into())
}

/// `POST /tus`. Asking again for the same session answers the same upload.
pub(crate) async fn create(State(room): Shared, headers: HeaderMap) -> Response {
    respond(created(&room, &headers))
}

fn created(room: &Room, headers: &HeaderMap) -> Result<Response, Refused> {
    let caller = caller(room, headers)?;
    let size = number(headers, &LENGTH)?;
    let key = session_key(headers)
        .ok_or_else(|| Failure::invalid("« Upload-Metadata » doit donner « token » en base64"))?;
    if size > room.upload_limit as u64 {
        return Err(Failure::too_large(room.upload_limit).into());
    }
    let mut store = room.store();
    let absent = store.uploads.absent(&key);
    let session = store.uploads.sessions.get(&key).ok_or(absent)?;
    if session.target.user != caller.user {
        return Err(Failure::forbidden().into());
    }
    if session.size != size {
        return Err(Failure::invalid("« Upload-Length » n'est pas la taille annoncée").into());
    }
    if session.done.is_some() {
        return Err(Failure::conflict("le transfert est terminé").into());
    }
    let id = match &session.upload {
        Some(id) => id.clone(),
        None => {
            let id = store.fresh("upload");
            let upload = TusUpload { user: caller.user, size, gathering: Gathering::default() };
            store.uploads.tus.insert(id.clone(), upload);
            if let Some(session) = store.uploads.sessions.get_mut(&key) {
                session.upload = Some(id.clone());
            }
            id
        }
    };
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let base = host.map(|host| format!("http://{host}")).unwrap_or_default();
    Ok((StatusCode::CREATED, [(LOCATION, format!("{base}/api/tus/{id}"))]).into_response())
}

/// The session key in `Upload-Metadata`: pairs of a word and a value in Base64, joined by commas.
fn session_key(headers: &HeaderMap) -> Option<String> {
    let metadata = headers.get("upload-metadata")?.to_str().ok()?;
    let token = metadata.split(',').find_map(|pair| pair.trim().strip_prefix("token "))?;
    String::from_utf8(BASE64_STANDARD.decode(token.trim()).ok()?).ok()
}

/// The upload of this id, if it is the caller's.
fn named<'a>(store: &'a mut Store, id: &str, caller: Caller) -> Result<&'a mut TusUpload, Refused> {
    let absent = store.uploads.absent(id);
    let upload = store.uploads.tus.get_mut(id).ok_or(absent)?;
    if upload.user == caller.user { Ok(upload) } else { Err(Failure::forbidden().into()) }
}

/// `HEAD /tus/{uploadId}`
pub(crate) async fn offset(
    State(room): Shared,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let offset = || {
        let caller = caller(&room, &headers)?;
        let mut store = room.store();
        let upload = named(&mut store, &id, caller)?;
        let numbers = [(OFFSET, upload.gathering.len()), (LENGTH, upload.size)];
        let numbers = numbers.map(|(name, number)| (name, HeaderValue::from(number)));
        let no_store = (CACHE_CONTROL, HeaderValue::from_static("no-store"));
        Ok((StatusCode::OK, [no_store], HeaderMap::from_iter(numbers)).into_response())
    };
    respond(offset())
}

/// `PATCH /tus/{uploadId}`: 200 where TUS has 204, as has been seen. What has come of a chunk that is cut off
/// is kept.
pub(crate) async fn chunk(
    State(room): Shared,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    respond(appended(&room, &id, &headers, body).await)
}

async fn appended(
    room: &Room,
    id: &str,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Refused> {
    let caller = caller(room, headers)?;
    let kind = headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes);
    if kind != Some(b"application/offset+octet-stream") {
        let message = "« Content-Type » doit être application/offset+octet-stream.";
        return Err(Failure::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, message).into());
    }
    let mut offset = number(headers, &OFFSET)?;
    let reached = named(&mut room.store(), id, caller)?.gathering.len();
    if reached != offset {
        return Err(Refused::offset(reached));
    }
    let mut pieces = body.into_data_stream();
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|_| Failure::invalid("le corps a été interrompu"))?;
        let mut store = room.store();
        let upload = named(&mut store, id, caller)?;
        // Another request may have gone on with the upload.
        let reached = upload.gathering.len();
        if reached != offset {
            return Err(Refused::offset(reached));
        }
        if offset + piece.len() as u64 > upload.size {
            return Err(Refused(Failure::too_large(upload.size), Some(reached)));
        }
        upload.gathering.add(&piece);
        offset = upload.gathering.len();
    }
    Ok((StatusCode::OK, [(OFFSET, HeaderValue::from(offset))], "204").into_response())
}

/// `DELETE /tus/{uploadId}`
pub(crate) async fn cancel(
    State(room): Shared,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let cancelled = || {
        let caller = caller(&room, &headers)?;
        let mut store = room.store();
        named(&mut store, &id, caller)?;
        store.uploads.tus.remove(&id);
        store.uploads.expired.insert(id.clone());
        Ok(StatusCode::NO_CONTENT.into_response())
    };
    respond(cancelled())
}
