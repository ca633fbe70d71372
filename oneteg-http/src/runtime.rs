use std::{
    fmt,
    future::Future,
    sync::{Arc, OnceLock, atomic::AtomicU64},
};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use oneteg_auth::Authenticator;
use serde::{Serialize, de::DeserializeOwned};
use url::Url;

use crate::{
    ByteStream, Error, ErrorKind, RawRequest, ResponseValue, RetryBudget, RetryPolicy,
    RuntimeBuilder, Vendor,
    answer::{Answer, Responder, decode_first},
    call::OperationRequest,
    dispatch::{Opened, Reply, Want},
    error::Secrets,
    limiter::Limiter,
    raw,
    redirect::may_lead,
    timeouts::Timeouts,
    wire::Wire,
};

/// What every generated client runs on. Cloning is cheap, and clones share everything.
///
/// One may serve several tokio runtimes. A connection ends with the runtime that opened it: requests that others
/// have under way on it then fail as [`ErrorKind::Transport`].
#[derive(Clone)]
pub struct Runtime {
    pub(crate) shared: Arc<Shared>,
    /// Sent with every request to the base URL.
    pub(crate) headers: Arc<HeaderMap>,
}

pub(crate) struct Shared {
    pub(crate) wire: Wire,
    pub(crate) base: Url,
    pub(crate) authenticator: Arc<dyn Authenticator>,
    pub(crate) vendor: Arc<dyn Vendor>,
    pub(crate) max_answer: usize,
    pub(crate) next_id: AtomicU64,
    /// The path and the URL of remote procedures.
    pub(crate) rpc_url: OnceLock<(&'static str, Url)>,
    pub(crate) retry: RetryPolicy,
    pub(crate) budget: RetryBudget,
    pub(crate) limiter: Limiter,
    pub(crate) timeouts: Timeouts,
}

impl Runtime {
    /// Begins a runtime for a server.
    pub fn builder(
        base_url: impl Into<String>,
        vendor: impl Vendor,
        authenticator: impl Authenticator,
    ) -> RuntimeBuilder {
        RuntimeBuilder::new(base_url.into(), Arc::new(vendor), Arc::new(authenticator))
    }

    /// The base URL that operation paths are appended to.
    pub fn base_url(&self) -> &Url {
        &self.shared.base
    }

    /// Whether an address that the server gave may be used: an encrypted one, or a plain one of this machine
    /// if the base URL is on it as well. Otherwise a server could reach services on this machine.
    #[doc(hidden)]
    pub fn may_go_to(&self, url: &Url) -> bool {
        may_lead(&self.shared.base, url)
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.shared
    }

    pub(crate) fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The same runtime with another header on every request to the base URL, in place of one of that
    /// name. Connections, limits and credential stay shared.
    #[must_use]
    pub fn with_header(&self, name: HeaderName, value: HeaderValue) -> Self {
        let mut headers = (*self.headers).clone();
        headers.insert(name, value);
        Self { shared: Arc::clone(&self.shared), headers: Arc::new(headers) }
    }

    /// Begins a call of an endpoint that the specification does not know.
    ///
    /// The path is appended to the base URL; it goes through the same pipeline as every other call.
    pub fn request(&self, method: http::Method, path: impl Into<String>) -> RawRequest<'_> {
        RawRequest::new(self, method, path.into())
    }

