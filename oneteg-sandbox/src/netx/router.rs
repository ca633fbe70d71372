//! The router: the operations of both tables and the older file URLs, behind the recording of requests.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::Value;

use super::files::retrieval;
use super::oauth::{authorize, token};
use super::operations::{self, HTTP_OPERATIONS, RPC_PATHS};
use super::request::RpcRequest;
use super::response::{HttpError, RpcError};
use super::rpc;
use super::state::ServerState;
use crate::common::contract;
use crate::common::recording::RecordedRequest;

/// The largest RPC request, in bytes.
const RPC_LIMIT: usize = 4 << 20;

/// The older form of file URLs, which proxies have. One known client appends a slash.
const LEGACY_FILE_PATHS: [&str; 3] = [
    "/file/asset/{asset}/{kind}",
    "/file/asset/{asset}/{kind}/",
    "/file/asset/{asset}/{kind}/{file_name}",
];

/// The paths of OAuth, with the operation names that recordings and faults use.
const OAUTH_OPERATIONS: [(&str, &str); 2] = [("/app", "authorize"), ("/a/t", "token")];

pub(crate) fn build(state: &Arc<ServerState>) -> Router {
    let mut router = Router::new();
    for path in RPC_PATHS {
        router = router.route(path, post(rpc::endpoint));
    }
    for operation in HTTP_OPERATIONS {
        for path in operation.paths {
            router = router.route(path, (operation.route)());
        }
    }
    for path in LEGACY_FILE_PATHS {
        router = router.route(path, get(retrieval::legacy));
    }
    router
        .route("/app", get(authorize::page))
        .route("/a/t", post(token::endpoint))
        .fallback(|| async { HttpError::not_found("Nothing is served at this path") })
        // RPC bodies are limited in `observe`, imports part by part.
        .layer(DefaultBodyLimit::disable())
        .layer(middleware::from_fn_with_state(state.clone(), contract::layer::<ServerState>))
        .layer(middleware::from_fn_with_state(state.clone(), observe))
        .with_state(state.clone())
}

/// Identifies the operation, records the request and applies scripted faults.
async fn observe(State(state): State<Arc<ServerState>>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let mut record =
        RecordedRequest::new(&parts.method, parts.uri.path(), parts.uri.query(), &parts.headers);
    let mut rpc_id = None;
    let body = if parts.method == Method::POST && RPC_PATHS.contains(&parts.uri.path()) {
        // Buffered, because the name of the method is in the body.
        match to_bytes(body, RPC_LIMIT).await {
            Ok(bytes) => {
                record.rpc_method = method_name(&bytes);
                record.operation = record
                    .rpc_method
                    .as_deref()
                    .and_then(operations::find_rpc)
                    .map(|operation| operation.name.to_owned());
                // Parsed a second time only if a test denies something.
                rpc_id = state.monitor.denies(&record).then(|| request_id(&bytes));
                Body::from(bytes)
            }
            Err(_) => {
                state.monitor.recording.record_request(record);
                let message = format!("An RPC request may have at most {RPC_LIMIT} bytes");
                return HttpError::new(StatusCode::PAYLOAD_TOO_LARGE, message).into_response();
            }
        }
    } else {
        record.operation = parts
            .extensions
            .get::<MatchedPath>()
            .and_then(|path| operations::find_http(&parts.method, path.as_str()))
            .map(|operation| operation.name)
            .or_else(|| state.contract.operation(&parts.method, parts.uri.path()))
            .or_else(|| oauth_operation(parts.uri.path()))
            .map(str::to_owned);
        body
    };
    let refused = state.monitor.denies(&record)
        // Without a valid credential, that is refused first.
        && state.authorize(&parts.headers).is_ok();
    let refusal = refused.then(|| match rpc_id {
        Some(id) => rpc::respond(id, Err(RpcError::no_access())),
        None => HttpError::from(RpcError::no_access()).into_response(),
    });
    state.monitor.intercept(record, refusal, Request::from_parts(parts, body), next).await
}

fn oauth_operation(path: &str) -> Option<&'static str> {
    OAUTH_OPERATIONS.iter().find(|(known, _)| *known == path).map(|(_, name)| *name)
}

/// The id to repeat in the response; null if the request has no usable one.
fn request_id(body: &Bytes) -> Value {
    let body = serde_json::from_slice::<Value>(body).ok();
    body.as_ref().and_then(RpcRequest::id).cloned().unwrap_or(Value::Null)
}

/// The method of an RPC request, as the client spelt it; `None` if the body cannot be read.
fn method_name(body: &Bytes) -> Option<String> {
    #[derive(Deserialize)]
    struct MethodOnly {
        method: String,
    }
    serde_json::from_slice::<MethodOnly>(body).ok().map(|request| request.method)
}
