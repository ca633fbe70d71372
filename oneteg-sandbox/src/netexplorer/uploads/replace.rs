//! `PUT /file/{fileId}/upload`: other content for a version, or the first for one without.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::netexplorer::errors::Failure;
use crate::netexplorer::room::Room;
use crate::netexplorer::state::Stored;

pub(crate) async fn content(
    State(room): State<Arc<Room>>,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    match handle(&room, &id, request).await {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(failure) => failure.into_response(),
    }
}

async fn handle(room: &Room, id: &str, request: Request) -> Result<(), Failure> {
    let caller = room.store().caller(request.headers())?;
    let id = id.parse().map_err(|_| Failure::missing())?;
    room.store().tree.file(id, caller)?.must_be_writable(caller)?;
    let content = Stored::new(super::content(request.into_body(), room.upload_limit).await?);
    let mut store = room.store();
    // Looked up again: it may have been deleted or locked during the upload.
    let found = store.tree.file(id, caller)?;
    found.must_be_writable(caller)?;
    if found.version.announced.as_ref().is_some_and(|hash| *hash != content.hash) {
        return Err(Failure::invalid("le contenu n'a pas l'empreinte annoncée"));
    }
    let now = store.tick();
    let version = store.tree.versions.get_mut(id).ok_or_else(Failure::missing)?;
    version.content = content;
    version.modification = now;
    version.announced = None;
    room.monitor.recording.record_write("replaceFileContent");
    Ok(())
}