    /// Begins a request to another server, such as a storage host whose address an answer gave. It goes
    /// through the same pipeline, but the credential stays behind (RFC 6750 section 5.3).
    ///
    /// The URL is `https`, or `http` on this machine where the base URL is of this machine too. It may be a secret itself (a shared access signature),
    /// so no error and no log shows its query.
    pub fn request_elsewhere(&self, method: http::Method, url: Url) -> RawRequest<'_> {
        RawRequest::elsewhere(self, method, url)
    }

    /// Begins a request to an absolute URL of this server, such as a `Location` that an answer gave. It goes
    /// with the credential, so a URL of another origin is [`ErrorKind::Configuration`].
    pub fn request_at(&self, method: http::Method, url: Url) -> RawRequest<'_> {
        RawRequest::at(self, method, url)
    }

    /// Calls a remote procedure that the specification does not know, at the path of the vendor's
    /// JSON-RPC endpoint. The parameters are an array or a tuple.
    ///
    /// # Errors
    /// As every call; [`ErrorKind::InvalidRequest`] when the parameters are no array.
    pub async fn procedure<P: Serialize + ?Sized, T: DeserializeOwned>(
        &self,
        path: &'static str,
        method: &str,
        params: &P,
    ) -> Result<ResponseValue<T>, Error> {
        self.json(raw::procedure(path, method, params)).await
    }

    /// Reads an answer that came inside of another one, such as a part of a `multipart/mixed` batch, as
    /// if it had come alone: the vendor's envelope is taken off, and a failure is the same error.
    ///
    /// # Errors
    /// As every call.
    pub fn embedded<T: DeserializeOwned>(
        &self,
        status: StatusCode,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<ResponseValue<T>, Error> {
        let operation = raw::operation(self);
        let opened = self
            .open(
                operation,
                None,
                Answer { status, headers, body, from: Responder::default() },
                &Responder::default,
            )
            .map_err(|error| Secrets::default().hide(error).with_operation(operation.id))?;
        opened.read(operation)
    }

    /// Sends a call whose answer is a JSON value.
    #[doc(hidden)]
    pub fn json<T: DeserializeOwned>(
        &self,
        call: Box<OperationRequest>,
    ) -> impl Future<Output = Result<ResponseValue<T>, Error>> + Send {
        let operation = call.operation;
        let reply = self.dispatch(call, Want::Json);
        async move {
            let mut opened =
                value(reply.await).map_err(|error| error.with_operation(operation.id))?;
            if !opened.closed {
                if let Some((value, length)) = decode_first(&opened.value)
                    && opened.close(operation, length)
                {
                    return Ok(opened.with(value));
                }
                opened = self.reopen(operation, opened)?;
            }
            opened.read(operation)
        }
    }

    async fn value(&self, call: Box<OperationRequest>) -> Result<Box<Opened>, Error> {
        let operation = call.operation;
        let reply = self.dispatch(call, Want::Value).await;
        value(reply).map_err(|error| error.with_operation(operation.id))
    }

    /// Sends a call whose answer has no value.
    #[doc(hidden)]
    pub async fn empty(&self, call: Box<OperationRequest>) -> Result<ResponseValue<()>, Error> {
        Ok(self.value(call).await?.with(()))
    }

    /// Sends a call whose answer is a text.
    #[doc(hidden)]
    pub async fn text(&self, call: Box<OperationRequest>) -> Result<ResponseValue<String>, Error> {
        let opened = self.value(call).await?;
        let text = String::from_utf8_lossy(&opened.value).into_owned();
        Ok(opened.with(text))
    }

    /// Sends a call whose answer is a file.
    #[doc(hidden)]
    pub async fn stream(
        &self,
        call: Box<OperationRequest>,
    ) -> Result<ResponseValue<ByteStream>, Error> {
        let operation = call.operation;
        let reply = self.dispatch(call, Want::Stream).await;
        let Reply::Stream(mut response) =
            reply.map_err(|error| error.with_operation(operation.id))?
        else {
            return Err(Error::new(ErrorKind::Envelope, "a decoded answer came for a stream"));
        };
        let status = response.status();
        let headers = std::mem::take(response.headers_mut());
        let stall = self.shared.timeouts.stall;
        let body = ByteStream::new(*response, operation.id, stall, &headers);
        Ok(ResponseValue::new(body, status, headers))
    }
}

impl fmt::Debug for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runtime")
            .field("base_url", &self.shared.base.as_str())
            .field("vendor", &self.shared.vendor.name())
            .field("authenticator", &self.shared.authenticator)
            .finish_non_exhaustive()
    }
}

fn value(reply: Result<Reply, Error>) -> Result<Box<Opened>, Error> {
    match reply? {
        Reply::Value(opened) => Ok(opened),
        Reply::Stream(_) => {
            Err(Error::new(ErrorKind::Envelope, "a stream came for a decoded answer"))
        }
    }
}
