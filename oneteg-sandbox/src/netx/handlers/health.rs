//! The health check.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::netx::response::HttpError;
use crate::netx::settings::HEALTH_TOKEN;

/// `GET /health/{token}`: 200 for the right token, 401 for another. The body is the sandbox's own choice.
pub(crate) async fn check(Path(token): Path<String>) -> Response {
    if token == HEALTH_TOKEN {
        (StatusCode::OK, "OK").into_response()
    } else {
        HttpError::new(StatusCode::UNAUTHORIZED, "Wrong health-check token").into_response()
    }
}
