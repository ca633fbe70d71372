//! Calls that the specification does not know yet: the same pipeline, untyped.

use std::borrow::Cow;

use http::Method;
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    ByteStream, CallOptions, Confidence, Error, Evidence, Operation, ResponseValue, Runtime,
    call::{Body, Call},
    query::QueryStyle,
    rpc::Params,
};

const UNKNOWN: Evidence = Evidence::new(Confidence::Inferred, &[], None);

static REQUEST: Operation = Operation::new("request", "raw", Method::GET, "", false, UNKNOWN)
    .accepting("application/json, */*;q=0.5");
static PROCEDURE: Operation = Operation::new("call", "raw", Method::POST, "", false, UNKNOWN)
    .accepting("application/json")
    .rpc("", &[]);

/// A call of an endpoint that the specification does not know. Made by [`Runtime::request`].
#[derive(Debug)]
#[must_use = "the request is made by `send`"]
pub struct RawRequest<'a> {
    runtime: &'a Runtime,
    call: Call,
}

impl<'a> RawRequest<'a> {
    pub(crate) fn new(runtime: &'a Runtime, method: Method, path: String) -> Self {
        let mut call = Call::new(&REQUEST, CallOptions::new());
        call.method = method;
        // Braces are the template's syntax; in a given path they can only mean themselves.
        call.template = Cow::Owned(path.replace('{', "%7B").replace('}', "%7D"));
        Self { runtime, call }
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

pub(crate) fn procedure<P: Serialize + ?Sized>(
    path: &'static str,
    method: &str,
    params: &P,
) -> Call {
    let mut call = Call::new(&PROCEDURE, CallOptions::new());
    call.template = Cow::Borrowed(path);
    call.procedure = Cow::Owned(method.to_owned());
    match Params::from_array(params) {
        Ok(params) => call.body = Body::Rpc(params),
        Err(error) => call.fault = Some(error),
    }
    call
}
