//! Answers of operations that succeed.

use axum::Json;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use super::errors::Failure;
use crate::common::content::FileContent;

pub(crate) type Outcome = Result<Answer, Failure>;

/// What an operation answers.
#[derive(Debug)]
pub(crate) enum Answer {
    Json(StatusCode, Value),
    /// Nothing: 204, as the vendor's rule is.
    Empty,
    Text(&'static str),
    File(FileContent),
    /// A step on the way to a change, which is not counted as a write.
    Step(StatusCode, Value),
}

impl Answer {
    pub(crate) fn ok(value: Value) -> Outcome {
        Ok(Self::Json(StatusCode::OK, value))
    }

    pub(crate) fn created(value: Value) -> Outcome {
        Ok(Self::Json(StatusCode::CREATED, value))
    }

    pub(crate) fn list(values: impl Iterator<Item = Value>) -> Outcome {
        Self::ok(Value::Array(values.collect()))
    }

    pub(crate) fn into_response(self, request: &HeaderMap) -> Response {
        match self {
            Self::Json(status, value) | Self::Step(status, value) => {
                (status, Json(value)).into_response()
            }
            Self::Empty => StatusCode::NO_CONTENT.into_response(),
            Self::Text(text) => text.into_response(),
            Self::File(content) => content.into_response(request),
        }
    }
}
