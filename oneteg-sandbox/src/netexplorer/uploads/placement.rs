//! Placing uploaded content in the tree.

use axum::http::{HeaderMap, StatusCode};

use crate::netexplorer::render;
use crate::netexplorer::request::Caller;
use crate::netexplorer::response::{ApiError, ApiResponse, ApiResult};
use crate::netexplorer::state::{
    AssembledUpload, ChangedObject, FileDates, PlacedFile, ServerState, Store, StoredContent,
    UploadTarget,
};

/// The name under which uploads by form and in chunks are counted as writes.
pub(super) const UPLOAD_FILE: &str = "uploadFile";

/// Places content, and advances the clock.
pub(super) fn place(
    store: &mut Store,
    target: &UploadTarget,
    content: StoredContent,
    dates: FileDates,
    caller: Caller,
) -> Result<PlacedFile, ApiError> {
    store.check_placement(target.folder, &target.name, caller)?;
    let now = store.advance_clock();
    store.tree.place_content(target.folder, &target.name, content, dates, (caller, now))
}

pub(super) fn place_assembled(
    store: &mut Store,
    upload: AssembledUpload,
) -> Result<PlacedFile, ApiError> {
    place(store, &upload.target, upload.content, upload.dates, upload.caller)
}

/// 201 for a new file, 200 for a new version.
pub(super) fn placed_response(
    store: &Store,
    caller: Caller,
    placed: PlacedFile,
    full: bool,
) -> ApiResult {
    let found = store.tree.version(placed.id).ok_or_else(ApiError::not_found)?;
    let status = if placed.new_file { StatusCode::CREATED } else { StatusCode::OK };
    Ok(ApiResponse::Json(status, render::file(store, caller, found, full)))
}

/// Polls all uploads in chunks, and places those that are assembled.
///
/// Every operation that reads does this first. To a client, the file of an upload therefore appears after it
/// has looked for the file a few times, as it does at the vendor.
pub(crate) fn settle_chunked_uploads(state: &ServerState, store: &mut Store) {
    for upload in store.uploads.assemble_all() {
        // An upload whose folder or name is no longer available is dropped.
        let caller = upload.caller;
        if let Ok(placed) = place_assembled(store, upload) {
            let object = ChangedObject::file(store, placed.id);
            // The request that completed the upload is long gone, and with it the name of its program.
            state.record_change(store, UPLOAD_FILE, caller, &HeaderMap::new(), object);
        }
    }
}
