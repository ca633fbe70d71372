//! `POST /file/upload`: a whole file in one form, one chunk of it, or, as JSON, the opening of a stream.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};

use super::chunks::{self, Chunk, ChunkKey};
use super::parts::Parts;
use super::{Target, dates, stream};
use crate::netexplorer::answer::{Answer, Outcome};
use crate::netexplorer::call::{Caller, Query};
use crate::netexplorer::errors::Failure;
use crate::netexplorer::members::Members;
use crate::netexplorer::render;
use crate::netexplorer::room::Room;
use crate::netexplorer::state::{Dates, Placed, Store, Stored};

/// The name that writes are counted under.
const OPERATION: &str = "uploadFile";

pub(crate) async fn upload(State(room): State<Arc<Room>>, request: Request) -> Response {
    let headers = request.headers().clone();
    match handle(&room, request).await {
        Ok(answer) => answer.into_response(&headers),
        Err(failure) => failure.into_response(),
    }
}

async fn handle(room: &Room, request: Request) -> Outcome {
    let caller = room.store().caller(request.headers())?;
    let query = Query::of(request.uri().query());
    let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    if kind.is_some_and(|kind| kind.starts_with("application/json")) {
        return stream::open(room, caller, request.into_body()).await;
    }
    let parts = Parts::read(request, room.upload_limit).await?;
    let dates = dates(&query, &parts.texts)?;
    let folder = Members::needed("folderId", parts.number("folderId")?)?;
    let target = Target { user: caller.user, folder, name: parts.name.clone() };
    let full = query.flag("full");
    match parts.number("chunk")? {
        Some(index) => {
            let chunk = chunk(room, &parts, index, target, dates)?;
            let answer = chunks::take(&mut room.store(), caller, chunk, full)?;
            if matches!(answer, Answer::Json(..)) {
                room.monitor.recording.record_write(OPERATION);
            }
            Ok(answer)
        }
        None => whole(room, parts, (target, caller), dates, full),
    }
}

/// Goes on assembling what has come in chunks: before each question for what is stored.
pub(crate) fn settle(room: &Room, store: &mut Store) {
    for _ in 0..chunks::settle(store) {
        room.monitor.recording.record_write(OPERATION);
    }
}

fn whole(
    room: &Room,
    parts: Parts,
    (target, caller): (Target, Caller),
    dates: Dates,
    full: bool,
) -> Outcome {
    let size = parts.number("fileSize")?;
    let hash = parts.texts.text("fileHash")?.map(str::to_lowercase);
    if size.is_some_and(|size| size != parts.content.len() as u64) {
        return Err(Failure::invalid("« fileSize » n'est pas la taille du fichier"));
    }
    // Hashed before the state is locked: other requests go on meanwhile.
    let content = Stored::new(parts.content);
    if hash.is_some_and(|hash| hash != content.hash) {
        return Err(Failure::invalid("« fileHash » n'est pas l'empreinte du fichier"));
    }
    let mut store = room.store();
    let placed = place(&mut store, &target, content, dates, caller)?;
    room.monitor.recording.record_write(OPERATION);
    placed_answer(&store, placed, full)
}

/// Puts content where it is to go, at a new moment.
pub(super) fn place(
    store: &mut Store,
    target: &Target,
    content: Stored,
    dates: Dates,
    caller: Caller,
) -> Result<Placed, Failure> {
    store.tree.check_place(target.folder, &target.name, caller)?;
    let now = store.tick();
    store.tree.place(target.folder, &target.name, content, dates, (caller, now))
}

/// 201 for a new file, 200 for a new version.
pub(super) fn placed_answer(store: &Store, placed: Placed, full: bool) -> Outcome {
    let found = store.tree.live(placed.id).ok_or_else(Failure::missing)?;
    let status = if placed.new_file { StatusCode::CREATED } else { StatusCode::OK };
    Ok(Answer::Json(status, render::file(store, found, full)))
}

fn chunk(
    room: &Room,
    parts: &Parts,
    index: u64,
    target: Target,
    dates: Dates,
) -> Result<Chunk, Failure> {
    let number = |name| Members::needed(name, parts.number(name)?);
    let (chunks, size) = (number("chunks")?, number("fileSize")?);
    if size > room.upload_limit as u64 {
        return Err(Failure::too_large(room.upload_limit));
    }
    let chunk = Chunk {
        key: ChunkKey { target, size, chunks },
        index,
        content: parts.content.clone(),
        dates,
    };
    chunk.check(number("chunksSize")?)?;
    Ok(chunk)
}
