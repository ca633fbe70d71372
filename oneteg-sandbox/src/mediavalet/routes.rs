//! The router: identity server, storage, API, and the recording before them.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::header::HOST;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use percent_encoding::percent_decode_str;
use url::form_urlencoded;

use super::answer::{Failure, Outcome};
use super::blobs::{self, Links, PATH_PREFIX};
use super::call::{Call, Version};
use super::gateway;
use super::operations::{self, Effect, Operation};
use super::room::{MediavaletSettings, Room};
use super::sign_in;
use crate::common::recording::RecordedRequest;

/// The largest request to the API, in bytes.
const BODY_LIMIT: usize = 4 << 20;

const SIGN_IN: [(&str, &str); 3] = [
    ("/connect/authorize", "authorize"),
    ("/connect/token", "token"),
    ("/connect/revocation", "revoke"),
];

pub(crate) fn router(room: &Arc<Room>) -> Router {
    Router::new()
        .route("/connect/authorize", get(sign_in::authorize))
        .route("/connect/token", post(sign_in::token))
        .route("/connect/revocation", post(sign_in::revoke))
        .route("/.well-known/openid-configuration", get(sign_in::discovery))
        .route("/blob/{*name}", any(blobs::endpoint))
        .fallback(api)
        // Bodies are limited where they are read.
        .layer(DefaultBodyLimit::disable())
        .layer(middleware::from_fn_with_state(room.clone(), observe))
        .with_state(room.clone())
}

/// Finds out what the request is for, records it and lets scripted faults take effect.
async fn observe(State(room): State<Arc<Room>>, request: Request, next: Next) -> Response {
    let (method, uri) = (request.method(), request.uri());
    let query = uri.query().map(without_signature);
    let mut headers = request.headers().clone();
    if headers.contains_key(gateway::SUBSCRIPTION_KEY) {
        let hidden = HeaderValue::from_static("<redacted>");
        headers.insert(gateway::SUBSCRIPTION_KEY, hidden);
    }
    let mut seen = RecordedRequest::new(method, uri.path(), query.as_deref(), &headers);
    seen.operation = if uri.path().starts_with(PATH_PREFIX) {
        blobs::operation_name(method, uri.query())
    } else if let Some((_, name)) = SIGN_IN.iter().find(|(path, _)| *path == uri.path()) {
        Some(*name)
    } else {
        operations::find(method.as_str(), uri.path()).map(|(operation, _)| operation.name)
    }
    .map(str::to_owned);
    room.monitor.intercept(seen, request, next).await
}

/// The query with a signature's value left out, which is a credential.
fn without_signature(query: &str) -> String {
    let parts =
        query.split('&').map(|part| if part.starts_with("sig=") { "sig=<redacted>" } else { part });
    parts.collect::<Vec<_>>().join("&")
}

/// Every operation of the API.
async fn api(State(room): State<Arc<Room>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path().to_owned();
    let found = operations::find(parts.method.as_str(), &path);
    let checked = room.check_key(&parts.headers).and_then(|()| {
        let found =
            found.ok_or_else(|| Failure::gateway(StatusCode::NOT_FOUND, "Resource not found"))?;
        room.check_bearer(&parts.headers)?;
        Ok((found, gateway::version(&parts.headers)?))
    });
    let ((operation, parameters), version) = match checked {
        Ok(checked) => checked,
        Err(failure) => return failure.into_response(),
    };
    let decoded = |value: &str| percent_decode_str(value).decode_utf8_lossy().into_owned();
    let query = parts.uri.query().unwrap_or_default();
    let query = form_urlencoded::parse(query.as_bytes())
        .map(|(name, value)| (name.to_lowercase(), value.into_owned()))
        .collect();
    let path = parameters.into_iter().map(|(name, value)| (name, decoded(value))).collect();
    match run(&room, operation, &parts.headers, version, path, query, body).await {
        Ok(answer) => answer.into_response(version, room.settings.envelope),
        Err(failure) => failure.into_response(),
    }
}

async fn run(
    room: &Room,
    operation: &Operation,
    headers: &HeaderMap,
    version: Version,
    path: Vec<(&'static str, String)>,
    query: Vec<(String, String)>,
    body: Body,
) -> Outcome {
    let too_large = || Failure::new(StatusCode::PAYLOAD_TOO_LARGE, "The body is too large");
    let body = to_bytes(body, BODY_LIMIT).await.map_err(|_| too_large())?;
    let links = Links {
        signer: room.signer.clone(),
        origin: storage_origin(headers)?,
        now: room.clock.now(),
        lifetime: room.settings.link_lifetime,
    };
    let MediavaletSettings { processing_polls, largest_offset, .. } = room.settings;
    let call = Call { version, links, processing_polls, largest_offset, path, query, body };
    match operation.effect {
        Effect::Read => (operation.run)(&mut room.store(), &call),
        Effect::Write => room.write(operation.name, |store| (operation.run)(store, &call)),
    }
}

/// Where the client of this request reaches the storage: at the port it used, by another host name.
fn storage_origin(headers: &HeaderMap) -> Result<String, Failure> {
    let port = headers
        .get(HOST)
        .and_then(|host| Authority::try_from(host.as_bytes()).ok())
        .and_then(|host| host.port_u16())
        .ok_or_else(|| Failure::bad_request("The Host header needs a port"))?;
    Ok(format!("http://localhost:{port}"))
}
