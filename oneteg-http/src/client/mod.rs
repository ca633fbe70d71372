//! The client that generated code runs on.

use std::{fmt, future::Future, sync::Arc};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use oneteg_auth::Authenticator;
use serde::{Serialize, de::DeserializeOwned};
use url::Url;

mod builder;
mod call_future;
mod connections;
mod environment;
mod raw_request;
mod settings;

pub use builder::RuntimeBuilder;
pub use call_future::CallFuture;
pub use environment::{variable, variable_error};
pub use raw_request::RawRequest;
pub use settings::ClientSettings;

use crate::{
    ByteStream, Error, ErrorKind, ResponseValue, Vendor,
    error::RedactionSet,
    pipeline::{
        AcceptFile, Pipeline, PipelineOutput, ResponseMode, UnwrappedResponse, redirect, unwrap,
    },
    request::OperationRequest,
    response::{BufferedResponse, Responder, file},
};

/// What every generated client runs on. Cloning is cheap, and clones share everything.
///
/// It can be used from several tokio runtimes. A connection ends with the runtime that opened it: requests of
/// other runtimes on it then fail with [`ErrorKind::Transport`].
///
/// ```
/// use oneteg_auth::{ApiKey, Secret};
/// use oneteg_http::{Runtime, Vendor};
///
/// #[derive(Debug)]
/// struct Acme;
///
/// impl Vendor for Acme {
///     fn name(&self) -> &'static str {
///         "acme"
///     }
/// }
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let key = ApiKey::with_scheme("apiToken", &Secret::new("s3cret"))?;
/// let runtime = Runtime::builder("https://api.acme.example", Acme, key).build()?;
/// assert_eq!(runtime.base_url().host_str(), Some("api.acme.example"));
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Runtime {
    pipeline: Arc<Pipeline>,
    /// The headers of every request to the base URL.
    headers: Arc<HeaderMap>,
}

impl Runtime {
    /// Starts a runtime for a server.
    pub fn builder(
        base_url: impl Into<String>,
        vendor: impl Vendor,
        authenticator: impl Authenticator,
    ) -> RuntimeBuilder {
        RuntimeBuilder::new(base_url.into(), Arc::new(vendor), Arc::new(authenticator))
    }

    /// The base URL, to which the paths of operations are appended.
    pub fn base_url(&self) -> &Url {
        &self.pipeline.endpoint.base_url
    }

    /// Whether a URL from a response may be requested: an `https` URL, or an `http` URL on this machine if the
    /// base URL is on this machine too. Otherwise a server could reach services on this machine.
    #[doc(hidden)]
    pub fn allows_url(&self, url: &Url) -> bool {
        redirect::is_allowed(self.base_url(), url)
    }

    /// Returns a runtime that sends another header with every request to the base URL; it replaces one of the
    /// same name. Connections, limits and credential are shared.
    #[must_use]
    pub fn with_header(&self, name: HeaderName, value: HeaderValue) -> Self {
        let mut headers = (*self.headers).clone();
        headers.insert(name, value);
        Self { pipeline: Arc::clone(&self.pipeline), headers: Arc::new(headers) }
    }

    /// Starts a request to an endpoint that the specification lacks. The path is appended to the base URL.
    pub fn request(&self, method: Method, path: impl Into<String>) -> RawRequest {
        RawRequest::new(self.clone(), method, path.into())
    }

    /// Starts a request to another server, such as a storage host whose URL a response contains. It is sent
    /// without the credential (RFC 6750 section 5.3).
    ///
    /// The URL must be `https`, or `http` on this machine if the base URL is on this machine too. It may be a
    /// secret, such as a shared access signature: errors and logs do not show its query.
    pub fn request_external(&self, method: Method, url: Url) -> RawRequest {
        RawRequest::external(self.clone(), method, url)
    }

    /// Starts a request to an absolute URL of this server, such as a `Location`. It is sent with the credential,
    /// so a URL of another origin is [`ErrorKind::Configuration`].
    pub fn request_url(&self, method: Method, url: Url) -> RawRequest {
        RawRequest::absolute(self.clone(), method, url)
    }

