//! The router: every operation of the tables, the older file URLs, and the recording before them.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{DefaultBodyLimit, MatchedPath, Path, Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Deserialize;

use super::errors::PlainFailure;
use super::operations::{self, RPC_PATHS};
use super::room::{HEALTH_TOKEN, Room};
use super::{files, rpc};
use crate::common::recording::RecordedRequest;

/// The largest RPC request, in bytes.
const RPC_LIMIT: usize = 4 << 20;

pub(crate) fn router(room: &Arc<Room>) -> Router {
    let mut router = Router::new();
    for path in RPC_PATHS {
        router = router.route(path, post(rpc::endpoint));
    }
    for operation in operations::HTTP {
        for path in operation.paths {
            router = router.route(path, (operation.route)());
        }
    }
    // Proxy URLs have this older form; one client adds a slash to them.
    for (path, route) in [
        ("/file/asset/{asset}/{kind}", get(files::older)),
        ("/file/asset/{asset}/{kind}/", get(files::older)),
        ("/file/asset/{asset}/{kind}/{file_name}", get(files::older)),
    ] {
        router = router.route(path, route);
    }
    router
        .fallback(|| async { PlainFailure::not_found("Nothing is served at this path") })
        // RPC bodies are limited below; imports by their own limit, part by part.
        .layer(DefaultBodyLimit::disable())
        .layer(middleware::from_fn_with_state(room.clone(), observe))
        .with_state(room.clone())
}

/// Finds out what the request is for, records it and lets scripted faults take effect.
async fn observe(State(room): State<Arc<Room>>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let mut seen =
        RecordedRequest::new(&parts.method, parts.uri.path(), parts.uri.query(), &parts.headers);
    let body = if parts.method == Method::POST && RPC_PATHS.contains(&parts.uri.path()) {
        // Buffered, because the method's name is inside.
        match to_bytes(body, RPC_LIMIT).await {
            Ok(bytes) => {
                seen.rpc_method = method_name(&bytes);
                seen.operation = seen
                    .rpc_method
                    .as_deref()
                    .and_then(operations::rpc_named)
                    .map(|operation| operation.name.to_owned());
                Body::from(bytes)
            }
            Err(_) => {
                room.monitor.recording.record_request(seen);
                let message = format!("RPC requests may have {RPC_LIMIT} bytes at most");
                return PlainFailure::new(StatusCode::PAYLOAD_TOO_LARGE, message).into_response();
            }
        }
    } else {
        seen.operation = parts
            .extensions
            .get::<MatchedPath>()
            .and_then(|path| operations::http_at(&parts.method, path.as_str()))
            .map(|operation| operation.name.to_owned());
        body
    };
    room.monitor.intercept(seen, Request::from_parts(parts, body), next).await
}

fn method_name(body: &Bytes) -> Option<String> {
    #[derive(Deserialize)]
    struct Named {
        method: String,
    }
    serde_json::from_slice::<Named>(body).ok().map(|named| named.method)
}

/// `GET /health/{token}`: 200 with the right token, 401 with another. The body is the sandbox's own choice.
pub(crate) async fn health(Path(token): Path<String>) -> Response {
    if token == HEALTH_TOKEN {
        (StatusCode::OK, "OK").into_response()
    } else {
        PlainFailure::new(StatusCode::UNAUTHORIZED, "Wrong health-check token").into_response()
    }
}
