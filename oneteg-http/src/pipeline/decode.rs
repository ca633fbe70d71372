//! From a response to its value: unwrap the envelope, decode, describe failures.
//!
//! | Step | Success | Otherwise |
//! |---|---|---|
//! | 1. [`locate`] finds the value in a body that looks like a plain success | 2 | 4 |
//! | 2. the value is decoded in place | 3 | 4 |
//! | 3. the rest of the envelope is read | done | 4 |
//! | 4. [`unwrap`] reads the whole envelope | 5 | an error of the call |
//! | 5. the value is decoded tolerantly | done | a decoding error |
//!
//! Nearly all responses with an envelope take 1 to 3, which reads each byte once.

use bytes::Bytes;
use serde::de::DeserializeOwned;
use url::Url;

use super::trace::CallSpan;
use crate::{
    Error, ErrorKind, Operation, ResponseValue, Vendor, VendorFault,
    envelope::{EnvelopeMeta, Unwrapped},
    error::RedactionSet,
    interceptor::Received,
    response::{BufferedResponse, Responder},
    tolerant,
};

/// A response and its undecoded value.
pub(crate) struct UnwrappedResponse {
    pub(super) response: BufferedResponse,
    /// The JSON of the value. If the envelope was not read yet, up to the end of the body.
    value: Bytes,
    /// What the envelope contains besides the value.
    meta: Option<EnvelopeMeta>,
    /// Whether the envelope was read to its end.
    envelope_read: bool,
    /// What a decoding error must not show.
    redactions: RedactionSet,
    /// Where a decoding error is recorded.
    span: Option<CallSpan>,
    /// Whether the caller receives the body too.
    keep_body: bool,
}

/// Finds the value of a response that looks like a plain success, without reading the envelope to its end. Returns
/// it up to the end of the body; `None` if there is no envelope, or something unusual.
pub(super) fn locate(
    response: &BufferedResponse,
    operation: &Operation,
    id: &str,
) -> Option<Bytes> {
    if !response.status.is_success() || operation.accept.is_none() {
        return None;
    }
    let content = response.content();
    let begin = operation.envelope.format().begin_of_value(content, id)?;
    Some(response.body.slice_ref(&content[begin..]))
}

/// Unwraps a response, or returns the error it stands for. With an id, it must be the response to that request.
/// `responder` is called only for an error that names the server.
pub(crate) fn unwrap(
    mut response: BufferedResponse,
    operation: &Operation,
    id: Option<&str>,
    vendor: &dyn Vendor,
    responder: &dyn Fn() -> Responder,
) -> Result<Box<UnwrappedResponse>, Error> {
    let is_success = response.status.is_success();
    if is_success
        && (response.has_unrequested_coding() || operation.accept.is_some() && response.is_html())
    {
        response.responder = responder();
        let coding = response.unrequested_coding_error();
        return Err(coding.unwrap_or_else(|| response.html_error()));
    }
    let envelope = operation.envelope.format();
    if !is_success && !envelope.precedes_status() {
        return Err(response.failure(vendor));
    }
    let content = response.body.slice_ref(response.content());
    match envelope.unwrap(&content, id) {
        Ok(Unwrapped::Fault(fault)) => {
            let kind = vendor.classify(&fault).unwrap_or(ErrorKind::Api);
            let message = fault
                .message
                .unwrap_or_else(|| "the server refused the call without a message".to_owned());
            let fault = VendorFault::new(fault.code, Some(message), fault.data);
            Err(response.fault(kind, fault, vendor))
        }
        _ if !is_success => Err(response.failure(vendor)),
        Ok(Unwrapped::Partial(fault)) => {
            let message = fault.message.unwrap_or_default();
            let error = response.error(ErrorKind::Partial, message);
            Err(error.with_code(fault.code).with_data(fault.data))
        }
        Ok(Unwrapped::Value(value, meta)) => {
            Ok(Box::new(UnwrappedResponse::new(response, value, meta, true)))
        }
        Err(error) => {
            response.responder = responder();
            Err(response.decode_error(error, &content))
        }
    }
}

