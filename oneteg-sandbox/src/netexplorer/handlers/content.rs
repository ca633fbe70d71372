//! Downloads and previews, by bearer token and by file token.

use serde_json::json;

use super::files;
use crate::common::content::{FileContent, media_type};
use crate::netexplorer::answer::{Answer, Outcome};
use crate::netexplorer::call::{Call, Caller};
use crate::netexplorer::errors::Failure;
use crate::netexplorer::render;
use crate::netexplorer::state::{FileToken, Found, Purpose, Store};

/// The content of a version, to be saved or to be shown.
pub(crate) fn of(found: Found<'_>, attachment: bool) -> Answer {
    let name = found.file.name.clone();
    Answer::File(FileContent {
        bytes: found.version.content.bytes.clone(),
        checksum: found.version.content.hash.clone(),
        content_type: media_type(&name),
        name,
        attachment,
    })
}

pub(crate) fn download(store: &Store, call: &Call) -> Outcome {
    Ok(of(files::named(store, call)?, true))
}

/// A new token for a file; any number may be out.
pub(crate) fn issue(store: &mut Store, file: u64, purpose: &str) -> Outcome {
    let purpose = Purpose::named(purpose).ok_or_else(Failure::missing)?;
    let token = store.fresh("file-token");
    store.file_tokens.insert(token.clone(), FileToken { file, purpose });
    Answer::ok(json!({ "token": token }))
}

pub(crate) fn token(store: &mut Store, call: &Call) -> Outcome {
    let id = files::named(store, call)?.id;
    issue(store, id, call.segment("type"))
}

/// The file that the token in the query opens. A token that is not known is 401, the sandbox's own
/// choice.
fn opened<'a>(store: &'a Store, call: &Call, purpose: Purpose) -> Result<Found<'a>, Failure> {
    let token = call.query.text("token").unwrap_or_default();
    let made = store.file_tokens.get(token).filter(|made| made.purpose == purpose);
    // The one in the file's description.
    let described = token.rsplit_once('-').and_then(|(_, id)| id.parse().ok());
    let described =
        described.filter(|id| purpose == Purpose::Download && render::download_token(*id) == token);
    let file = made.map(|made| made.file).or(described);
    store.tree.file(file.ok_or_else(Failure::unauthenticated)?, Caller::KEY_HOLDER)
}

pub(crate) fn by_token(store: &mut Store, call: &Call) -> Outcome {
    Ok(of(opened(store, call, Purpose::Download)?, true))
}

/// The file itself, which the sandbox shows for a preview.
pub(crate) fn preview(store: &mut Store, call: &Call) -> Outcome {
    let found = opened(store, call, Purpose::Preview)?;
    if found.id == call.id("fileId")? { Ok(of(found, false)) } else { Err(Failure::missing()) }
}
