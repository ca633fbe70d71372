//! What an operation returns: a payload for the envelope, or a refusal.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::envelope::{self, ApiVersion, RecordCount};
use super::settings::EnvelopeForm;

/// The result of an operation.
pub(crate) type ApiResult = Result<ApiResponse, ApiError>;

/// A successful response, before it is wrapped.
#[derive(Debug)]
pub(crate) struct ApiResponse {
    status: StatusCode,
    payload: Option<Value>,
    records: Option<RecordCount>,
    errors: Vec<String>,
    changed: bool,
}

impl ApiResponse {
    pub(crate) fn new(status: StatusCode, payload: Value) -> Self {
        Self { status, payload: Some(payload), records: None, errors: Vec::new(), changed: true }
    }

    pub(crate) fn ok(payload: Value) -> Self {
        Self::new(StatusCode::OK, payload)
    }

    /// A status without a body.
    pub(crate) fn empty(status: StatusCode) -> Self {
        Self { payload: None, ..Self::new(status, Value::Null) }
    }

    /// Adds the position of the page in its list.
    pub(crate) fn with_records(mut self, records: RecordCount) -> Self {
        self.records = Some(records);
        self
    }

    /// Adds a line for each part of the request that was skipped.
    pub(crate) fn with_errors(mut self, errors: Vec<String>) -> Self {
        self.errors = errors;
        self
    }

    /// Marks that the data is as before, so that the operation does not count as a write.
    pub(crate) fn unchanged(mut self) -> Self {
        self.changed = false;
        self
    }

    /// Whether the operation counts as a write, if it is one that may.
    pub(crate) fn is_changed(&self) -> bool {
        self.changed
    }

    pub(crate) fn into_response(self, version: ApiVersion, form: EnvelopeForm) -> Response {
        let Some(payload) = self.payload else { return self.status.into_response() };
        let envelope = envelope::wrap(payload, &self.errors, self.records, version, form);
        (self.status, Json(envelope)).into_response()
    }
}

/// A refusal.
#[derive(Debug)]
pub(crate) struct ApiError {
    status: StatusCode,
    message: String,
    body: ErrorBody,
}

#[derive(Debug, Clone, Copy)]
enum ErrorBody {
    /// The message as plain text.
    Plain,
    /// `{"message"}`
    Message,
    /// `{"statusCode", "message"}`, as the gateway sends it.
    Gateway,
    Empty,
}

impl ApiError {
    pub(crate) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), body: ErrorBody::Plain }
    }

    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    pub(crate) fn not_found(kind: &str, id: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, format!("There is no {kind} with the id {id}"))
    }

    /// An object that the caller may not see: 401 up to version 1.1, 403 from 1.2.
    pub(crate) fn no_access(version: ApiVersion) -> Self {
        let status = match version {
            ApiVersion::V1_2 => StatusCode::FORBIDDEN,
            ApiVersion::V1_0 | ApiVersion::V1_1 => StatusCode::UNAUTHORIZED,
        };
        Self::new(status, "The caller has no permission for this object")
    }

    /// A refusal by the gateway in front of the API.
    pub(crate) fn gateway(status: StatusCode, message: &str) -> Self {
        Self { status, message: message.into(), body: ErrorBody::Gateway }
    }

    /// A missing or invalid bearer token: a 401 with an empty body.
    pub(crate) fn bearer_token() -> Self {
        Self { status: StatusCode::UNAUTHORIZED, message: String::new(), body: ErrorBody::Empty }
    }

    /// The message, for a change that is skipped.
    pub(crate) fn into_message(self) -> String {
        self.message
    }

    /// The same refusal with the body `{"message"}`.
    pub(crate) fn with_message_body(mut self) -> Self {
        self.body = ErrorBody::Message;
        self
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let Self { status, message, body } = self;
        match body {
            ErrorBody::Plain => (status, message).into_response(),
            ErrorBody::Message => (status, Json(json!({ "message": message }))).into_response(),
            ErrorBody::Gateway => {
                let body = json!({ "statusCode": status.as_u16(), "message": message });
                (status, Json(body)).into_response()
            }
            ErrorBody::Empty => status.into_response(),
        }
    }
}