impl UnwrappedResponse {
    fn new(
        response: BufferedResponse,
        value: Bytes,
        meta: Option<EnvelopeMeta>,
        envelope_read: bool,
    ) -> Self {
        let redactions = RedactionSet::default();
        Self { response, value, meta, envelope_read, redactions, span: None, keep_body: false }
    }

    /// A response whose value was [located](locate).
    pub(super) fn located(response: BufferedResponse, value: Bytes) -> Self {
        Self::new(response, value, None, false)
    }

    /// Sets what is needed to describe and record a decoding error.
    pub(super) fn set_context(&mut self, mut redactions: RedactionSet, url: Url, span: CallSpan) {
        redactions.requested = Some(url);
        self.redactions = redactions;
        self.span = Some(span);
    }

    /// The response, for interceptors.
    pub(super) fn received(&self) -> Received<'_> {
        let BufferedResponse { status, headers, body, .. } = &self.response;
        Received { status: *status, headers, body: Some(body) }
    }

    /// Passes the body to the caller too.
    pub(super) fn keep_body(&mut self) {
        self.keep_body = true;
    }

    /// The undecoded value.
    pub(crate) fn value(&self) -> &[u8] {
        &self.value
    }

    /// Decodes the value.
    pub(crate) fn decode<T: DeserializeOwned>(
        mut self: Box<Self>,
        operation: &Operation,
        vendor: &dyn Vendor,
    ) -> Result<ResponseValue<T>, Error> {
        if !self.envelope_read {
            if let Some((value, length)) = decode_first(&self.value)
                && self.read_envelope_around(operation, length)
            {
                return Ok(self.with_value(value));
            }
            self = self.unwrap_in_full(operation, vendor)?;
        }
        match tolerant::decode_with::<T>(&self.value, || operation.required_members()) {
            Ok((value, repairs)) => {
                if let Some(span) = self.span.as_ref().filter(|_| repairs.count() > 0) {
                    span.record_repairs(&repairs);
                }
                Ok(self.with_value(value).with_repairs(repairs))
            }
            Err(error) => Err(self.decode_error(operation, error)),
        }
    }

    /// What the caller receives, with the decoded value.
    pub(crate) fn with_value<T>(self, value: T) -> ResponseValue<T> {
        let BufferedResponse { status, headers, body, .. } = self.response;
        let body = self.keep_body.then_some(body);
        ResponseValue::new(value, status, headers).with_envelope(self.meta).with_body(body)
    }

    /// Reads the envelope around a value of this length in bytes, which was decoded before. Returns whether it
    /// is a plain success.
    fn read_envelope_around(&mut self, operation: &Operation, length: usize) -> bool {
        let content = self.response.content();
        let begin = content.len() - self.value.len();
        let range = begin..begin + length;
        match operation.envelope.format().unwrap_around(content, &range) {
            Ok(meta) => {
                self.meta = meta;
                true
            }
            Err(_) => false,
        }
    }

    /// Unwraps a response that turned out not to be a plain success. Its id was checked before.
    fn unwrap_in_full(
        self: Box<Self>,
        operation: &Operation,
        vendor: &dyn Vendor,
    ) -> Result<Box<Self>, Error> {
        let Self { response, redactions, span, .. } = *self;
        match unwrap(response, operation, None, vendor, &|| responder(&redactions)) {
            Ok(unwrapped) => Ok(Box::new(Self { redactions, span, ..*unwrapped })),
            Err(error) => Err(finish_error(error, operation, &redactions, span.as_ref())),
        }
    }

    fn decode_error(mut self: Box<Self>, operation: &Operation, error: Error) -> Error {
        self.response.responder = responder(&self.redactions);
        let error = self.response.decode_error(error, &self.value);
        finish_error(error, operation, &self.redactions, self.span.as_ref())
    }
}

/// Completes an error that occurred after the last attempt.
fn finish_error(
    error: Error,
    operation: &Operation,
    redactions: &RedactionSet,
    span: Option<&CallSpan>,
) -> Error {
    let error = error.with_operation(operation.id).redacted(redactions);
    if let Some(span) = span {
        span.record_failure(&error);
    }
    error
}

