//! The stream upload: opened as JSON at `POST /file/upload`, filled by `PUT /file/upload`.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::{Session, Target, content, form};
use crate::netexplorer::answer::{Answer, Outcome};
use crate::netexplorer::call::{Caller, Query};
use crate::netexplorer::errors::Failure;
use crate::netexplorer::members::Members;
use crate::netexplorer::room::Room;
use crate::netexplorer::state::{Dates, Store, Stored};

/// Opens a session for content of a known size.
pub(super) fn session(
    store: &mut Store,
    (target, caller): (Target, Caller),
    size: u64,
) -> Result<String, Failure> {
    store.tree.check_place(target.folder, &target.name, caller)?;
    let polls_left = store.uploads.polls;
    let key = store.fresh("session");
    let session = Session { target, caller, size, polls_left, upload: None, done: None };
    store.uploads.sessions.insert(key.clone(), session);
    Ok(key)
}

/// `targetPath` is the file's name.
pub(super) async fn open(room: &Room, caller: Caller, body: Body) -> Outcome {
    let body = Members::read(&content(body, 1 << 20).await?)?;
    if body.text("uploadMethod")? != Some("stream") {
        return Err(Failure::invalid("« uploadMethod » doit être stream"));
    }
    let size = Members::needed("fileSize", body.id("fileSize")?)?;
    let folder = Members::needed("folderId", body.id("folderId")?)?;
    let name = Members::needed("targetPath", body.text("targetPath")?)?.to_owned();
    if size > room.upload_limit as u64 {
        return Err(Failure::too_large(room.upload_limit));
    }
    let target = Target { user: caller.user, folder, name };
    let key = session(&mut room.store(), (target, caller), size)?;
    Ok(Answer::Step(StatusCode::OK, json!({ "sessionKey": key })))
}

pub(crate) async fn upload(State(room): State<Arc<Room>>, request: Request) -> Response {
    let headers = request.headers().clone();
    match handle(&room, request).await {
        Ok(answer) => answer.into_response(&headers),
        Err(failure) => failure.into_response(),
    }
}

/// The answer is empty unless the whole file is asked for.
async fn handle(room: &Room, request: Request) -> Outcome {
    let caller = room.store().caller(request.headers())?;
    let query = Query::of(request.uri().query());
    let key = query.text("sessionKey").unwrap_or_default().to_owned();
    let known = room.store().uploads.sessions.contains_key(&key);
    if !known {
        return Err(room.store().uploads.absent(&key));
    }
    let content = Stored::new(content(request.into_body(), room.upload_limit).await?);
    let mut store = room.store();
    // Looked up again: it may have ended during the upload.
    let session = store.uploads.sessions.get(&key).ok_or_else(Failure::missing)?;
    if session.target.user != caller.user {
        return Err(Failure::forbidden());
    }
    if session.size != content.bytes.len() as u64 {
        return Err(Failure::invalid("le contenu n'a pas la taille annoncée"));
    }
    let target = session.target.clone();
    let placed = form::place(&mut store, &target, content, Dates::default(), caller)?;
    store.uploads.sessions.remove(&key);
    room.monitor.recording.record_write("uploadFileStream");
    if query.flag("full") { form::placed_answer(&store, placed, true) } else { Ok(Answer::Empty) }
}
