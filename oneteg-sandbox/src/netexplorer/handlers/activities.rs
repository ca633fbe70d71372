//! Views of the journal: the activity and the timeline of files and folders, and the platform's log.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::files;
use crate::choices::netexplorer as choices;
use crate::netexplorer::render::{self, date};
use crate::netexplorer::request::ApiRequest;
use crate::netexplorer::response::{ApiError, ApiResponse, ApiResult};
use crate::netexplorer::state::{CLIENT_ADDRESS, JournalEntry, Store};

/// The largest number of files in the list of files with activity.
const MAX_FILES: usize = 100;

/// The number of the kind of activity.
fn kind(entry: &JournalEntry) -> i64 {
    let choice = match entry.operation {
        name if name.starts_with("create") || name.starts_with("upload") => {
            &choices::CREATION_ACTIVITY_TYPE
        }
        name if name.starts_with("delete") || name.starts_with("remove") => {
            &choices::DELETION_ACTIVITY_TYPE
        }
        _ => &choices::CHANGE_ACTIVITY_TYPE,
    };
    choice.get()
}

fn activity(store: &Store, entry: &JournalEntry) -> Value {
    json!({
        "date": date(entry.date),
        "owner": store.display_name(entry.user),
        "owner_id": entry.user.to_string(),
        "type": kind(entry),
    })
}

/// The entries of a file, newest first.
fn entries_of_file<'a>(
    store: &'a Store,
    request: &ApiRequest,
) -> Result<impl Iterator<Item = &'a JournalEntry>, ApiError> {
    let key = files::lookup(store, request)?.key;
    let entries = store.journal.newest_first();
    Ok(entries.filter(move |it| it.object.as_ref().is_some_and(|object| object.file == Some(key))))
}

pub(crate) fn of_file(store: &Store, request: &ApiRequest) -> ApiResult {
    ApiResponse::list(entries_of_file(store, request)?.map(|entry| activity(store, entry)))
}

/// What happened to the folder itself and to what is directly in it.
pub(crate) fn of_folder(store: &Store, request: &ApiRequest) -> ApiResult {
    let folder = request.path_id("folderId")?;
    store.tree.visible_folder(folder, request.caller)?;
    let entries = store.journal.newest_first();
    let here =
        entries.filter(|it| it.object.as_ref().is_some_and(|object| object.folder == folder));
    ApiResponse::list(here.map(|entry| activity(store, entry)))
}

/// Each entry is a separate event: the sandbox aggregates none.
pub(crate) fn timeline(store: &Store, request: &ApiRequest) -> ApiResult {
    let entries = entries_of_file(store, request)?;
    ApiResponse::list(entries.map(|entry| {
        let mut event = activity(store, entry);
        event["id"] = entry.id.into();
        event["subtype"] = 0.into();
        event["env"] = entry.user_agent.as_str().into();
        event["extended"] = json!([]);
        event
    }))
}

/// The files that were changed last, each once.
pub(crate) fn changed_files(store: &Store, request: &ApiRequest) -> ApiResult {
    let mut seen = BTreeSet::new();
    let keys = store.journal.newest_first().filter_map(|entry| entry.object.as_ref()?.file);
    let files = keys.filter(|key| seen.insert(*key)).filter_map(|key| {
        let found = store.tree.newest_version(key)?;
        store.tree.visible_version(found.id, request.caller).ok()
    });
    ApiResponse::list(
        files.take(MAX_FILES).map(|found| render::file(store, request.caller, found, false)),
    )
}

fn log_entry(store: &Store, entry: &JournalEntry) -> Value {
    let object = entry.object.as_ref();
    // French, like the types that `/objectpath` takes.
    let kind = object.map(|object| if object.file.is_some() { "Fichier" } else { "Dossier" });
    json!({
        "id": entry.id,
        "date": date(entry.date),
        "ip": CLIENT_ADDRESS,
        "message": entry.operation,
        "object": object.map(|object| object.name.as_str()),
        "object_id": object.map(|object| object.id.to_string()),
        "object_type": kind,
        "statut": "ADMLLOG_OK",
        "type": entry.operation,
        "user": store.display_name(entry.user),
        "user_id": entry.user.to_string(),
        "user_agent": entry.user_agent,
    })
}

fn check_reader(request: &ApiRequest) -> Result<(), ApiError> {
    if choices::LOG_NEEDS_ADMINISTRATOR.get() { request.caller.require_admin() } else { Ok(()) }
}

/// The log has no failures.
pub(crate) fn logs(store: &Store, request: &ApiRequest) -> ApiResult {
    check_reader(request)?;
    ApiResponse::list(store.journal.newest_first().map(|entry| log_entry(store, entry)))
}

pub(crate) fn log(store: &Store, request: &ApiRequest) -> ApiResult {
    check_reader(request)?;
    let entry = store.journal.get(request.path_id("logId")?).ok_or_else(ApiError::not_found)?;
    ApiResponse::ok(log_entry(store, entry))
}