/// The server that responded to a request. A success needs no more than its host.
fn responder(redactions: &RedactionSet) -> Responder {
    let host = redactions.last_url().and_then(Url::host_str).unwrap_or_default();
    Responder { host: host.to_owned(), ..Responder::default() }
}

/// Decodes the value at the beginning, and returns its length in bytes; `None` if it cannot be decoded.
fn decode_first<T: DeserializeOwned>(json: &[u8]) -> Option<(T, usize)> {
    let mut values = serde_json::Deserializer::from_slice(json).into_iter();
    let value = values.next()?.ok()?;
    Some((value, values.byte_offset()))
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, Method, StatusCode};
    use serde_json::Value;

    use super::*;
    use crate::{Confidence, Envelope, Evidence};

    const EVIDENCE: Evidence = Evidence::new(Confidence::Inferred, &[], None);
    static PLAIN: Operation = Operation::new("read", "test", Method::GET, "/", true, EVIDENCE)
        .accepting("application/json");
    static RPC: Operation = Operation::new("get", "test", Method::POST, "/", true, EVIDENCE)
        .accepting("application/json")
        .rpc("get", &[]);
    static WRAPPED: Operation = Operation::new("list", "test", Method::GET, "/", true, EVIDENCE)
        .accepting("application/json")
        .wrapped(Envelope::PAYLOAD);

    #[derive(Debug)]
    struct AnyVendor;

    impl Vendor for AnyVendor {
        fn name(&self) -> &'static str {
            "any"
        }
    }

    fn response(status: u16, body: &'static str) -> BufferedResponse {
        BufferedResponse {
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::new(),
            body: Bytes::from_static(body.as_bytes()),
            responder: Responder::default(),
        }
    }

    /// As the pipeline and its caller do it, one after the other.
    fn decode(operation: &Operation, status: u16, body: &'static str) -> Result<Value, Error> {
        let response = response(status, body);
        let unwrapped = match locate(&response, operation, "7") {
            Some(value) => Box::new(UnwrappedResponse::located(response, value)),
            None => unwrap(response, operation, Some("7"), &AnyVendor, &Responder::default)?,
        };
        unwrapped.decode(operation, &AnyVendor).map(ResponseValue::into_inner)
    }

    #[test]
    fn located_values_are_decoded_in_place_and_the_rest_is_checked() {
        for (operation, body) in [
            (&RPC, r#"{"id":"7","result":[1]}"#),
            (&WRAPPED, r#"{"apiVersion":"1","payload":[1],"errors":[]}"#),
        ] {
            assert!(locate(&response(200, body), operation, "7").is_some(), "{body}");
            assert_eq!(decode(operation, 200, body).unwrap(), serde_json::json!([1]));
        }
        for (operation, body, kind) in [
            (&RPC, r#"{"id":"7","result":[1],"error":{"code":1}}"#, ErrorKind::Api),
            (&RPC, r#"{"id":"7","result":[1"#, ErrorKind::Decode),
            (&WRAPPED, r#"{"apiVersion":"1","payload":[1],"errors":["no"]}"#, ErrorKind::Partial),
        ] {
            assert!(locate(&response(200, body), operation, "7").is_some(), "{body}");
            assert_eq!(decode(operation, 200, body).unwrap_err().kind(), kind, "{body}");
        }
    }

    #[test]
    fn a_json_rpc_error_precedes_the_status_and_other_errors_follow_it() {
        let fault = r#"{"id":"7","error":{"code":-32601,"message":""}}"#;
        for status in [200, 404, 500] {
            let error = decode(&RPC, status, fault).unwrap_err();
            assert_eq!((error.kind(), error.code()), (ErrorKind::Api, Some("-32601")));
        }
        for (operation, body) in [
            (&RPC, r#"{"id":"7","result":[1]}"#),
            (&WRAPPED, r#"{"apiVersion":"1","payload":[1],"errors":["no"]}"#),
            (&PLAIN, "[1]"),
            (&PLAIN, "<html>"),
        ] {
            let error = decode(operation, 404, body).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::NotFound, "{body}");
        }
        assert_eq!(decode(&PLAIN, 200, "<html>").unwrap_err().kind(), ErrorKind::Html);
    }
}
