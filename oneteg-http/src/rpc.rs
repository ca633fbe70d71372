//! JSON-RPC 2.0: positional parameters out, one response object back.

use std::{borrow::Cow, fmt, ops::Range};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, value::RawValue};

use crate::{Error, ErrorKind, VendorFault, tolerant};

mod response;

/// The positional parameters, written as they are given.
#[derive(Clone)]
pub(crate) struct Params(Vec<u8>);

impl Params {
    pub(crate) fn new() -> Self {
        // Room for the few short parameters of most calls.
        let mut written = Vec::with_capacity(128);
        written.push(b'[');
        Self(written)
    }

    /// All parameters at once, from a value that serialises to an array.
    pub(crate) fn from_array<T: Serialize + ?Sized>(values: &T) -> Result<Self, Error> {
        let invalid = |message: &str| Error::invalid_request(message);
        let mut written = serde_json::to_vec(values).map_err(|error| {
            invalid("the parameters cannot be written as JSON").with_source(error)
        })?;
        if written.first() != Some(&b'[') {
            return Err(invalid("the parameters of a remote procedure are an array or a tuple"));
        }
        written.pop();
        Ok(Self(written))
    }

    pub(crate) fn push<T: Serialize + ?Sized>(
        &mut self,
        value: &T,
    ) -> Result<(), serde_json::Error> {
        let before = self.0.len();
        if before > 1 {
            self.0.push(b',');
        }
        serde_json::to_writer(&mut self.0, value).inspect_err(|_| self.0.truncate(before))
    }

    /// The request object (JSON-RPC 2.0 section 4).
    pub(crate) fn to_request(&self, method: &str, id: &str) -> Result<Vec<u8>, serde_json::Error> {
        let mut request = Vec::with_capacity(self.0.len() + method.len() + id.len() + 64);
        request.extend_from_slice(br#"{"jsonrpc":"2.0","id":"#);
        serde_json::to_writer(&mut request, id)?;
        request.extend_from_slice(br#","method":"#);
        serde_json::to_writer(&mut request, method)?;
        request.extend_from_slice(br#","params":"#);
        request.extend_from_slice(&self.0);
        request.extend_from_slice(b"]}");
        Ok(request)
    }
}

impl fmt::Debug for Params {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Params({} bytes)", self.0.len())
    }
}

/// The response object. Members are optional, because servers leave out `jsonrpc` and `id`.
#[derive(Deserialize)]
struct Response<'a> {
    #[serde(borrow, default)]
    id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    result: Option<&'a RawValue>,
    #[serde(default)]
    error: Option<Value>,
}

/// What a response object holds.
pub(crate) enum Outcome<'a> {
    /// The JSON of `result`; `null` where the server left it out beside an `id`.
    Result(Cow<'a, [u8]>),
    Fault(VendorFault),
}

/// Where the JSON of `result` begins in a plain answer to the request. Once it is decoded, it is to be seen
/// whether the answer [ends well](ends_well); otherwise the envelope is to be [opened](open).
pub(crate) fn begin_of_result(body: &[u8], id: &str) -> Option<usize> {
    response::begin_of_result(body, id)
}

/// Whether an answer is a success with a result in this place.
pub(crate) fn ends_well(body: &[u8], result: &Range<usize>) -> bool {
    response::skim(body, Some(result)).is_some_and(|members| members.is_success())
}

/// Takes the envelope off an answer to the request, or to any where none is named.
pub(crate) fn open<'a>(body: &'a [u8], id: Option<&str>) -> Result<Outcome<'a>, Error> {
    let is_plain = |answered| id.is_none_or(|id| response::is_plain_answer_to(answered, id));
    if let Some(members) = response::skim(body, None)
        && members.is_success()
        && let Some(result) = members.result
        && members.id.is_none_or(is_plain)
    {
        return Ok(Outcome::Result(Cow::Borrowed(result)));
    }
    // Everything that is not a plain success: read in full, so that the error says what it is.
    let envelope = |message: &str| Error::new(ErrorKind::Envelope, message);
    let first = body.iter().find(|byte| !byte.is_ascii_whitespace());
    if first == Some(&b'[') {
        return Err(envelope("the answer is a JSON-RPC batch, although one call was made"));
    }
    if first.is_none() {
        return Err(Error::new(ErrorKind::Decode, "the answer is empty"));
    }
    if first != Some(&b'{') {
        return Err(match serde_json::from_slice::<&RawValue>(body) {
            Ok(_) => envelope("the answer is JSON, but not a JSON-RPC response object"),
            Err(error) => {
                Error::new(ErrorKind::Decode, "the answer is not JSON").with_source(error)
            }
        });
    }
    let response: Response<'_> = match serde_json::from_slice(body) {
        Ok(response) => response,
        Err(error) => {
            // Perhaps only some text in it is broken; its code matters.
            return match tolerant::any(body).filter(|_| error.is_syntax()) {
                Some(Value::Object(members)) => open_mended(members, id),
                _ => {
                    let message = "the response is not valid JSON";
                    Err(Error::new(ErrorKind::Decode, message).with_source(error))
                }
            };
        }
    };
    if let Some(id) = id
        && let Some(answered) = response.id.map(RawValue::get)
        && !is_answer_to(answered, id)
    {
        let message = "the answer carries the id of another request; it was not used";
        return Err(Error::new(ErrorKind::IdMismatch, message));
    }
    match (response.error, response.result) {
        // Beside a result, that is how some servers write that there is none.
        (Some(error), Some(result)) if says_nothing(&error) => {
            Ok(Outcome::Result(Cow::Borrowed(result.get().as_bytes())))
        }
        (Some(error), _) => Ok(Outcome::Fault(fault(error))),
        (None, Some(result)) => Ok(Outcome::Result(Cow::Borrowed(result.get().as_bytes()))),
        // `"result": null` arrives here too: serde reads it as an absent `Option`.
        (None, None) if has_member(body, "result") || response.id.is_some() => {
            Ok(Outcome::Result(Cow::Borrowed(b"null")))
        }
        (None, None) => Err(envelope("the answer has neither `result` nor `error`")),
    }
}

