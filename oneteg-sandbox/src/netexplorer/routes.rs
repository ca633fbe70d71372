//! The router: every operation of the table, and the recording before them.

use std::sync::Arc;

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{DefaultBodyLimit, MatchedPath, RawPathParams, Request, State};
use axum::http::{HeaderMap, Method};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, MethodRouter, on};

use super::answer::{Answer, Outcome};
use super::call::{Call, Caller, Query};
use super::errors::Failure;
use super::members::Members;
use super::operations::{self, OPERATIONS, Operation, Run};
use super::room::Room;
use super::uploads::form;
use crate::common::recording::RecordedRequest;

/// The largest body outside uploads, in bytes.
const BODY_LIMIT: usize = 1 << 20;

pub(crate) fn router(room: &Arc<Room>) -> Router {
    let mut router = Router::new();
    for operation in OPERATIONS {
        router = router.route(operation.path, route(operation));
    }
    router
        .fallback(|| async { Failure::missing() })
        // Bodies are limited below; uploads by their own limit.
        .layer(DefaultBodyLimit::disable())
        .layer(middleware::from_fn_with_state(room.clone(), observe))
        .with_state(room.clone())
}

fn route(operation: &'static Operation) -> MethodRouter<Arc<Room>> {
    // The table has no method that is not one of HTTP's own.
    let filter = MethodFilter::try_from(operation.method.clone()).unwrap_or(MethodFilter::GET);
    match operation.run {
        Run::Custom(route) => route(),
        _ => on(filter, move |State(room): State<Arc<Room>>, path, request| async move {
            let headers = HeaderMap::clone(Request::headers(&request));
            match run(operation, &room, path, request).await {
                Ok(answer) => answer.into_response(&headers),
                Err(failure) => failure.into_response(),
            }
        }),
    }
}

async fn run(
    operation: &'static Operation,
    room: &Room,
    path: RawPathParams,
    request: Request,
) -> Outcome {
    let (parts, body) = request.into_parts();
    // The credential comes first: a stranger learns of nothing else.
    let caller = match operation.run {
        Run::Open(_) => Caller::KEY_HOLDER,
        _ => room.store().caller(&parts.headers)?,
    };
    let bytes = to_bytes(body, BODY_LIMIT).await.map_err(|_| Failure::too_large(BODY_LIMIT))?;
    let takes_body = matches!(operation.method, Method::POST | Method::PUT);
    let call = Call {
        caller,
        path: path.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        query: Query::of(parts.uri.query()),
        body: if takes_body { Members::read(&bytes)? } else { Members::default() },
        headers: parts.headers,
    };
    match operation.run {
        Run::Read(read) => {
            let mut store = room.store();
            form::settle(room, &mut store);
            read(&store, &call)
        }
        Run::Open(open) => open(&mut room.store(), &call),
        Run::Write(write) => {
            let answer = write(&mut room.store(), &call)?;
            if !matches!(answer, Answer::Step(..)) {
                room.monitor.recording.record_write(operation.name);
            }
            Ok(answer)
        }
        Run::Custom(_) => Err(Failure::missing()),
    }
}

/// Finds out what the request is for, records it and lets scripted faults take effect.
async fn observe(State(room): State<Arc<Room>>, request: Request, next: Next) -> Response {
    let mut seen = RecordedRequest::new(
        request.method(),
        request.uri().path(),
        request.uri().query(),
        request.headers(),
    );
    seen.operation = request
        .extensions()
        .get::<MatchedPath>()
        .and_then(|path| operations::at(request.method(), path.as_str()))
        .map(|operation| operation.name.to_owned());
    room.monitor.intercept(seen, request, next).await
}
