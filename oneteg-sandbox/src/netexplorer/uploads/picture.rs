//! The picture of a user, as a form. The name of its part, `picture`, is a guess of the specification.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Response};

use super::multipart::UploadForm;
use crate::netexplorer::handlers::pictures;
use crate::netexplorer::oauth::authentication::authenticate;
use crate::netexplorer::request::Caller;
use crate::netexplorer::response::{ApiError, ApiResponse, ApiResult};
use crate::netexplorer::state::{Picture, ServerState};

/// The largest picture, in bytes.
const PICTURE_LIMIT: usize = 1 << 20;

/// `POST /account/picture`
pub(crate) async fn upload_own(
    State(state): State<Arc<ServerState>>,
    request: Request,
) -> Response {
    respond(receive(&state, "uploadAccountPicture", |caller| Ok(caller.user), request).await)
}

/// `POST /user/{userId}/picture`
pub(crate) async fn upload_of_user(
    State(state): State<Arc<ServerState>>,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    let user = |_| id.parse().map_err(|_| ApiError::not_found());
    respond(receive(&state, "uploadUserPicture", user, request).await)
}

fn respond(result: ApiResult) -> Response {
    match result {
        Ok(response) => response.into_response(&axum::http::HeaderMap::new()),
        Err(error) => error.into_response(),
    }
}

async fn receive(
    state: &ServerState,
    operation: &'static str,
    user: impl FnOnce(Caller) -> Result<u64, ApiError>,
    request: Request,
) -> ApiResult {
    let headers = request.headers().clone();
    let caller = authenticate(&state.store(), &headers)?;
    let user = user(caller)?;
    pictures::check_writable(&state.store(), caller, user)?;
    let form = UploadForm::read(request, "picture", PICTURE_LIMIT).await?;
    if form.content.is_empty() {
        return Err(ApiError::bad_request("l'image est vide"));
    }
    let mut store = state.store();
    let found = store.users.get_mut(user).ok_or_else(ApiError::not_found)?;
    found.picture = Some(Picture { file_name: form.file_name, bytes: form.content });
    store.advance_clock();
    state.record_change(&mut store, operation, caller, &headers, None);
    Ok(ApiResponse::Empty)
}
