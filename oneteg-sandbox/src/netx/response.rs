//! Refusals: an error object in the JSON-RPC envelope, or a plain HTTP error on the endpoints without one.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::choices::netx as choices;

/// The error codes of JSON-RPC 2.0 (section 5.1) that the stand-in uses.
mod protocol {
    pub(super) const PARSE_ERROR: i64 = -32700;
    pub(super) const INVALID_REQUEST: i64 = -32600;
    pub(super) const METHOD_NOT_FOUND: i64 = -32601;
}

/// The vendor's error codes, as far as they have been seen.
mod vendor {
    /// Seen when an asset is removed from a folder that it is not in; the general meaning is unknown.
    pub(super) const REFUSED: i64 = 1000;
    pub(super) const NO_ACCESS: i64 = 3004;
    pub(super) const CREDENTIAL: i64 = 10000;
}

/// The result of a JSON-RPC method.
pub(crate) type RpcResult = Result<Value, RpcError>;

/// A refusal of a JSON-RPC method.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RpcError {
    code: i64,
    message: String,
}

impl RpcError {
    pub(crate) fn parse(reason: impl std::fmt::Display) -> Self {
        Self { code: protocol::PARSE_ERROR, message: format!("Parse error: {reason}") }
    }

    pub(crate) fn invalid_request(reason: &str) -> Self {
        Self { code: protocol::INVALID_REQUEST, message: format!("Invalid request: {reason}") }
    }

    pub(crate) fn unknown_method(method: &str) -> Self {
        Self { code: protocol::METHOD_NOT_FOUND, message: format!("Method not found: {method}") }
    }

    pub(crate) fn invalid_params(reason: impl std::fmt::Display) -> Self {
        let code = choices::INVALID_PARAMETERS_CODE.get();
        Self { code, message: format!("Invalid params: {reason}") }
    }

    pub(crate) fn unknown_attribute(label: &str) -> Self {
        Self::invalid_params(format!(
            "no attribute has the label `{label}`; labels are case-sensitive"
        ))
    }

    pub(crate) fn refused(message: impl Into<String>) -> Self {
        Self { code: vendor::REFUSED, message: message.into() }
    }

    pub(crate) fn not_found(kind: &str, id: u64) -> Self {
        let code = choices::UNKNOWN_OBJECT_CODE.get();
        Self { code, message: format!("There is no {kind} with id {id}") }
    }

    pub(crate) fn query_too_long(message: String) -> Self {
        Self { code: choices::LONG_QUERY_CODE.get(), message }
    }

    /// An object that the caller may not see or change.
    pub(crate) fn no_access() -> Self {
        Self {
            code: vendor::NO_ACCESS,
            message: "Access not allowed to object for the given caller".into(),
        }
    }

    pub(crate) fn credential() -> Self {
        Self { code: vendor::CREDENTIAL, message: "Credential invalid or expired".into() }
    }

    /// The error object. `result` repeats the message, as the vendor's responses have been seen to do.
    pub(crate) fn to_json(&self) -> Value {
        json!({
            "code": self.code,
            "message": self.message,
            "data": null,
            "result": self.message,
        })
    }
}

/// A refusal outside the envelope: an HTTP status with `{"code", "message"}`.
#[derive(Debug)]
pub(crate) struct HttpError {
    status: StatusCode,
    message: String,
}

impl HttpError {
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

impl IntoResponse for HttpError {
    fn into_response(self) -> Response {
        let body = Json(json!({ "code": self.status.as_u16(), "message": self.message }));
        (self.status, body).into_response()
    }
}

/// The same refusal on an endpoint without an envelope.
impl From<RpcError> for HttpError {
    fn from(error: RpcError) -> Self {
        let status = match error.code {
            vendor::NO_ACCESS => choices::NO_ACCESS_STATUS.get(),
            vendor::CREDENTIAL => choices::REFUSED_CREDENTIAL_STATUS.get(),
            code if code == vendor::REFUSED || code == choices::UNKNOWN_OBJECT_CODE.get() => {
                choices::UNKNOWN_OBJECT_STATUS.get()
            }
            _ => choices::INVALID_REQUEST_STATUS.get(),
        };
        Self::new(status, error.message)
    }
}
