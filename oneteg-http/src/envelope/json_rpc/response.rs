//! The response object of JSON-RPC 2.0 (section 5), and what servers send in its place.
//!
//! | Body | Is |
//! |---|---|
//! | `result`, and no `error` or a `null` one | the value |
//! | `result`, and an empty `error` (`false`, `""`, `[]`, `{}`) | the value |
//! | any other `error` | a fault |
//! | an `id` and neither | the value `null` |
//! | the `id` of another request | [`ErrorKind::IdMismatch`] |
//! | a batch, another JSON value, an object without these members | [`ErrorKind::Envelope`] |
//! | not JSON | [`ErrorKind::Decode`] |

use std::{borrow::Cow, ops::Range};

use serde::Deserialize;
use serde_json::{Map, Value, value::RawValue};

use super::members::{self, Members};
use crate::{Error, ErrorKind, VendorFault, tolerant};

/// A valid response object.
pub(crate) enum RpcResponse<'a> {
    /// The JSON of `result`; `null` if the server left it out.
    Result(Cow<'a, [u8]>),
    Fault(VendorFault),
}

/// The response object, for a parser. All members are optional, because servers leave out `jsonrpc` and `id`.
#[derive(Deserialize)]
struct ResponseObject<'a> {
    #[serde(borrow, default)]
    id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    result: Option<&'a RawValue>,
    #[serde(default)]
    error: Option<Value>,
}

/// Whether a body is a success with its `result` in this place, which was decoded before.
pub(crate) fn is_success_around(body: &[u8], result: &Range<usize>) -> bool {
    members::scan(body, Some(result)).is_some_and(|members| members.is_success())
}

/// Unwraps the response to the request with this id, or to any request if there is none.
pub(crate) fn unwrap<'a>(body: &'a [u8], id: Option<&str>) -> Result<RpcResponse<'a>, Error> {
    if let Some(result) = members::scan(body, None).and_then(|members| plain_result(&members, id)) {
        return Ok(RpcResponse::Result(Cow::Borrowed(result)));
    }
    // Everything else is parsed in full, so that the error can name what is wrong.
    let invalid = |message: &str| Error::new(ErrorKind::Envelope, message);
    let first = body.iter().find(|byte| !byte.is_ascii_whitespace());
    if first == Some(&b'[') {
        return Err(invalid("the response is a JSON-RPC batch, although one call was made"));
    }
    if first.is_none() {
        return Err(Error::new(ErrorKind::Decode, "the response is empty"));
    }
    if first != Some(&b'{') {
        return Err(match serde_json::from_slice::<&RawValue>(body) {
            Ok(_) => invalid("the response is JSON, but not a JSON-RPC response object"),
            Err(error) => {
                Error::new(ErrorKind::Decode, "the response is not JSON").with_source(error)
            }
        });
    }
    let object: ResponseObject<'_> = match serde_json::from_slice(body) {
        Ok(object) => object,
        Err(error) => {
            // If only a string in it is malformed, the repaired object still has the code of the error.
            return match tolerant::any(body).filter(|_| error.is_syntax()) {
                Some(Value::Object(members)) => unwrap_repaired(members, id),
                _ => {
                    let message = "the response is not valid JSON";
                    Err(Error::new(ErrorKind::Decode, message).with_source(error))
                }
            };
        }
    };
    if let Some(id) = id
        && let Some(found) = object.id.map(RawValue::get)
        && !is_same_id(found, id)
    {
        let message = "the response carries the id of another request; it was not used";
        return Err(Error::new(ErrorKind::IdMismatch, message));
    }
    let result = |json: &'a RawValue| RpcResponse::Result(Cow::Borrowed(json.get().as_bytes()));
    match (object.error, object.result) {
        (Some(error), Some(json)) if is_empty(&error) => Ok(result(json)),
        (Some(error), _) => Ok(RpcResponse::Fault(fault(error))),
        (None, Some(json)) => Ok(result(json)),
        // Includes `"result": null`, which serde reads as an absent `Option`.
        (None, None) if has_member(body, "result") || object.id.is_some() => {
            Ok(RpcResponse::Result(Cow::Borrowed(b"null")))
        }
        (None, None) => Err(invalid("the response has neither `result` nor `error`")),
    }
}

