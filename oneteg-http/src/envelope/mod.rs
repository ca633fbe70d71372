//! How the envelopes of vendors are read: where the value is in the body of a response, and what the envelope reports about it.
//!
//! | Path | Steps |
//! |---|---|
//! | fast | `begin_of_value` finds the value in a body that looks like a plain success, the caller decodes it in place, and `unwrap_around` checks the rest of the envelope |
//! | full | `unwrap` reads the whole envelope, and names what is wrong with it |
//!
//! Both give the same value. The fast path reads nearly every response, and each byte of it only once.

use std::{borrow::Cow, fmt, ops::Range};

use bytes::Bytes;
use serde_json::Value;

use crate::{Error, ErrorKind, VendorFault, fault::common_fault, tolerant};

pub(crate) mod json_rpc;
mod payload;
mod scan;

use json_rpc::RpcResponse;
pub(crate) use payload::EnvelopeMeta;
use payload::Payload;
pub use payload::{EnvelopeInfo, RecordCount};

/// What wraps the documented value in a response.
///
/// ```
/// use oneteg_http::Envelope;
///
/// assert_ne!(Envelope::JSON_RPC, Envelope::PAYLOAD);
/// ```
// A trait object: a program contains the code of those envelopes only that its vendor has.
#[derive(Clone, Copy)]
pub struct Envelope(&'static dyn EnvelopeFormat);

impl Envelope {
    /// Nothing. The body is the value.
    pub const NONE: Self = Self(&Bare);
    /// A JSON-RPC 2.0 response object. The value is `result`.
    pub const JSON_RPC: Self = Self(&JsonRpcResponse);
    /// An object with the value in `payload`, next to counts and warnings. Some responses lack it.
    pub const PAYLOAD: Self = Self(&PayloadObject);

    pub(crate) fn format(self) -> &'static dyn EnvelopeFormat {
        self.0
    }
}

impl fmt::Debug for Envelope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name())
    }
}

impl PartialEq for Envelope {
    fn eq(&self, other: &Self) -> bool {
        self.0.name() == other.0.name()
    }
}

impl Eq for Envelope {}

/// How an envelope is read.
pub(crate) trait EnvelopeFormat: Send + Sync {
    /// The name of its constant.
    fn name(&self) -> &'static str;

    /// Whether it reports the errors of a call whatever the status is, and more precisely than it.
    fn precedes_status(&self) -> bool {
        false
    }

    /// Where the value begins in a body that so far looks like a plain success. `id` is that of the request.
    fn begin_of_value(&self, body: &[u8], id: &str) -> Option<usize>;

    /// Reads the envelope around a value that was decoded before.
    fn unwrap_around(
        &self,
        body: &[u8],
        value: &Range<usize>,
    ) -> Result<Option<EnvelopeMeta>, Unusual>;

    /// Unwraps a body. With an id, it must be the response to that request.
    fn unwrap(&self, body: &Bytes, id: Option<&str>) -> Result<Unwrapped, Error>;
}

/// What an envelope contains.
pub(crate) enum Unwrapped {
    /// The JSON of the value, and what else the envelope reports.
    Value(Bytes, Option<EnvelopeMeta>),
    /// The call failed.
    Fault(VendorFault),
    /// The call succeeded in part: the envelope reports errors next to the value.
    Partial(VendorFault),
}

/// A body that is not a plain success, and needs [`unwrap`](EnvelopeFormat::unwrap).
pub(crate) struct Unusual;

struct Bare;

impl EnvelopeFormat for Bare {
    fn name(&self) -> &'static str {
        "NONE"
    }

    fn begin_of_value(&self, _: &[u8], _: &str) -> Option<usize> {
        None
    }

    fn unwrap_around(&self, _: &[u8], _: &Range<usize>) -> Result<Option<EnvelopeMeta>, Unusual> {
        Err(Unusual)
    }

    fn unwrap(&self, body: &Bytes, _: Option<&str>) -> Result<Unwrapped, Error> {
        Ok(Unwrapped::Value(body.clone(), None))
    }
}

struct JsonRpcResponse;

impl EnvelopeFormat for JsonRpcResponse {
    fn name(&self) -> &'static str {
        "JSON_RPC"
    }

    fn precedes_status(&self) -> bool {
        true
    }

    fn begin_of_value(&self, body: &[u8], id: &str) -> Option<usize> {
        json_rpc::begin_of_result(body, id)
    }

    fn unwrap_around(
        &self,
        body: &[u8],
        value: &Range<usize>,
    ) -> Result<Option<EnvelopeMeta>, Unusual> {
        if json_rpc::is_success_around(body, value) { Ok(None) } else { Err(Unusual) }
    }

    fn unwrap(&self, body: &Bytes, id: Option<&str>) -> Result<Unwrapped, Error> {
        let value = match json_rpc::unwrap(body, id)? {
            RpcResponse::Fault(fault) => return Ok(Unwrapped::Fault(fault)),
            // Not always a part of the body: a server may leave `result` out.
            RpcResponse::Result(Cow::Borrowed(b"null")) => null(),
            RpcResponse::Result(Cow::Borrowed(result)) => body.slice_ref(result),
            RpcResponse::Result(Cow::Owned(repaired)) => Bytes::from(repaired),
        };
        Ok(Unwrapped::Value(value, None))
    }
}

