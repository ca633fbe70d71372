//! The JSON-RPC 2.0 endpoint: opens the envelope, runs the method, and wraps its result.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::operations::{self, RpcHandler};
use super::request::{Params, RpcRequest};
use super::response::{RpcError, RpcResult};
use super::state::ServerState;

/// `POST /api/rpc`. Every response is HTTP 200; a refusal is in the body.
pub(crate) async fn endpoint(
    State(state): State<Arc<ServerState>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let body = serde_json::from_slice::<Value>(&body).map_err(RpcError::parse);
    let id = body.as_ref().ok().and_then(RpcRequest::id).cloned().unwrap_or(Value::Null);
    let result = state
        // The credential is checked first: without it, nobody learns which methods exist.
        .authorize(&headers)
        .and(body)
        .and_then(RpcRequest::parse)
        .and_then(|request| run(&state, request));
    respond(id, result)
}

/// Wraps a result in the envelope.
pub(crate) fn respond(id: Value, result: RpcResult) -> Response {
    let envelope = match result {
        Ok(result) => json!({ "jsonrpc": "2.0", "id": id, "result": result }),
        Err(error) => json!({ "jsonrpc": "2.0", "id": id, "error": error.to_json() }),
    };
    Json(envelope).into_response()
}

fn run(state: &ServerState, request: RpcRequest) -> RpcResult {
    let operation = operations::find_rpc(&request.method)
        .ok_or_else(|| RpcError::unknown_method(&request.method))?;
    let params = Params::new(operation.params, request.params)?;
    match operation.handler {
        RpcHandler::Read(read) => read(&state.store(), &params),
        RpcHandler::Write(write) => state.write(operation.name, |store| write(store, &params)),
    }
}