/// The `result` of a plain success, which needs no parser.
fn plain_result<'a>(members: &Members<'a>, id: Option<&str>) -> Option<&'a [u8]> {
    let is_expected = match (members.id, id) {
        (Some(found), Some(id)) => members::is_plain_id(found, id),
        _ => true,
    };
    members.result.filter(|_| members.is_success() && is_expected)
}

fn unwrap_repaired(
    members: Map<String, Value>,
    id: Option<&str>,
) -> Result<RpcResponse<'static>, Error> {
    let repaired = serde_json::to_vec(&members).map_err(|error| {
        Error::new(ErrorKind::Decode, "the response is not valid JSON").with_source(error)
    })?;
    Ok(match unwrap(&repaired, id)? {
        RpcResponse::Result(result) => RpcResponse::Result(Cow::Owned(result.into_owned())),
        RpcResponse::Fault(fault) => RpcResponse::Fault(fault),
    })
}

/// Ids are compared as strings, so that `7` matches `"7"`. A server sends `null` if it could not read the
/// request's id (JSON-RPC 2.0 section 5).
fn is_same_id(found: &str, id: &str) -> bool {
    match serde_json::from_str(found) {
        Ok(Value::String(string)) => string == id,
        Ok(Value::Number(number)) => number.to_string() == id,
        Ok(Value::Null) => true,
        _ => false,
    }
}

/// Whether an `error` next to a result means that there is none.
fn is_empty(error: &Value) -> bool {
    match error {
        Value::Bool(is_error) => !is_error,
        Value::String(message) => message.trim().is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    }
}

fn has_member(body: &[u8], name: &str) -> bool {
    serde_json::from_slice::<std::collections::HashMap<&str, &RawValue>>(body)
        .is_ok_and(|members| members.contains_key(name))
}

/// The error object (JSON-RPC 2.0 section 5.1). Some servers send a string or a number instead.
fn fault(error: Value) -> VendorFault {
    match error {
        Value::Object(mut members) => {
            let code = match members.remove("code") {
                Some(Value::Number(number)) => Some(number.to_string()),
                Some(Value::String(string)) => Some(string),
                _ => None,
            };
            let message = match members.remove("message") {
                Some(Value::String(message)) if !message.trim().is_empty() => Some(message),
                _ => code.as_deref().and_then(meaning).map(str::to_owned),
            };
            VendorFault::new(code, message, members.remove("data").filter(|data| !data.is_null()))
        }
        Value::String(message) if !message.trim().is_empty() => {
            VendorFault::new(None, Some(message), None)
        }
        other => VendorFault::new(None, None, Some(other)),
    }
}

