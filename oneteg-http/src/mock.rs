//! Used by the SDKs' generated mock helpers: matches requests as the runtime writes them, and responds in the
//! vendor's envelope.
//!
//! Requests are parsed and matched by closures, so that encodings and the order of JSON members do not matter.
//! Closures need httpmock's local server, which `MockServer::start` starts.

use httpmock::{HttpMockRequest, HttpMockResponse, Then, When};
use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    Operation,
    request::query::{self, QueryStyle},
};

/// Matches requests of an operation by method, path and, for JSON-RPC, procedure.
pub fn request(when: When, operation: &'static Operation) -> When {
    when.is_true(move |request| {
        request.method_str().eq_ignore_ascii_case(operation.method.as_str())
            && segments(operation, request.uri().path()).is_some()
            && operation.rpc.is_none_or(|rpc| body(request)["method"] == rpc.method)
    })
}

/// Matches requests with this argument in their path.
pub fn path<T: Serialize>(
    when: When,
    operation: &'static Operation,
    name: &'static str,
    value: &T,
) -> When {
    let expected = query::to_string(name, value).ok().flatten().unwrap_or_default();
    when.is_true(move |request| {
        let found = segments(operation, request.uri().path()).unwrap_or_default();
        found.iter().any(|(argument, value)| *argument == name && *value == expected)
    })
}

/// Matches requests with this query parameter.
pub fn query<T: Serialize>(when: When, name: &str, style: QueryStyle, value: &T) -> When {
    let expected = query::pairs(name, style, value).unwrap_or_default();
    when.is_true(move |request| {
        let uri = request.uri();
        let query = uri.query().unwrap_or_default();
        let found: Vec<(String, String)> =
            url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        expected.iter().all(|pair| found.contains(pair))
    })
}

/// Matches requests with this header.
pub fn header<T: Serialize>(when: When, name: &str, value: &T) -> When {
    when.header(name, query::to_string(name, value).ok().flatten().unwrap_or_default())
}

/// Matches requests of a remote procedure with exactly these parameters, given by name as an object.
pub fn params<T: Serialize>(when: When, operation: &'static Operation, value: &T) -> When {
    let named = serde_json::to_value(value).unwrap_or_default();
    let positions = operation.rpc.map_or(&[][..], |rpc| rpc.params);
    let expected: Vec<Value> =
        positions.iter().map(|name| name.map_or(Value::Null, |name| named[name].clone())).collect();
    when.is_true(move |request| body(request)["params"] == json!(expected))
}

/// Responds with a value in a JSON-RPC response object with the request's id.
pub fn result<T: Serialize>(then: Then, status: u16, value: &T) -> Then {
    let value = serde_json::to_value(value).unwrap_or_default();
    respond(then, status, "result", value)
}

/// Responds with a JSON-RPC error and, like the vendors, HTTP status 200.
pub fn rpc_error(then: Then, code: i64, message: &str) -> Then {
    respond(then, 200, "error", json!({ "code": code, "message": message, "data": null }))
}

fn respond(then: Then, status: u16, member: &'static str, value: Value) -> Then {
    then.respond_with(move |request| {
        let response = json!({ "jsonrpc": "2.0", "id": body(request)["id"], member: value });
        HttpMockResponse::builder()
            .status(status)
            .header("content-type", "application/json")
            .body(response.to_string())
            .build()
    })
}

fn body(request: &HttpMockRequest) -> Value {
    serde_json::from_slice(request.body_ref()).unwrap_or_default()
}

/// The decoded arguments in a path; `None` if the path is not one of the operation. It may begin with the path of
/// the base URL.
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
