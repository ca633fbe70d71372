//! The router: every operation of the table, behind the middleware that records requests.

use std::sync::Arc;

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{DefaultBodyLimit, MatchedPath, RawPathParams, Request, State};
use axum::http::{HeaderMap, Method};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, MethodRouter, on};

use super::oauth::authentication::authenticate;
use super::operations::{self, Handler, OPERATIONS, Operation};
use super::request::{ApiRequest, Caller, QueryParams, RequestFields};
use super::response::{ApiError, ApiResponse, ApiResult};
use super::state::{ChangedObject, ServerState, Store};
use super::uploads::placement::settle_chunked_uploads;
use crate::common::contract;
use crate::common::recording::RecordedRequest;

/// The largest body outside uploads, in bytes.
const BODY_LIMIT: usize = 1 << 20;

pub(crate) fn build(state: &Arc<ServerState>) -> Router {
    let mut router = Router::new();
    for operation in OPERATIONS {
        router = router.route(operation.path, route(operation));
    }
    router
        .fallback(|| async { ApiError::not_found() })
        // `handle` limits bodies; uploads enforce a separate limit.
        .layer(DefaultBodyLimit::disable())
        .layer(middleware::from_fn_with_state(state.clone(), contract::layer::<ServerState>))
        .layer(middleware::from_fn_with_state(state.clone(), observe))
        .with_state(state.clone())
}

fn route(operation: &'static Operation) -> MethodRouter<Arc<ServerState>> {
    // All methods in the table are standard, so the fallback is never taken.
    let filter = MethodFilter::try_from(operation.method.clone()).unwrap_or(MethodFilter::GET);
    match operation.handler {
        Handler::Route(route) => route(),
        _ => on(filter, move |State(state): State<Arc<ServerState>>, path, request| async move {
            let headers = HeaderMap::clone(Request::headers(&request));
            match handle(operation, &state, path, request).await {
                Ok(response) => response.into_response(&headers),
                Err(error) => error.into_response(),
            }
        }),
    }
}

async fn handle(
    operation: &'static Operation,
    state: &ServerState,
    path: RawPathParams,
    request: Request,
) -> ApiResult {
    let (parts, body) = request.into_parts();
    // Authentication comes first, so that nobody learns anything without a valid token.
    let caller = match operation.handler {
        Handler::Public(_) => Caller::KEY_HOLDER,
        _ => authenticate(&state.store(), &parts.headers)?,
    };
    let bytes = to_bytes(body, BODY_LIMIT).await.map_err(|_| ApiError::too_large(BODY_LIMIT))?;
    let has_body = matches!(operation.method, Method::POST | Method::PUT);
    let request = ApiRequest {
        caller,
        path: path.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        query: QueryParams::parse(parts.uri.query()),
        fields: if has_body { RequestFields::parse(&bytes)? } else { RequestFields::default() },
        headers: parts.headers,
    };
    reveal(&mut state.store(), &request);
    match operation.handler {
        Handler::Read(read) => {
            let mut store = state.store();
            settle_chunked_uploads(state, &mut store);
            read(&store, &request)
        }
        Handler::Public(public) => public(&mut state.store(), &request),
        Handler::Write(write) => {
            let mut store = state.store();
            // Looked up before a deletion removes it.
            let object = object_in_path(&store, &request);
            let response = write(&mut store, &request)?;
            if !matches!(response, ApiResponse::Intermediate(..)) {
                let object = object.or_else(|| created_object(&store, operation, &response));
                let (caller, headers) = (request.caller, &request.headers);
                state.record_change(&mut store, operation.name, caller, headers, object);
            }
            Ok(response)
        }
        // Such a route has its own handler.
        Handler::Route(_) => Err(ApiError::not_found()),
    }
}

/// The largest number of ids in a request whose generated folders are filled.
const MAX_REVEALED: usize = 1_000;

/// Fills the generated folders that a request looks at: wherever it has a number, that may be the id of a file or folder
/// in one.
fn reveal(store: &mut Store, request: &ApiRequest) {
    let tree = &mut store.tree;
    if !tree.has_generated_files() {
        return;
    }
    let ids: Vec<u64> = request.numbers().take(MAX_REVEALED).collect();
    for id in ids {
        tree.reveal(id);
    }
    if let (Ok(root), Some(path)) = (request.query.id("root"), request.query.get("path")) {
        tree.reveal_path(root, path.split('/').filter(|name| !name.is_empty()));
    }
    if let Ok(Some(depth)) = request.query.integer("depth")
        && depth != 0
    {
        match request.path_id("folderId") {
            Ok(folder) => tree.reveal_below(folder, depth),
            Err(_) => {
                for root in tree.roots().collect::<Vec<_>>() {
                    tree.reveal_below(root, depth);
                }
            }
        }
    }
}

/// The file or folder that a request names in its path.
fn object_in_path(store: &Store, request: &ApiRequest) -> Option<ChangedObject> {
    match request.path_id("fileId") {
        Ok(file) => ChangedObject::file(store, file),
        Err(_) => ChangedObject::folder(store, request.path_id("folderId").ok()?),
    }
}

/// The file or folder that an operation has created.
fn created_object(
    store: &Store,
    operation: &Operation,
    response: &ApiResponse,
) -> Option<ChangedObject> {
    let ApiResponse::Json(_, object) = response else { return None };
    let id = object["id"].as_u64()?;
    match operation.name {
        "createFolder" => ChangedObject::folder(store, id),
        "createFile" | "createTusFile" | "createFileFromTemplate" => ChangedObject::file(store, id),
        _ => None,
    }
}

/// Finds the operation a request is for, records the request, and lets scripted faults take effect.
async fn observe(State(state): State<Arc<ServerState>>, request: Request, next: Next) -> Response {
    let mut record = RecordedRequest::new(
        request.method(),
        request.uri().path(),
        request.uri().query(),
        request.headers(),
    );
    let served = || {
        let path = request.extensions().get::<MatchedPath>()?;
        operations::find(request.method(), path.as_str()).map(|operation| operation.name)
    };
    // The specification comes first: a fixed path of it may fit the template of a served operation.
    let specified = state.contract.operation(request.method(), request.uri().path());
    record.operation = specified.or_else(served).map(str::to_owned);
    let refused = state.monitor.denies(&record)
        // Without a valid credential, that is refused first.
        && authenticate(&state.store(), request.headers()).is_ok();
    let refusal = refused.then(|| ApiError::forbidden().into_response());
    state.monitor.intercept(record, refusal, request, next).await
}
