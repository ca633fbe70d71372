//! Refusals: in the JSON-RPC envelope, and plain on the file and import endpoints.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// The error codes of JSON-RPC 2.0 (section 5.1) that the stand-in uses.
mod protocol {
    pub(super) const PARSE_ERROR: i64 = -32700;
    pub(super) const INVALID_REQUEST: i64 = -32600;
    pub(super) const METHOD_NOT_FOUND: i64 = -32601;
    pub(super) const INVALID_PARAMS: i64 = -32602;
}

/// The vendor's codes, as far as they have been seen.
mod vendor {
    /// Seen for an asset that is not in the folder it is to be removed from; its general meaning is
    /// unknown. That it also stands for objects that do not exist, and for queries that are too long,
    /// is the sandbox's own choice.
    pub(super) const REFUSED: i64 = 1000;
    pub(super) const NO_ACCESS: i64 = 3004;
    pub(super) const CREDENTIAL: i64 = 10000;
}

/// A refusal on its way to the client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RpcFailure {
    code: i64,
    message: String,
}

impl RpcFailure {
    pub(crate) fn parse(reason: impl std::fmt::Display) -> Self {
        Self { code: protocol::PARSE_ERROR, message: format!("Parse error: {reason}") }
    }

    pub(crate) fn invalid_request(reason: &str) -> Self {
        Self { code: protocol::INVALID_REQUEST, message: format!("Invalid request: {reason}") }
    }

    pub(crate) fn unknown_method(method: &str) -> Self {
        Self { code: protocol::METHOD_NOT_FOUND, message: format!("Method not found: {method}") }
    }

    pub(crate) fn params(reason: impl std::fmt::Display) -> Self {
        Self { code: protocol::INVALID_PARAMS, message: format!("Invalid params: {reason}") }
    }

    pub(crate) fn refused(message: impl Into<String>) -> Self {
        Self { code: vendor::REFUSED, message: message.into() }
    }

    pub(crate) fn missing(kind: &str, id: u64) -> Self {
        Self::refused(format!("There is no {kind} with id {id}"))
    }

    pub(crate) fn restricted() -> Self {
        Self {
            code: vendor::NO_ACCESS,
            message: "Access not allowed to object for the given caller".into(),
        }
    }

    pub(crate) fn credential() -> Self {
        Self { code: vendor::CREDENTIAL, message: "Credential invalid or expired".into() }
    }

    /// The error object. `result` repeats the message, as has been seen of the vendor.
    pub(crate) fn object(&self) -> Value {
        json!({
            "code": self.code,
            "message": self.message,
            "data": null,
            "result": self.message,
        })
    }

    /// The same refusal on an endpoint without an envelope.
    pub(crate) fn plain(self) -> PlainFailure {
        let status = match self.code {
            vendor::REFUSED => StatusCode::NOT_FOUND,
            vendor::NO_ACCESS => StatusCode::FORBIDDEN,
            vendor::CREDENTIAL => StatusCode::UNAUTHORIZED,
            _ => StatusCode::BAD_REQUEST,
        };
        PlainFailure::new(status, self.message)
    }
}

/// A refusal outside the envelope: an HTTP status with `{"code", "message"}`, the sandbox's own choice.
#[derive(Debug)]
pub(crate) struct PlainFailure {
    status: StatusCode,
    message: String,
}

impl PlainFailure {
    pub(crate) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into() }
    }

    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, message)
    }
}

impl IntoResponse for PlainFailure {
    fn into_response(self) -> Response {
        let body = Json(json!({ "code": self.status.as_u16(), "message": self.message }));
        (self.status, body).into_response()
    }
}

impl From<RpcFailure> for PlainFailure {
    fn from(failure: RpcFailure) -> Self {
        failure.plain()
    }
}
