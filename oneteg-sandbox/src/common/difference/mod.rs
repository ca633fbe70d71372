//! Planted differences: how a test makes a stand-in differ from the specification.
//!
//! A [`Fault`](crate::Fault) replaces a response; a [`Difference`] changes every response of one operation, as a vendor
//! would who never read our specification. The operation itself runs as usual.
//!
//! | Module | Contains |
//! |---|---|
//! | `mod` | what a difference is, and the differences of a stand-in |
//! | `change` | the changes of a response's JSON |
//! | `place` | places in JSON |
//! | `request` | the changes of a request: parameters that the vendor does not know |

mod change;
mod place;
mod request;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use bytes::Bytes;
use serde::Deserialize;
use serde_json::Value;

pub use self::change::{DateForm, JsonKind, Spelling};
pub use self::place::Place;
use crate::SandboxError;

/// Far more than any JSON of a stand-in, in bytes.
const BODY_LIMIT: usize = 64 << 20;

/// A difference between the specification and what a stand-in does, given as data.
///
/// ```
/// use oneteg_sandbox::Difference;
///
/// let difference: Difference = serde_json::from_str(
///     r#"{"operation": "getFolder", "change": {"add": {"at": "", "member": "owner_name", "value": "Ann"}}}"#,
/// )?;
/// # let _ = difference;
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Difference {
    /// The operation, by its served name, such as `getFolder`.
    pub operation: String,
    /// What differs.
    pub change: Change,
}

impl Difference {
    /// A difference of an operation, by its served name.
    pub fn new(operation: impl Into<String>, change: Change) -> Self {
        Self { operation: operation.into(), change }
    }
}

/// What differs. Places are those of the whole body, with the vendor's envelope. A place that a response does not have
/// is skipped.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case", rename_all_fields = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Change {
    /// An object has another member.
    Add {
        /// The object.
        at: Place,
        /// The name of the member.
        member: String,
        /// Its value.
        value: Value,
    },
    /// A member or item is missing.
    Remove {
        /// What is missing.
        at: Place,
    },
    /// A value is another one, such as `null`.
    Set {
        /// The value.
        at: Place,
        /// What replaces it.
        value: Value,
    },
    /// A value has another type.
    Retype {
        /// The value.
        at: Place,
        /// The new type.
        to: JsonKind,
    },
    /// A member has another name.
    Rename {
        /// The member.
        at: Place,
        /// The new name.
        to: String,
    },
    /// The names of all members below a place are spelled in another way.
    Spell {
        /// Where it begins.
        at: Place,
        /// The spelling.
        to: Spelling,
    },
    /// A value is inside an object: a list in a member `items`, for example.
    Wrap {
        /// The value.
        at: Place,
        /// The member of the new object.
        member: String,
    },
    /// An object is missing around one of its members: the envelope, for example.
    Unwrap {
        /// The object.
        at: Place,
        /// The member that remains.
        member: String,
    },
    /// A date is written in another form. What is no date remains.
    Date {
        /// The date: a string of RFC 3339 or `YYYY-MM-DD HH:MM:SS`, or a number of milliseconds.
        at: Place,
        /// The form.
        to: DateForm,
    },
    /// A number is the number of items of a list: a total that counts the page.
    Count {
        /// The number.
        at: Place,
        /// The list.
        of: Place,
    },
    /// A number is at most another: a total that is capped.
    Cap {
        /// The number.
        at: Place,
        /// The largest.
        to: u64,
    },
    /// The response has another status. Only successful responses change.
    Status(u16),
    /// The response has another media type.
    MediaType(String),
    /// The response has other bytes. Only successful responses change.
    Body {
        /// The bytes.
        text: String,
        /// The media type.
        media_type: String,
    },
    /// A parameter of the query has no effect.
    IgnoreQuery(String),
    /// A parameter of the query has another name: the usual one has no effect.
    RenameQuery {
        /// The usual name.
        from: String,
        /// The name that has its effect.
        to: String,
    },
    /// A value in the JSON of the request is not looked at: it counts as another one.
    SetRequest {
        /// The value.
        at: Place,
        /// What it counts as.
        value: Value,
    },
}

/// A difference that was planted.
#[derive(Debug, Clone, Default)]
pub struct Planted(Arc<AtomicU64>);

impl Planted {
    /// Number of requests and responses that it has changed.
    #[must_use]
    pub fn changed(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// The differences of one stand-in, in the order in which they were planted.
#[derive(Debug, Default)]
pub(crate) struct Differences(Mutex<Vec<(Difference, Planted)>>);

impl Differences {
    pub(crate) fn plant(&self, difference: Difference) -> Result<Planted, SandboxError> {
        difference.change.validate()?;
        let planted = Planted::default();
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.push((difference, planted.clone()));
        Ok(planted)
    }

    /// Those of an operation.
    pub(crate) fn of(&self, operation: Option<&str>) -> Applicable {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let those = all.iter().filter(|(difference, _)| Some(&*difference.operation) == operation);
        Applicable(those.cloned().collect())
    }
}

/// The differences of the operation that a request is for.
#[derive(Debug)]
pub(crate) struct Applicable(Vec<(Difference, Planted)>);

impl Applicable {
    fn each(&self, mut apply: impl FnMut(&Change) -> bool) -> bool {
        let mut any = false;
        for (difference, planted) in &self.0 {
            if apply(&difference.change) {
                planted.0.fetch_add(1, Ordering::Relaxed);
                any = true;
            }
        }
        any
    }

    /// Changes the request.
    pub(crate) async fn request(&self, request: Request) -> Request {
        if self.0.is_empty() {
            return request;
        }
        let (mut parts, mut body) = request.into_parts();
        self.each(|change| request::query(change, &mut parts.uri));
        if self.0.iter().any(|(difference, _)| difference.change.is_of_request_body()) {
            let bytes = to_bytes(body, BODY_LIMIT).await.unwrap_or_default();
            body = Body::from(self.json(bytes, request::body));
        }
        Request::from_parts(parts, body)
    }

    /// Changes the response.
    pub(crate) async fn response(&self, response: Response) -> Response {
        if self.0.is_empty() {
            return response;
        }
        let (mut parts, body) = response.into_parts();
        let bytes = to_bytes(body, BODY_LIMIT).await.unwrap_or_default();
        let is_success = parts.status.is_success();
        let mut bytes = self.json(bytes, change::json);
        self.each(|change| match change {
            Change::Status(status) if is_success => {
                let status = StatusCode::from_u16(*status).ok();
                status.inspect(|status| parts.status = *status).is_some()
            }
            Change::Body { text, media_type } if is_success => {
                bytes = Bytes::from(text.clone());
                let value = HeaderValue::try_from(media_type).ok();
                value
                    .inspect(|value| drop(parts.headers.insert(CONTENT_TYPE, value.clone())))
                    .is_some()
            }
            Change::MediaType(media_type) => {
                let value = HeaderValue::try_from(media_type).ok();
                value
                    .inspect(|value| drop(parts.headers.insert(CONTENT_TYPE, value.clone())))
                    .is_some()
            }
            _ => false,
        });
        parts.headers.remove(CONTENT_LENGTH);
        Response::from_parts(parts, Body::from(bytes))
    }

    /// Applies changes to bytes, if they are JSON and something changes.
    fn json(&self, bytes: Bytes, apply: fn(&Change, &mut Value) -> bool) -> Bytes {
        let Ok(mut value) = serde_json::from_slice::<Value>(&bytes) else { return bytes };
        if !self.each(|change| apply(change, &mut value)) {
            return bytes;
        }
        serde_json::to_vec(&value).map_or(bytes, Bytes::from)
    }
}
