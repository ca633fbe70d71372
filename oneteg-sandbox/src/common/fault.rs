//! Scripted faults: how a test makes a stand-in misbehave.
//!
//! A [`Fault`] is what a test describes; [`FaultScript::add`] checks it and queues it as a
//! [`ScriptedResponse`]; the middleware takes it from the queue when a matching request arrives.

use std::collections::VecDeque;
use std::io;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::body::Body;
use axum::http::header::CONTENT_LENGTH;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use bytes::Bytes;
use futures_util::{StreamExt, stream};

use crate::SandboxError;

/// Whether the operation runs before a fault replaces its response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum FaultTiming {
    /// The operation does not run.
    #[default]
    InsteadOfHandling,
    /// The operation runs first: the state has changed, but the client does not learn of it.
    AfterHandling,
}

/// A raw response that the server sends instead of the proper one.
///
/// ```
/// use oneteg_sandbox::Fault;
///
/// let busy = Fault::response(503).header("retry-after", "1").body("busy").times(2);
/// let login_page = Fault::response(200).header("content-type", "text/html").body("<html>");
/// let cut_off = Fault::response(200).body("{\"resul").content_length(4096).only("getAssets");
/// # let _ = (busy, login_page, cut_off);
/// ```
#[derive(Debug, Clone)]
pub struct Fault {
    status: u16,
    headers: Vec<(String, String)>,
    body: Bytes,
    content_length: Option<u64>,
    delay: Duration,
    times: u32,
    operation: Option<String>,
    timing: FaultTiming,
}

impl Fault {
    /// An empty response with this status, sent once, to the next request of any kind.
    #[must_use]
    pub fn response(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Bytes::new(),
            content_length: None,
            delay: Duration::ZERO,
            times: 1,
            operation: None,
            timing: FaultTiming::default(),
        }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Sets the body, which is sent as it is.
    #[must_use]
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// Truncates the response: announces `length` bytes, more than the body has, and drops the connection
    /// after the body. If the body does not fit the socket's buffer, its end may be lost too.
    #[must_use]
    pub fn content_length(mut self, length: u64) -> Self {
        self.content_length = Some(length);
        self
    }

    /// Waits before responding.
    #[must_use]
    pub fn delayed(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Number of requests that get this response; 1 by default.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = times;
        self
    }

    /// Limits the fault to one operation, by its served name, such as `getAssets`. Requests for other
    /// operations are handled as usual.
    #[must_use]
    pub fn only(mut self, operation: impl Into<String>) -> Self {
        self.operation = Some(operation.into());
        self
    }

    /// Sets whether the operation runs first; by default it does not.
    #[must_use]
    pub fn at(mut self, timing: FaultTiming) -> Self {
        self.timing = timing;
        self
    }

    fn validate(self) -> Result<ScriptedResponse, SandboxError> {
        let status = StatusCode::from_u16(self.status)
            .ok()
            .filter(|status| !status.is_informational())
            .ok_or_else(|| {
                SandboxError::Fault(format!("{} is not a final HTTP status", self.status))
            })?;
        let mut headers = Vec::new();
        for (name, value) in self.headers {
            let invalid = || SandboxError::Fault(format!("`{name}` is not a valid header"));
            headers.push((
                HeaderName::try_from(&name).map_err(|_| invalid())?,
                HeaderValue::try_from(&value).map_err(|_| invalid())?,
            ));
        }
        if self.content_length.is_some_and(|length| length <= self.body.len() as u64) {
            let message = "the content length must exceed the length of the body";
            return Err(SandboxError::Fault(message.into()));
        }
        Ok(ScriptedResponse {
            status,
            headers,
            body: self.body,
            content_length: self.content_length,
            delay: self.delay,
            remaining: self.times,
            operation: self.operation,
            timing: self.timing,
        })
    }
}

/// A valid fault, waiting for its requests.
#[derive(Debug, Clone)]
pub(crate) struct ScriptedResponse {
    status: StatusCode,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Bytes,
    content_length: Option<u64>,
    delay: Duration,
    /// Number of requests that still get it.
    remaining: u32,
    operation: Option<String>,
    pub(crate) timing: FaultTiming,
}

impl ScriptedResponse {
    pub(crate) async fn into_response(self) -> Response {
        tokio::time::sleep(self.delay).await;
        let body = match self.content_length {
            None => Body::from(self.body),
            Some(_) => {
                // An error in place of the missing bytes makes the server drop the connection. It comes
                // one poll later, so that the bytes before it are sent.
                let abort = stream::once(async {
                    tokio::task::yield_now().await;
                    Err(io::Error::new(io::ErrorKind::ConnectionAborted, "scripted truncation"))
                });
                Body::from_stream(stream::iter([Ok(self.body)]).chain(abort))
            }
        };
        let mut response = Response::new(body);
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        if let Some(length) = self.content_length {
            headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
        }
        for (name, value) in self.headers {
            headers.append(name, value);
        }
        response
    }
}

/// The faults still to come, in the order in which they were scripted.
#[derive(Debug, Default)]
pub(crate) struct FaultScript(Mutex<VecDeque<ScriptedResponse>>);

impl FaultScript {
    pub(crate) fn add(&self, fault: Fault) -> Result<(), SandboxError> {
        let response = fault.validate()?;
        if response.remaining > 0 {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push_back(response);
        }
        Ok(())
    }

    /// Takes the first fault that applies to this request, if any.
    pub(crate) fn take_due(&self, operation: Option<&str>) -> Option<ScriptedResponse> {
        let mut faults = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let position = faults.iter().position(|fault| {
            fault.operation.is_none() || fault.operation.as_deref() == operation
        })?;
        let fault = faults.get_mut(position)?;
        fault.remaining -= 1;
        if fault.remaining == 0 {
            return faults.remove(position);
        }
        Some(fault.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_taken_in_order_by_the_operations_they_are_for() {
        let script = FaultScript::default();
        script.add(Fault::response(500).only("getAssets").times(2)).unwrap();
        script.add(Fault::response(503)).unwrap();
        script.add(Fault::response(504).times(0)).unwrap();
        let due = |operation| script.take_due(operation).map(|fault| fault.status.as_u16());
        assert_eq!(due(Some("getAssets")), Some(500));
        assert_eq!(due(Some("getFolders")), Some(503));
        assert_eq!(due(Some("getFolders")), None);
        assert_eq!(due(None), None);
        assert_eq!(due(Some("getAssets")), Some(500));
        assert_eq!(due(Some("getAssets")), None);
    }

    #[test]
    fn a_fault_that_is_no_http_response_is_refused() {
        for fault in [
            Fault::response(100),
            Fault::response(1000),
            Fault::response(200).header("a b", "c"),
            Fault::response(200).header("a", "b\n"),
            Fault::response(200).body("four").content_length(4),
        ] {
            assert!(fault.clone().validate().is_err(), "{fault:?}");
        }
    }
}
