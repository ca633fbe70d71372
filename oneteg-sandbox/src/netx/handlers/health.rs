//! The health check.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::choices::netx as choices;
use crate::netx::response::HttpError;
use crate::netx::settings::HEALTH_TOKEN;

/// `GET /health/{token}`
pub(crate) async fn check(Path(token): Path<String>) -> Response {
    if token == HEALTH_TOKEN {
        (StatusCode::OK, choices::HEALTH_CHECK_BODY.get()).into_response()
    } else {
        let status = choices::HEALTH_CHECK_REFUSAL_STATUS.get();
        HttpError::new(status, "Wrong health-check token").into_response()
    }
}
