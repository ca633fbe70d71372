//! Scripted answers: how a test makes the server misbehave.

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

/// When a fault takes the place of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Moment {
    /// Instead of the operation, which does not run.
    #[default]
    InsteadOfHandling,
    /// After the operation has run: the state has changed, and the client does not learn of it.
    AfterHandling,
}

/// A raw answer that the server gives instead of its own.
///
/// ```
/// use oneteg_sandbox::Fault;
///
/// let busy = Fault::answer(503).header("retry-after", "1").body("busy").times(2);
/// let login_page = Fault::answer(200).header("content-type", "text/html").body("<html>");
/// let cut_off = Fault::answer(200).body("{\"resul").announcing(4096).only("getAssets");
/// # let _ = (busy, login_page, cut_off);
/// ```
#[derive(Debug, Clone)]
pub struct Fault {
    status: u16,
    headers: Vec<(String, String)>,
    body: Bytes,
    announced: Option<u64>,
    delay: Duration,
    times: u32,
    operation: Option<String>,
    moment: Moment,
}

impl Fault {
    /// An empty answer with this status, once, for whichever request comes next.
    #[must_use]
    pub fn answer(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Bytes::new(),
            announced: None,
            delay: Duration::ZERO,
            times: 1,
            operation: None,
            moment: Moment::default(),
        }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// The body's bytes, sent as they are.
    #[must_use]
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// Announces a longer body (in bytes) than is sent, then drops the connection: a truncated answer.
    /// Of a body that does not fit the socket's buffer the end may be lost too.
    #[must_use]
    pub fn announcing(mut self, length: u64) -> Self {
        self.announced = Some(length);
        self
    }

    /// Waits before answering.
    #[must_use]
    pub fn delayed(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// How many requests are answered like this; 1 unless told.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = times;
        self
    }

    /// Only requests for this operation (a served name, as `getAssets`); others pass.
    #[must_use]
    pub fn only(mut self, operation: impl Into<String>) -> Self {
        self.operation = Some(operation.into());
        self
    }

    /// When it takes the answer's place.
    #[must_use]
    pub fn at(mut self, moment: Moment) -> Self {
        self.moment = moment;
        self
    }

    fn ready(self) -> Result<Ready, SandboxError> {
        let status = StatusCode::from_u16(self.status)
            .ok()
            .filter(|status| !status.is_informational())
            .ok_or_else(|| {
                SandboxError::Fault(format!("{} is no final HTTP status", self.status))
            })?;
        let mut headers = Vec::new();
        for (name, value) in self.headers {
            let refused = || SandboxError::Fault(format!("`{name}` is no valid header"));
            headers.push((
                HeaderName::try_from(&name).map_err(|_| refused())?,
                HeaderValue::try_from(&value).map_err(|_| refused())?,
            ));
        }
        if self.announced.is_some_and(|length| length <= self.body.len() as u64) {
            return Err(SandboxError::Fault("the announced length must exceed the body's".into()));
        }
        Ok(Ready {
            status,
            headers,
            body: self.body,
            announced: self.announced,
            delay: self.delay,
            left: self.times,
            operation: self.operation,
            moment: self.moment,
        })
    }
}

/// A fault that has been checked and can be sent.
#[derive(Debug, Clone)]
pub(crate) struct Ready {
    status: StatusCode,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Bytes,
    announced: Option<u64>,
    delay: Duration,
    left: u32,
    operation: Option<String>,
    pub(crate) moment: Moment,
}

impl Ready {
    pub(crate) async fn into_response(self) -> Response {
        tokio::time::sleep(self.delay).await;
        let body = match self.announced {
            None => Body::from(self.body),
            Some(_) => {
                // The error in place of the missing bytes makes the connection end early. It comes a turn
                // later, so that the server sends the bytes there are.
                let cut = stream::once(async {
                    tokio::task::yield_now().await;
                    Err(io::Error::new(io::ErrorKind::ConnectionAborted, "scripted truncation"))
                });
                Body::from_stream(stream::iter([Ok(self.body)]).chain(cut))
            }
        };
        let mut response = Response::new(body);
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        if let Some(length) = self.announced {
            headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
        }
        for (name, value) in self.headers {
            headers.append(name, value);
        }
        response
    }
}

/// The faults that are still to come, in the order of scripting.
#[derive(Debug, Default)]
pub(crate) struct Script(Mutex<VecDeque<Ready>>);

impl Script {
    pub(crate) fn add(&self, fault: Fault) -> Result<(), SandboxError> {
        let ready = fault.ready()?;
        if ready.left > 0 {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push_back(ready);
        }
        Ok(())
    }

    /// The fault for this request, if one is due; it is used up by that.
    pub(crate) fn due(&self, operation: Option<&str>) -> Option<Ready> {
        let mut faults = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = faults.iter().position(|fault| {
            fault.operation.is_none() || fault.operation.as_deref() == operation
        })?;
        let fault = faults.get_mut(found)?;
        fault.left -= 1;
        if fault.left == 0 {
            return faults.remove(found);
        }
        Some(fault.clone())
    }
}
