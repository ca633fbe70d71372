//! The identity server: authorize, token, revocation and the discovery document.

mod authorize;
mod discovery;
mod grants;
mod token;

use axum::Json;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, HeaderValue};
use axum::response::{IntoResponse, Response};
use serde_json::json;

pub(crate) use authorize::authorize;
pub(crate) use discovery::discovery;
pub(crate) use grants::Grants;
pub(crate) use token::{revoke, token};

/// A refusal of the token endpoint (RFC 6749, section 5.2).
fn refusal(status: StatusCode, error: &str, description: &str) -> Response {
    let body = Json(json!({ "error": error, "error_description": description }));
    uncached((status, body).into_response())
}

fn uncached(mut response: Response) -> Response {
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