    /// Calls a remote procedure that the specification lacks, at the path of the vendor's JSON-RPC endpoint. The
    /// parameters must serialise to an array: use a tuple, a slice or a `Vec`.
    ///
    /// # Errors
    /// Those of every call; [`ErrorKind::InvalidRequest`] if the parameters are not an array.
    pub async fn call_procedure<P: Serialize + ?Sized, T: DeserializeOwned>(
        &self,
        path: &'static str,
        method: &str,
        params: &P,
    ) -> Result<ResponseValue<T>, Error> {
        self.json(raw_request::procedure(path, method, params)).await
    }

    /// Decodes a response inside another response, such as a part of a `multipart/mixed` batch, like a separate
    /// one: the vendor's envelope is unwrapped, and a failure becomes the same error.
    ///
    /// # Errors
    /// Those of every call.
    pub fn decode_embedded<T: DeserializeOwned>(
        &self,
        status: StatusCode,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<ResponseValue<T>, Error> {
        let vendor = &*self.pipeline.vendor;
        let operation = raw_request::operation(vendor);
        let response = BufferedResponse { status, headers, body, responder: Responder::default() };
        unwrap(response, operation, None, vendor, &Responder::default)
            .map_err(|error| error.redacted(&RedactionSet::default()).with_operation(operation.id))?
            .decode(operation, vendor)
    }

    /// Makes a call whose response is a JSON value.
    #[doc(hidden)]
    pub fn json<T: DeserializeOwned>(
        &self,
        request: Box<OperationRequest>,
    ) -> impl Future<Output = Result<ResponseValue<T>, Error>> + Send {
        let operation = request.operation;
        let output = self.run(request, ResponseMode::Json);
        async move {
            let unwrapped =
                value(output.await).map_err(|error| error.with_operation(operation.id))?;
            unwrapped.decode(operation, &*self.pipeline.vendor)
        }
    }

    /// Makes a call whose response has no value.
    #[doc(hidden)]
    pub async fn empty(&self, request: Box<OperationRequest>) -> Result<ResponseValue<()>, Error> {
        Ok(self.undecoded(request).await?.with_value(()))
    }

    /// Makes a call whose response is plain text.
    #[doc(hidden)]
    pub async fn text(
        &self,
        request: Box<OperationRequest>,
    ) -> Result<ResponseValue<String>, Error> {
        let unwrapped = self.undecoded(request).await?;
        let text = String::from_utf8_lossy(unwrapped.value()).into_owned();
        Ok(unwrapped.with_value(text))
    }

    /// Makes a call whose response is a file.
    #[doc(hidden)]
    pub async fn stream(
        &self,
        request: Box<OperationRequest>,
    ) -> Result<ResponseValue<ByteStream>, Error> {
        let operation = request.operation;
        let accept: AcceptFile = |response, file| Box::pin(file::accept(response, file));
        let output = self.run(request, ResponseMode::Stream(accept)).await;
        let PipelineOutput::Stream(mut response) =
            output.map_err(|error| error.with_operation(operation.id))?
        else {
            return Err(Error::new(ErrorKind::Envelope, "the response was decoded, not streamed"));
        };
        let status = response.status();
        let headers = std::mem::take(response.headers_mut());
        let stall_timeout = self.pipeline.timeouts.stall;
        let body = ByteStream::new(*response, operation.id, stall_timeout, &headers);
        Ok(ResponseValue::new(body, status, headers))
    }

    async fn undecoded(
        &self,
        request: Box<OperationRequest>,
    ) -> Result<Box<UnwrappedResponse>, Error> {
        let operation = request.operation;
        let output = self.run(request, ResponseMode::Value).await;
        value(output).map_err(|error| error.with_operation(operation.id))
    }

    fn run(
        &self,
        request: Box<OperationRequest>,
        mode: ResponseMode,
    ) -> impl Future<Output = Result<PipelineOutput, Error>> + Send {
        self.pipeline.run(request, Arc::clone(&self.headers), mode)
    }
}

impl fmt::Debug for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runtime")
            .field("base_url", &self.base_url().as_str())
            .field("vendor", &self.pipeline.vendor.name())
            .field("authenticator", &self.pipeline.endpoint.authenticator)
            .finish_non_exhaustive()
    }
}

fn value(output: Result<PipelineOutput, Error>) -> Result<Box<UnwrappedResponse>, Error> {
    match output? {
        PipelineOutput::Value(unwrapped) => Ok(unwrapped),
        PipelineOutput::Stream(_) => {
            Err(Error::new(ErrorKind::Envelope, "the response was streamed, not decoded"))
        }
    }
}