/// The same for a response object that had to be mended.
fn open_mended(members: Map<String, Value>, id: Option<&str>) -> Result<Outcome<'static>, Error> {
    let mended = serde_json::to_vec(&members).map_err(|error| {
        Error::new(ErrorKind::Decode, "the response is not valid JSON").with_source(error)
    })?;
    Ok(match open(&mended, id)? {
        Outcome::Result(result) => Outcome::Result(Cow::Owned(result.into_owned())),
        Outcome::Fault(fault) => Outcome::Fault(fault),
    })
}

/// Ids are compared as texts: `7` answers `"7"`. A `null` id is what a server sends that could not
/// read the request's (JSON-RPC 2.0 section 5).
fn is_answer_to(answered: &str, id: &str) -> bool {
    match serde_json::from_str(answered) {
        Ok(Value::String(text)) => text == id,
        Ok(Value::Number(number)) => number.to_string() == id,
        Ok(Value::Null) => true,
        _ => false,
    }
}

fn says_nothing(error: &Value) -> bool {
    match error {
        Value::Bool(said) => !said,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    }
}

fn has_member(body: &[u8], name: &str) -> bool {
    serde_json::from_slice::<std::collections::HashMap<&str, &RawValue>>(body)
        .is_ok_and(|members| members.contains_key(name))
}

/// The error object (JSON-RPC 2.0 section 5.1); servers send texts and numbers in its place.
fn fault(error: Value) -> VendorFault {
    match error {
        Value::Object(mut members) => {
            let code = match members.remove("code") {
                Some(Value::Number(number)) => Some(number.to_string()),
                Some(Value::String(text)) => Some(text),
                _ => None,
            };
            let message = match members.remove("message") {
                Some(Value::String(text)) if !text.trim().is_empty() => Some(text),
                _ => code.as_deref().and_then(meaning).map(str::to_owned),
            };
            VendorFault::new(code, message, members.remove("data").filter(|data| !data.is_null()))
        }
        Value::String(text) if !text.trim().is_empty() => VendorFault::new(None, Some(text), None),
        other => VendorFault::new(None, None, Some(other)),
    }
}

