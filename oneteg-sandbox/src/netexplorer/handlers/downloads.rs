//! Downloads and previews, by bearer token and by file token.

use serde_json::json;

use super::files;
use crate::common::content::{FileContent, media_type};
use crate::netexplorer::render;
use crate::netexplorer::request::{ApiRequest, Caller};
use crate::netexplorer::response::{ApiError, ApiResponse, ApiResult};
use crate::netexplorer::state::{FileToken, Store, TokenPurpose, VersionRef};

/// The content of a version. A browser saves an attachment, and shows anything else.
pub(super) fn content_of(found: VersionRef<'_>, attachment: bool) -> ApiResponse {
    let name = found.file.name.clone();
    ApiResponse::File(FileContent {
        bytes: found.version.content.bytes.clone(),
        checksum: found.version.content.hash.clone(),
        content_type: media_type(&name),
        name,
        attachment,
    })
}

pub(crate) fn download(store: &Store, request: &ApiRequest) -> ApiResult {
    let found = files::lookup(store, request)?;
    store.check_permission(request.caller, found.file.parent, "download")?;
    Ok(content_of(found, true))
}

/// Refuses a purpose that no token has.
pub(super) fn check_purpose(purpose: &str) -> Result<TokenPurpose, ApiError> {
    TokenPurpose::from_name(purpose).ok_or_else(ApiError::not_found)
}

/// Issues a token for a file, in addition to any earlier ones.
pub(super) fn issue_file_token(store: &mut Store, file: u64, purpose: &str) -> ApiResult {
    let purpose = check_purpose(purpose)?;
    let token = store.unique_name("file-token");
    store.file_tokens.insert(token.clone(), FileToken { file, purpose });
    ApiResponse::ok(json!({ "token": token }))
}

pub(crate) fn token(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let found = files::lookup(store, request)?;
    let (id, folder) = (found.id, found.file.parent);
    let permission = match check_purpose(request.path_param("type"))? {
        TokenPurpose::Preview => "read",
        TokenPurpose::Download => "download",
        TokenPurpose::Edit => "edit",
    };
    store.check_permission(request.caller, folder, permission)?;
    issue_file_token(store, id, request.path_param("type"))
}

/// The version that the token in the query opens. An unknown token gets 401, which is the sandbox's own
/// choice.
fn version_by_token<'a>(
    store: &'a Store,
    request: &ApiRequest,
    purpose: TokenPurpose,
) -> Result<VersionRef<'a>, ApiError> {
    let token = request.query.get("token").unwrap_or_default();
    let issued = store.file_tokens.get(token).filter(|issued| issued.purpose == purpose);
    // The permanent token in the JSON of a file contains the id of the version.
    let permanent = token.rsplit_once('-').and_then(|(_, id)| id.parse().ok());
    let permanent = permanent
        .filter(|id| purpose == TokenPurpose::Download && render::download_token(*id) == token);
    let file = issued.map(|issued| issued.file).or(permanent);
    store.tree.visible_version(file.ok_or_else(ApiError::unauthorized)?, Caller::KEY_HOLDER)
}

pub(crate) fn by_token(store: &mut Store, request: &ApiRequest) -> ApiResult {
    Ok(content_of(version_by_token(store, request, TokenPurpose::Download)?, true))
}

/// The sandbox sends the file itself as its preview.
pub(crate) fn preview(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let found = version_by_token(store, request, TokenPurpose::Preview)?;
    if found.id == request.path_id("fileId")? {
        Ok(content_of(found, false))
    } else {
        Err(ApiError::not_found())
    }
}
