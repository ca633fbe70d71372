//! The JSON-RPC 2.0 endpoint: envelope in, operation, envelope out.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::errors::RpcFailure;
use super::operations::{self, Run};
use super::params::Params;
use super::room::Room;

/// `POST /api/rpc`. Every answer is HTTP 200; a refusal is in the body.
pub(crate) async fn endpoint(
    State(room): State<Arc<Room>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let request = serde_json::from_slice::<Value>(&body).map_err(RpcFailure::parse);
    let id = request.as_ref().ok().and_then(usable_id).cloned().unwrap_or(Value::Null);
    // The credential comes first: a stranger does not learn which methods exist.
    let answer =
        room.authorize(&headers).and(request).and_then(Call::read).and_then(|call| call.run(&room));
    let envelope = match answer {
        Ok(result) => json!({ "jsonrpc": "2.0", "id": id, "result": result }),
        Err(failure) => json!({ "jsonrpc": "2.0", "id": id, "error": failure.object() }),
    };
    Json(envelope).into_response()
}

fn usable_id(request: &Value) -> Option<&Value> {
    request.get("id").filter(|id| id.is_string() || id.is_number())
}

/// A well-formed request.
struct Call {
    method: String,
    params: Vec<Value>,
}

impl Call {
    fn read(request: Value) -> Result<Self, RpcFailure> {
        let invalid = RpcFailure::invalid_request;
        let mut request = match request {
            Value::Object(members) => members,
            Value::Array(_) => return Err(invalid("batches are not supported")),
            _ => return Err(invalid("a request is an object")),
        };
        if request.get("jsonrpc").and_then(Value::as_str) != Some("2.0") {
            return Err(invalid("`jsonrpc` must be \"2.0\""));
        }
        if !request.get("id").is_some_and(|id| id.is_string() || id.is_number()) {
            return Err(invalid("`id` must be a string or a number"));
        }
        let Some(Value::String(method)) = request.remove("method") else {
            return Err(invalid("`method` must be a string"));
        };
        let params = Self::positional(&mut request)?;
        Ok(Self { method, params })
    }

    fn positional(request: &mut Map<String, Value>) -> Result<Vec<Value>, RpcFailure> {
        match request.remove("params") {
            None | Some(Value::Null) => Ok(Vec::new()),
            Some(Value::Array(values)) => Ok(values),
            Some(_) => Err(RpcFailure::params("`params` must be a positional array")),
        }
    }

    fn run(self, room: &Room) -> Result<Value, RpcFailure> {
        let operation = operations::rpc_named(&self.method)
            .ok_or_else(|| RpcFailure::unknown_method(&self.method))?;
        let params = Params::new(operation.params, self.params)?;
        match operation.run {
            Run::Read(read) => read(&room.store(), &params),
            Run::Write(write) => room.write(operation.name, |store| write(store, &params)),
        }
    }
}