/// The specification's name for an error code (JSON-RPC 2.0 section 5.1).
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

    fn request(values: &[Value]) -> Value {
        let mut params = Params::new();
        for value in values {
            params.push(value).unwrap();
        }
        serde_json::from_slice(&params.to_request("getSelf", "1").unwrap()).unwrap()
    }

    #[test]
    fn writes_positional_parameters() {
        let written = request(&[Value::Null, 1.into(), "a".into()]);
        let expected = r#"{"jsonrpc":"2.0","id":"1","method":"getSelf","params":[null,1,"a"]}"#;
        assert_eq!(written, serde_json::from_str::<Value>(expected).unwrap());
        assert_eq!(request(&[])["params"], Value::Array(vec![]));
    }

    fn opened(body: &str) -> Result<String, ErrorKind> {
        match open(body.as_bytes(), Some("1")) {
            Ok(Outcome::Result(result)) => Ok(String::from_utf8(result.to_vec()).unwrap()),
            Ok(Outcome::Fault(fault)) => Ok(format!("{:?} {:?}", fault.code, fault.message)),
            Err(error) => Err(error.kind()),
        }
    }

    #[test]
    fn opens_what_servers_send() {
        assert_eq!(opened(r#"{"jsonrpc":"2.0","id":"1","result":[1]}"#).unwrap(), "[1]");
        assert_eq!(opened(r#"{"id":1,"result":{"a": 1}}"#).unwrap(), r#"{"a": 1}"#);
        assert_eq!(opened(r#"{"result":null}"#).unwrap(), "null");
        assert_eq!(opened(r#"{"id":"1"}"#).unwrap(), "null");
        assert_eq!(opened(r#"{"result":1,"error":null}"#).unwrap(), "1");
        assert_eq!(opened(r#" {"id": "1", "error": null, "result": "}" } "#).unwrap(), "\"}\"");
        let fault = opened(r#"{"error":{"code":3004,"message":"no","data":null}}"#).unwrap();
        assert_eq!(fault, r#"Some("3004") Some("no")"#);
        assert_eq!(opened(r#"{"error":"no"}"#).unwrap(), r#"None Some("no")"#);
    }

    #[test]
    fn an_error_that_says_nothing_beside_a_result_is_none() {
        for nothing in ["false", "\"\"", "[]", "{}"] {
            let body = format!(r#"{{"id":"1","result":[1],"error":{nothing}}}"#);
            assert_eq!(opened(&body).unwrap(), "[1]");
            let alone = format!(r#"{{"id":"1","result":null,"error":{nothing}}}"#);
            assert_eq!(opened(&alone).unwrap(), "None None");
        }
        assert_eq!(opened(r#"{"result":[1],"error":true}"#).unwrap(), "None None");
    }

    #[test]
    fn an_error_without_words_has_those_of_its_code() {
        for (error, told) in [
            (r#"{"code":-32601,"message":""}"#, r#"Some("-32601") Some("Method not found")"#),
            (r#"{"code":-32700}"#, r#"Some("-32700") Some("Parse error")"#),
            (r#"{"code":-32050,"message":" "}"#, r#"Some("-32050") Some("Server error")"#),
            (r#"{"code":-32602,"message":"no id"}"#, r#"Some("-32602") Some("no id")"#),
            (r#"{"code":0,"message":""}"#, r#"Some("0") None"#),
            (r#"" ""#, "None None"),
        ] {
            assert_eq!(opened(&format!(r#"{{"error":{error}}}"#)).unwrap(), told);
        }
    }

    #[test]
    fn broken_text_does_not_hide_a_fault() {
        let opened = |body: &[u8]| match open(body, Some("1")) {
            Ok(Outcome::Fault(fault)) => fault.code,
            Ok(Outcome::Result(result)) => Some(String::from_utf8(result.to_vec()).unwrap()),
            Err(error) => Some(format!("{:?}", error.kind())),
        };
        let broken = b"{\"id\":\"1\",\"error\":{\"code\":3004,\"message\":\"\xff\"}}";
        assert_eq!(opened(broken).as_deref(), Some("3004"));
        let broken = b"{\"id\":\"2\",\"error\":{\"code\":3004,\"message\":\"\xff\"}}";
        assert_eq!(opened(broken).as_deref(), Some("IdMismatch"));
        let broken = b"{\"\\ud83d\":1,\"result\":[1]}";
        assert_eq!(opened(broken).as_deref(), Some("[1]"));
        assert_eq!(opened(br#"{"result":1,"result":2}"#).as_deref(), Some("Decode"));
    }

    #[test]
    fn tells_what_is_wrong_with_the_rest() {
        assert_eq!(opened(r#"{"id":"2","result":1}"#), Err(ErrorKind::IdMismatch));
        assert_eq!(opened(r#"{"id":{},"result":1}"#), Err(ErrorKind::IdMismatch));
        assert_eq!(opened(r#"[{"id":"1","result":1}]"#), Err(ErrorKind::Envelope));
        assert_eq!(opened("{}"), Err(ErrorKind::Envelope));
        assert_eq!(opened("7"), Err(ErrorKind::Envelope));
        assert_eq!(opened(r#"{"id":"1","res"#), Err(ErrorKind::Decode));
        assert_eq!(opened("<html>"), Err(ErrorKind::Decode));
        assert_eq!(opened(""), Err(ErrorKind::Decode));
    }
}