/// The meaning of an error code (JSON-RPC 2.0 section 5.1).
fn meaning(code: &str) -> Option<&'static str> {
    Some(match code.parse::<i64>().ok()? {
        -32700 => "Parse error",
        -32600 => "Invalid Request",
        -32601 => "Method not found",
        -32602 => "Invalid params",
        -32603 => "Internal error",
        -32099..=-32000 => "Server error",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unwrapped(body: &str) -> Result<String, ErrorKind> {
        match unwrap(body.as_bytes(), Some("1")) {
            Ok(RpcResponse::Result(result)) => Ok(String::from_utf8(result.to_vec()).unwrap()),
            Ok(RpcResponse::Fault(fault)) => Ok(format!("{:?} {:?}", fault.code, fault.message)),
            Err(error) => Err(error.kind()),
        }
    }

    #[test]
    fn unwraps_what_servers_send() {
        assert_eq!(unwrapped(r#"{"jsonrpc":"2.0","id":"1","result":[1]}"#).unwrap(), "[1]");
        assert_eq!(unwrapped(r#"{"id":1,"result":{"a": 1}}"#).unwrap(), r#"{"a": 1}"#);
        assert_eq!(unwrapped(r#"{"result":null}"#).unwrap(), "null");
        assert_eq!(unwrapped(r#"{"id":"1"}"#).unwrap(), "null");
        assert_eq!(unwrapped(r#"{"result":1,"error":null}"#).unwrap(), "1");
        assert_eq!(unwrapped(r#" {"id": "1", "error": null, "result": "}" } "#).unwrap(), "\"}\"");
        let fault = unwrapped(r#"{"error":{"code":3004,"message":"no","data":null}}"#).unwrap();
        assert_eq!(fault, r#"Some("3004") Some("no")"#);
        assert_eq!(unwrapped(r#"{"error":"no"}"#).unwrap(), r#"None Some("no")"#);
    }

    #[test]
    fn an_empty_error_next_to_a_result_is_ignored() {
        for empty in ["false", "\"\"", "[]", "{}"] {
            let body = format!(r#"{{"id":"1","result":[1],"error":{empty}}}"#);
            assert_eq!(unwrapped(&body).unwrap(), "[1]");
            let alone = format!(r#"{{"id":"1","result":null,"error":{empty}}}"#);
            assert_eq!(unwrapped(&alone).unwrap(), "None None");
        }
        assert_eq!(unwrapped(r#"{"result":[1],"error":true}"#).unwrap(), "None None");
    }

    #[test]
    fn an_error_without_a_message_has_that_of_its_code() {
        for (error, expected) in [
            (r#"{"code":-32601,"message":""}"#, r#"Some("-32601") Some("Method not found")"#),
            (r#"{"code":-32700}"#, r#"Some("-32700") Some("Parse error")"#),
            (r#"{"code":-32050,"message":" "}"#, r#"Some("-32050") Some("Server error")"#),
            (r#"{"code":-32602,"message":"no id"}"#, r#"Some("-32602") Some("no id")"#),
            (r#"{"code":0,"message":""}"#, r#"Some("0") None"#),
            (r#"" ""#, "None None"),
        ] {
            assert_eq!(unwrapped(&format!(r#"{{"error":{error}}}"#)).unwrap(), expected);
        }
    }

    #[test]
    fn invalid_utf8_does_not_hide_a_fault() {
        let unwrapped = |body: &[u8]| match unwrap(body, Some("1")) {
            Ok(RpcResponse::Fault(fault)) => fault.code,
            Ok(RpcResponse::Result(result)) => Some(String::from_utf8(result.to_vec()).unwrap()),
            Err(error) => Some(format!("{:?}", error.kind())),
        };
        let broken = b"{\"id\":\"1\",\"error\":{\"code\":3004,\"message\":\"\xff\"}}";
        assert_eq!(unwrapped(broken).as_deref(), Some("3004"));
        let broken = b"{\"id\":\"2\",\"error\":{\"code\":3004,\"message\":\"\xff\"}}";
        assert_eq!(unwrapped(broken).as_deref(), Some("IdMismatch"));
        let broken = b"{\"\\ud83d\":1,\"result\":[1]}";
        assert_eq!(unwrapped(broken).as_deref(), Some("[1]"));
        assert_eq!(unwrapped(br#"{"result":1,"result":2}"#).as_deref(), Some("Decode"));
    }

    #[test]
    fn reports_what_is_wrong_with_the_rest() {
        assert_eq!(unwrapped(r#"{"id":"2","result":1}"#), Err(ErrorKind::IdMismatch));
        assert_eq!(unwrapped(r#"{"id":{},"result":1}"#), Err(ErrorKind::IdMismatch));
        assert_eq!(unwrapped(r#"[{"id":"1","result":1}]"#), Err(ErrorKind::Envelope));
        assert_eq!(unwrapped("{}"), Err(ErrorKind::Envelope));
        assert_eq!(unwrapped("7"), Err(ErrorKind::Envelope));
        assert_eq!(unwrapped(r#"{"id":"1","res"#), Err(ErrorKind::Decode));
        assert_eq!(unwrapped("<html>"), Err(ErrorKind::Decode));
        assert_eq!(unwrapped(""), Err(ErrorKind::Decode));
    }
}
