//! What the SDKs' generated mock helpers call: matching requests the way the runtime writes them, and
//! answering with the vendor's envelope.
//!
//! Matching is done by closures over the parsed request instead of regular expressions over its text,
//! so that encodings and the order of JSON members do not matter. Closures need httpmock's local
//! server, which is what `MockServer::start` gives.

use httpmock::{HttpMockRequest, HttpMockResponse, Then, When};
use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    Operation,
    request::query::{self, QueryStyle},
};

/// Requests of an operation: its HTTP method, its path, and its remote procedure if it is one.
pub fn request(when: When, operation: &'static Operation) -> When {
    when.is_true(move |request| {
        request.method_str().eq_ignore_ascii_case(operation.method.as_str())
            && segments(operation, request.uri().path()).is_some()
            && operation.rpc.is_none_or(|rpc| body(request)["method"] == rpc.method)
    })
}

/// Requests with this argument in their path.
pub fn path<T: Serialize>(
    when: When,
    operation: &'static Operation,
    name: &'static str,
    value: &T,
) -> When {
    let wanted = query::to_string(name, value).ok().flatten().unwrap_or_default();
    when.is_true(move |request| {
        let found = segments(operation, request.uri().path()).unwrap_or_default();
        found.iter().any(|(argument, text)| *argument == name && *text == wanted)
    })
}

/// Requests with this query parameter.
pub fn query<T: Serialize>(when: When, name: &str, style: QueryStyle, value: &T) -> When {
    let wanted = query::pairs(name, style, value).unwrap_or_default();
    when.is_true(move |request| {
        let uri = request.uri();
        let text = uri.query().unwrap_or_default();
        let found: Vec<(String, String)> =
            url::form_urlencoded::parse(text.as_bytes()).into_owned().collect();
        wanted.iter().all(|pair| found.contains(pair))
    })
}

/// Requests with this header.
pub fn header<T: Serialize>(when: When, name: &str, value: &T) -> When {
    when.header(name, query::to_string(name, value).ok().flatten().unwrap_or_default())
}

/// Requests of a remote procedure with exactly these parameters, given as an object by name.
pub fn params<T: Serialize>(when: When, operation: &'static Operation, value: &T) -> When {
    let named = serde_json::to_value(value).unwrap_or_default();
    let positions = operation.rpc.map_or(&[][..], |rpc| rpc.params);
    let wanted: Vec<Value> =
        positions.iter().map(|name| name.map_or(Value::Null, |name| named[name].clone())).collect();
    when.is_true(move |request| body(request)["params"] == json!(wanted))
}

/// Answers with a value in a JSON-RPC response object that carries the request's id.
pub fn result<T: Serialize>(then: Then, status: u16, value: &T) -> Then {
    let value = serde_json::to_value(value).unwrap_or_default();
    respond(then, status, "result", value)
}

/// Answers with a JSON-RPC error, with HTTP status 200 as the vendors do.
pub fn rpc_error(then: Then, code: i64, message: &str) -> Then {
    respond(then, 200, "error", json!({ "code": code, "message": message, "data": null }))
}

fn respond(then: Then, status: u16, member: &'static str, value: Value) -> Then {
    then.respond_with(move |request| {
        let answer = json!({ "jsonrpc": "2.0", "id": body(request)["id"], member: value });
        HttpMockResponse::builder()
            .status(status)
            .header("content-type", "application/json")
            .body(answer.to_string())
            .build()
    })
}

fn body(request: &HttpMockRequest) -> Value {
    serde_json::from_slice(request.body_ref()).unwrap_or_default()
}

/// The arguments in a path, decoded, when it is one of the operation's. The path may have the base
/// URL's path before it.
fn segments(operation: &Operation, path: &str) -> Option<Vec<(&'static str, String)>> {
    let template: Vec<&'static str> = operation.path.trim_matches('/').split('/').collect();
    let path: Vec<&str> = path.trim_matches('/').split('/').collect();
    let path = path.get(path.len().checked_sub(template.len())?..)?;
    let mut arguments = Vec::new();
    for (expected, found) in template.iter().zip(path) {
        let decoded = percent_encoding::percent_decode_str(found).decode_utf8_lossy().into_owned();
        match expected.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            Some(name) => arguments.push((name, decoded)),
            None if *expected == decoded => {}
            None => return None,
        }
    }
    Some(arguments)
}
