//! Calls that the specification does not know yet: the same pipeline, untyped.

use std::{borrow::Cow, fmt};

use http::Method;
use serde::{Serialize, de::DeserializeOwned};
use url::Url;

use crate::{
    ByteStream, CallOptions, Confidence, Envelope, Error, ErrorKind, Evidence, Operation,
    ResponseValue, Runtime, UploadSource,
    call::{Body, OperationRequest},
    operation::is_idempotent,
    query::QueryStyle,
    rpc::Params,
};

const UNKNOWN: Evidence = Evidence::new(Confidence::Inferred, &[], None);

static REQUEST: Operation = Operation::new("request", "raw", Method::GET, "", false, UNKNOWN)
    .accepting("application/json, */*;q=0.5");
static WRAPPED: Operation = Operation::new("request", "raw", Method::GET, "", false, UNKNOWN)
    .accepting("application/json, */*;q=0.5")
    .wrapped(Envelope::Payload);
static ELSEWHERE: Operation =
    Operation::new("request_elsewhere", "raw", Method::GET, "", false, UNKNOWN).public();
static PROCEDURE: Operation = Operation::new("call", "raw", Method::POST, "", false, UNKNOWN)
    .accepting("application/json")
    .rpc("", &[]);

/// A call of an endpoint that the specification does not know. Made by [`Runtime::request`].
#[must_use = "the request is made by `send`"]
pub struct RawRequest<'a> {
    runtime: &'a Runtime,
    call: Box<OperationRequest>,
}

/// What is known of a request that no specification knows.
pub(crate) fn operation(runtime: &Runtime) -> &'static Operation {
    match runtime.shared().vendor.envelope() {
        Envelope::Payload => &WRAPPED,
        _ => &REQUEST,
    }
}

impl<'a> RawRequest<'a> {
    pub(crate) fn new(runtime: &'a Runtime, method: Method, path: String) -> Self {
        let operation = operation(runtime);
        let mut call = OperationRequest::new(operation, CallOptions::new());
        call.options.idempotent = Some(is_idempotent(&method));
        call.method = method;
        // A path with its query, as it is copied from a vendor's page: encoding the `?` would ask for
        // another resource.
        let path = match path.split_once('?') {
            Some((path, query)) => {
                call.query.extend(url::form_urlencoded::parse(query.as_bytes()).into_owned());
                path.to_owned()
            }
            None => path,
        };
        // Braces are the template's syntax; in a given path they can only mean themselves.
        call.template = Cow::Owned(path.replace('{', "%7B").replace('}', "%7D"));
        Self { runtime, call }
    }

    pub(crate) fn elsewhere(runtime: &'a Runtime, method: Method, url: Url) -> Self {
        let mut request = Self::new(runtime, method, String::new());
        request.call.operation = &ELSEWHERE;
        if !runtime.may_go_to(&url) {
            let message = "a request elsewhere needs an https address; http is for an API on this machine \
                that sends to this machine";
            request.call.fault = Some(Error::invalid_request(message));
        }
        request.call.elsewhere = Some(url);
        request
    }

    pub(crate) fn at(runtime: &'a Runtime, method: Method, url: Url) -> Self {
        let mut request = Self::new(runtime, method, String::new());
        if url.origin() != runtime.shared().base.origin() {
            let message = "the address is on another server than the base URL, where the credential must not go";
            request.call.fault = Some(Error::new(ErrorKind::Configuration, message));
        }
        request.call.elsewhere = Some(url);
        request
    }

    /// Names the request, in errors and traces, as an operation that the specification knows.
    #[doc(hidden)]
    pub fn operation(mut self, operation: &'static Operation) -> Self {
        self.call.operation = operation;
        self
    }

    /// Sets the options of the call. Unless they say otherwise, GET, HEAD, OPTIONS, TRACE, PUT and DELETE
    /// count as idempotent (RFC 9110 section 9.2.2).
    pub fn options(mut self, options: CallOptions) -> Self {
        let by_method = self.call.options.idempotent;
        self.call.options = options;
        self.call.options.idempotent = self.call.options.idempotent.or(by_method);
        self
    }

    /// Adds a query parameter; a list repeats the name, `None` is left out.
    pub fn query<T: Serialize + ?Sized>(mut self, name: &str, value: &T) -> Self {
        self.call.query(name, QueryStyle::Exploded, value);
        self
    }

    /// Adds a header.
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        self.call.header(name, value);
        self
    }

    /// Sets a JSON body.
    pub fn json<T: Serialize + ?Sized>(mut self, value: &T) -> Self {
        self.call.json(value);
        self
    }

    /// Sets a body of raw bytes, sent as `application/octet-stream` unless a header says otherwise.
    pub fn body(mut self, source: impl Into<UploadSource>) -> Self {
        self.call.upload(source.into());
        self
    }

    /// Sends the request and ignores the body of the answer.
    ///
    /// # Errors
    /// As every call.
    pub async fn send_empty(self) -> Result<ResponseValue<()>, Error> {
        self.runtime.empty(self.call).await
    }

    /// Sends the request and decodes the answer; [`serde_json::Value`] takes any.
    ///
    /// # Errors
    /// As every call.
    pub async fn send<T: DeserializeOwned>(self) -> Result<ResponseValue<T>, Error> {
        self.runtime.json(self.call).await
    }

    /// Sends the request and streams the answer.
    ///
    /// # Errors
    /// As every call.
    pub async fn send_stream(self) -> Result<ResponseValue<ByteStream>, Error> {
        self.runtime.stream(self.call).await
    }
}

impl fmt::Debug for RawRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RawRequest").field(&self.call).finish()
    }
}

pub(crate) fn procedure<P: Serialize + ?Sized>(
    path: &'static str,
    method: &str,
    params: &P,
) -> Box<OperationRequest> {
    let mut call = OperationRequest::new(&PROCEDURE, CallOptions::new());
    call.template = Cow::Borrowed(path);
    call.procedure = Cow::Owned(method.to_owned());
    match Params::from_array(params) {
        Ok(params) => call.body = Body::Rpc(params),
        Err(error) => call.fault = Some(error),
    }
    call
}
