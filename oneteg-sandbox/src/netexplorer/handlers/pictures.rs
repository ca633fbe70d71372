//! The pictures of users: read and removed. They are uploaded in [`super::super::uploads`].

use crate::common::content::{FileContent, md5_hex, media_type};
use crate::netexplorer::request::{ApiRequest, Caller};
use crate::netexplorer::response::{ApiError, ApiResponse, ApiResult};
use crate::netexplorer::state::Store;

/// Refuses to change the picture of another user, except by an administrator.
pub(crate) fn check_writable(store: &Store, caller: Caller, user: u64) -> Result<(), ApiError> {
    store.user(user)?;
    if caller.admin || caller.user == user { Ok(()) } else { Err(ApiError::forbidden()) }
}

/// A user without a picture has none to download: 404.
fn content(store: &Store, user: u64) -> ApiResult {
    let picture = store.user(user)?.picture.as_ref().ok_or_else(ApiError::not_found)?;
    Ok(ApiResponse::File(FileContent {
        checksum: md5_hex(&picture.bytes),
        bytes: picture.bytes.clone(),
        content_type: media_type(&picture.file_name),
        name: picture.file_name.clone(),
        attachment: false,
    }))
}

fn remove(store: &mut Store, request: &ApiRequest, user: u64) -> ApiResult {
    check_writable(store, request.caller, user)?;
    store.advance_clock();
    if let Some(user) = store.users.get_mut(user) {
        user.picture = None;
    }
    Ok(ApiResponse::Empty)
}

pub(crate) fn own(store: &Store, request: &ApiRequest) -> ApiResult {
    content(store, request.caller.user)
}

pub(crate) fn of_user(store: &Store, request: &ApiRequest) -> ApiResult {
    content(store, request.path_id("userId")?)
}

pub(crate) fn remove_own(store: &mut Store, request: &ApiRequest) -> ApiResult {
    remove(store, request, request.caller.user)
}

pub(crate) fn remove_of_user(store: &mut Store, request: &ApiRequest) -> ApiResult {
    remove(store, request, request.path_id("userId")?)
}