struct PayloadObject;

impl EnvelopeFormat for PayloadObject {
    fn name(&self) -> &'static str {
        "PAYLOAD"
    }

    fn begin_of_value(&self, body: &[u8], _: &str) -> Option<usize> {
        payload::begin_of_value(body)
    }

    fn unwrap_around(
        &self,
        body: &[u8],
        value: &Range<usize>,
    ) -> Result<Option<EnvelopeMeta>, Unusual> {
        match payload::parse(body, Some(value)) {
            Payload::Wrapped(wrapped) if wrapped.errors.is_empty() => Ok(Some(wrapped.meta())),
            _ => Err(Unusual),
        }
    }

    fn unwrap(&self, body: &Bytes, _: Option<&str>) -> Result<Unwrapped, Error> {
        unwrap_payload(body)
    }
}

fn unwrap_payload(body: &Bytes) -> Result<Unwrapped, Error> {
    let wrapped = match payload::parse(body, None) {
        Payload::Wrapped(wrapped) => wrapped,
        Payload::Bare => return Ok(Unwrapped::Value(body.clone(), None)),
        Payload::Ambiguous => {
            let message =
                "the response does not have its documented form: its envelope has two payloads";
            return Err(Error::new(ErrorKind::Decode, message));
        }
        Payload::Unusual => {
            return match payload::normalised(body) {
                Some(normal) => unwrap_payload(&normal.into()),
                None => Ok(Unwrapped::Value(body.clone(), None)),
            };
        }
    };
    let Some(first) = wrapped.errors.first() else {
        let value = wrapped.value().map_or_else(null, |value| body.slice_ref(value));
        return Ok(Unwrapped::Value(value, Some(wrapped.meta())));
    };
    // An error of the call although the status is a success: otherwise nobody would notice.
    let first = common_fault(first).unwrap_or_default();
    let message = first
        .message
        .unwrap_or_else(|| "the server reports errors although the status is a success".to_owned());
    let data = serde_json::json!({
        "errors": wrapped.errors,
        "warnings": wrapped.warnings(),
        "payload": wrapped.value().and_then(tolerant::any).unwrap_or(Value::Null),
    });
    Ok(Unwrapped::Partial(VendorFault::new(first.code, Some(message), Some(data))))
}

fn null() -> Bytes {
    Bytes::from_static(b"null")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The value by the full path, and by the fast one if it applies.
    fn values(envelope: Envelope, body: &'static str) -> (Option<Bytes>, Option<Bytes>) {
        let bytes = Bytes::from_static(body.as_bytes());
        let full = match envelope.format().unwrap(&bytes, Some("7")) {
            Ok(Unwrapped::Value(value, _)) => Some(value),
            _ => None,
        };
        let fast = envelope.format().begin_of_value(&bytes, "7").and_then(|begin| {
            let mut values =
                serde_json::Deserializer::from_slice(&bytes[begin..]).into_iter::<Value>();
            values.next()?.ok()?;
            let range = begin..begin + values.byte_offset();
            envelope.format().unwrap_around(&bytes, &range).ok()?;
            Some(bytes.slice(range))
        });
        (full, fast)
    }

    #[test]
    fn both_paths_find_the_same_value() {
        for (envelope, body) in [
            (Envelope::JSON_RPC, r#"{"jsonrpc":"2.0","id":"7","result":{"a":[1,"}"]}}"#),
            (Envelope::JSON_RPC, r#"{"id":7,"result":[1] , "error":null}"#),
            (Envelope::PAYLOAD, r#"{"apiVersion":"1","payload":{"a":1},"errors":[]}"#),
            (Envelope::PAYLOAD, r#"{"errors":null,"payload":[1],"meta":{}}"#),
        ] {
            let (full, fast) = values(envelope, body);
            assert!(full.is_some(), "{body}");
            assert_eq!(full, fast, "{body}");
        }
    }

    #[test]
    fn the_fast_path_leaves_the_unusual_to_the_full_one() {
        for (envelope, body) in [
            (Envelope::NONE, r#"{"id":7}"#),
            (Envelope::JSON_RPC, r#"{"result":[1],"id":"7"}"#),
            (Envelope::JSON_RPC, r#"{"id":"7","result":null,"error":{"code":1}}"#),
            (Envelope::PAYLOAD, r#"{"apiVersion":"1","payload":1,"errors":["no"]}"#),
            (Envelope::PAYLOAD, r#"{"apiVersion":"1","payload":1,"Payload":2}"#),
            (Envelope::PAYLOAD, r#"{"payload":1}"#),
        ] {
            assert_eq!(values(envelope, body).1, None, "{body}");
        }
    }

    #[test]
    fn errors_next_to_a_value_are_a_partial_success() {
        let body = r#"{"apiVersion":"1","payload":[1],"errors":[{"code":5,"message":"no"}],"warnings":["slow"]}"#;
        let unwrapped = unwrap_payload(&Bytes::from_static(body.as_bytes()));
        let Ok(Unwrapped::Partial(fault)) = unwrapped else { panic!("{body}") };
        assert_eq!((fault.code.as_deref(), fault.message.as_deref()), (Some("5"), Some("no")));
        let data = fault.data.unwrap();
        assert_eq!((&data["payload"], &data["warnings"]), (&Value::from([1]), &["slow"].into()));
    }
}
