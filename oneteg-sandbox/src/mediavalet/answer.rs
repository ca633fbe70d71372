//! What an operation answers: a payload for the envelope, or a refusal.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::call::Version;

pub(crate) type Outcome = Result<Answer, Failure>;

/// Which members the envelope has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum EnvelopeForm {
    #[default]
    Today,
    /// As in a response recorded in 2022: a build for the version, neither `recordCount` nor
    /// `meta`.
    Of2022,
}

/// A success on its way to the client.
#[derive(Debug)]
pub(crate) struct Answer {
    status: StatusCode,
    payload: Option<Value>,
    records: Option<Records>,
    errors: Vec<String>,
    pub(crate) changed: bool,
}

/// Where a part of a list lies in the whole.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Records {
    pub(crate) total: usize,
    pub(crate) start: usize,
    pub(crate) returned: usize,
}

impl Answer {
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

    pub(crate) fn of(mut self, records: Records) -> Self {
        self.records = Some(records);
        self
    }

    /// What was left out of a change.
    pub(crate) fn skipped(mut self, errors: Vec<String>) -> Self {
        self.errors = errors;
        self
    }

    /// The state is as before: the operation does not count as a write.
    pub(crate) fn unchanged(mut self) -> Self {
        self.changed = false;
        self
    }

    pub(crate) fn into_response(self, version: Version, form: EnvelopeForm) -> Response {
        let Some(payload) = self.payload else { return self.status.into_response() };
        let mut envelope = Map::new();
        let (api_version, build_version) = match form {
            EnvelopeForm::Today => (version.name(), Some("2026.1.30.2")),
            EnvelopeForm::Of2022 => ("2022.6.17.1", None),
        };
        envelope.insert("apiVersion".into(), api_version.into());
        if let Some(build) = build_version {
            envelope.insert("buildVersion".into(), build.into());
        }
        envelope.insert("warnings".into(), json!([]));
        envelope.insert("errors".into(), json!(self.errors));
        envelope.insert("payload".into(), payload);
        if form == EnvelopeForm::Of2022 {
            return (self.status, Json(Value::Object(envelope))).into_response();
        }
        if let Some(records) = self.records {
            let count = json!({
                "totalRecordsFound": records.total,
                "startingRecord": records.start,
                "recordsReturned": records.returned,
            });
            envelope.insert("recordCount".into(), count);
        }
        envelope.insert("meta".into(), json!({ "metaInformation": { "ElapsedTimeInMS": 1 } }));
        (self.status, Json(Value::Object(envelope))).into_response()
    }
}

/// A refusal on its way to the client.
#[derive(Debug)]
pub(crate) struct Failure {
    status: StatusCode,
    message: String,
    body: Body,
}

#[derive(Debug, Clone, Copy)]
enum Body {
    Text,
    /// `{"message"}`
    Message,
    /// `{"statusCode", "message"}`, as the gateway does it.
    Gateway,
    None,
}

impl Failure {
    pub(crate) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), body: Body::Text }
    }

    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    pub(crate) fn missing(kind: &str, id: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, format!("There is no {kind} with the id {id}"))
    }

    /// An object that the caller may not see: 401 up to version 1.1, 403 from 1.2 on.
    pub(crate) fn restricted(version: Version) -> Self {
        let status = match version {
            Version::V1_2 => StatusCode::FORBIDDEN,
            Version::V1_0 | Version::V1_1 => StatusCode::UNAUTHORIZED,
        };
        Self::new(status, "The caller has no permission for this object")
    }

    pub(crate) fn gateway(status: StatusCode, message: &str) -> Self {
        Self { status, message: message.into(), body: Body::Gateway }
    }

    /// No bearer token, or one that is not valid: an empty 401.
    pub(crate) fn bearer() -> Self {
        Self { status: StatusCode::UNAUTHORIZED, message: String::new(), body: Body::None }
    }

    /// The same refusal as `{"message"}`.
    pub(crate) fn in_message(mut self) -> Self {
        self.body = Body::Message;
        self
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let Self { status, message, body } = self;
        match body {
            Body::Text => (status, message).into_response(),
            Body::Message => (status, Json(json!({ "message": message }))).into_response(),
            Body::Gateway => {
                let body = json!({ "statusCode": status.as_u16(), "message": message });
                (status, Json(body)).into_response()
            }
            Body::None => status.into_response(),
        }
    }
}
