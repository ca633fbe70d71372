//! Requests that the specification lacks: untyped, through the same pipeline.

use std::{borrow::Cow, fmt};

use http::Method;
use serde::{Serialize, de::DeserializeOwned};
use url::Url;

use super::Runtime;
use crate::{
    ByteStream, CallOptions, CallSettings, Confidence, Envelope, Error, ErrorKind, Evidence,
    Operation, ResponseValue, UploadSource, Vendor,
    envelope::json_rpc::Params,
    operation::is_idempotent,
    request::{OperationRequest, body::Body, query::QueryStyle},
};

const NO_EVIDENCE: Evidence = Evidence::new(Confidence::Inferred, &[], None);

static REQUEST: Operation = Operation::new("request", "raw", Method::GET, "", false, NO_EVIDENCE)
    .accepting("application/json, */*;q=0.5");
static WRAPPED: Operation = Operation::new("request", "raw", Method::GET, "", false, NO_EVIDENCE)
    .accepting("application/json, */*;q=0.5")
    .wrapped(Envelope::PAYLOAD);
static EXTERNAL: Operation =
    Operation::new("request_external", "raw", Method::GET, "", false, NO_EVIDENCE).public();
static PROCEDURE: Operation = Operation::new("call", "raw", Method::POST, "", false, NO_EVIDENCE)
    .accepting("application/json")
    .rpc("", &[]);

/// A request that the specification lacks. Created by [`Runtime::request`].
///
/// ```no_run
/// # async fn run(runtime: oneteg_http::Runtime) -> Result<(), oneteg_http::Error> {
/// use oneteg_http::Method;
///
/// let request = runtime.request(Method::GET, "/status").query("verbose", &true);
/// let status = request.send::<serde_json::Value>().await?;
/// println!("{}", status["uptime"]);
/// # Ok(()) }
/// ```
#[must_use = "`send` makes the request"]
pub struct RawRequest {
    runtime: Runtime,
    request: Box<OperationRequest>,
}

/// The operation of requests to a vendor's own server.
pub(super) fn operation(vendor: &dyn Vendor) -> &'static Operation {
    if vendor.envelope() == Envelope::PAYLOAD { &WRAPPED } else { &REQUEST }
}

impl RawRequest {
    pub(super) fn new(runtime: Runtime, method: Method, path: String) -> Self {
        let operation = operation(&*runtime.pipeline.vendor);
        let mut request = OperationRequest::new(operation, CallOptions::new());
        request.options.idempotent = Some(is_idempotent(&method));
        request.method = method;
        // A path is often copied with its query. An encoded `?` would address another resource.
        let path = match path.split_once('?') {
            Some((path, query)) => {
                request.query.extend(url::form_urlencoded::parse(query.as_bytes()).into_owned());
                path.to_owned()
            }
            None => path,
        };
        // Without the slash, the path would continue the last segment of the base URL.
        let slash = if path.is_empty() || path.starts_with('/') { "" } else { "/" };
        let path = format!("{slash}{path}");
        // Braces are the syntax of templates; in a path they are literal.
        request.path_template = Cow::Owned(path.replace('{', "%7B").replace('}', "%7D"));
        Self { runtime, request }
    }

    /// A request to another server, without the credential.
    pub(super) fn external(runtime: Runtime, method: Method, url: Url) -> Self {
        let mut this = Self::new(runtime, method, String::new());
        this.request.operation = &EXTERNAL;
        if !this.runtime.allows_url(&url) {
            let message = "an external request needs an https URL; http is allowed for this machine if the \
                base URL is on this machine";
            this.request.error = Some(Error::invalid_request(message));
        }
        this.request.absolute_url = Some(url);
        this
    }

    /// A request to a URL of the same server, with the credential.
    pub(super) fn absolute(runtime: Runtime, method: Method, url: Url) -> Self {
        let mut this = Self::new(runtime, method, String::new());
        if url.origin() != this.runtime.base_url().origin() {
            let message = "the URL is on another server than the base URL, which must not receive the credential";
            this.request.error = Some(Error::new(ErrorKind::Configuration, message));
        }
        this.request.absolute_url = Some(url);
        this
    }

    /// Names the request as an operation of the specification, in errors and traces.
    #[doc(hidden)]
    pub fn operation(mut self, operation: &'static Operation) -> Self {
        self.request.operation = operation;
        self
    }

    /// Sets the options of the call. By default, GET, HEAD, OPTIONS, TRACE, PUT and DELETE are idempotent (RFC
    /// 9110 section 9.2.2).
    pub fn options(mut self, options: CallOptions) -> Self {
        let by_method = self.request.options.idempotent;
        self.request.options = options;
        self.request.options.idempotent = self.request.options.idempotent.or(by_method);
        self
    }

    /// Adds a query parameter. A list repeats the name; `None` adds nothing.
    pub fn query<T: Serialize + ?Sized>(mut self, name: &str, value: &T) -> Self {
        self.request.query(name, QueryStyle::Exploded, value);
        self
    }

    /// Adds a header.
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        self.request.header(name, value);
        self
    }

    /// Sets a JSON body.
    pub fn json<T: Serialize + ?Sized>(mut self, value: &T) -> Self {
        self.request.json(value);
        self
    }

    /// Sets a body of raw bytes. Its media type is `application/octet-stream`, unless a header sets another one.
    pub fn body(mut self, source: impl Into<UploadSource>) -> Self {
        self.request.upload(source.into());
        self
    }

    /// Sends the request and ignores the body of the response.
    ///
    /// # Errors
    /// Those of every call.
    pub async fn send_empty(self) -> Result<ResponseValue<()>, Error> {
        self.runtime.empty(self.request).await
    }

    /// Sends the request and decodes the response. [`serde_json::Value`] takes any.
    ///
    /// # Errors
    /// Those of every call.
    pub async fn send<T: DeserializeOwned>(self) -> Result<ResponseValue<T>, Error> {
        self.runtime.json(self.request).await
    }

    /// Sends the request and streams the response.
    ///
    /// # Errors
    /// Those of every call.
    pub async fn send_stream(self) -> Result<ResponseValue<ByteStream>, Error> {
        self.runtime.stream(self.request).await
    }
}

impl CallSettings for RawRequest {
    fn call_options_mut(&mut self) -> &mut CallOptions {
        &mut self.request.options
    }
}

impl fmt::Debug for RawRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RawRequest").field(&self.request).finish()
    }
}

pub(super) fn procedure<P: Serialize + ?Sized>(
    path: &'static str,
    method: &str,
    params: &P,
) -> Box<OperationRequest> {
    let mut request = OperationRequest::new(&PROCEDURE, CallOptions::new());
    request.path_template = Cow::Borrowed(path);
    request.procedure = Cow::Owned(method.to_owned());
    match Params::from_array(params) {
        Ok(params) => request.body = Body::Rpc(params),
        Err(error) => request.error = Some(error),
    }
    request
}
