//! The router: the identity server, the blob storage and the API, behind the recording of requests.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::header::HOST;
use axum::http::request::Parts;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use percent_encoding::percent_decode_str;
use url::form_urlencoded;

use super::envelope::ApiVersion;
use super::oauth::{authorize, discovery, token};
use super::operations::{self, Handler, Operation, PathParameters};
use super::request::ApiRequest;
use super::response::{ApiError, ApiResult};
use super::shared_access::{LinkBuilder, PATH_PREFIX};
use super::state::ServerState;
use super::{gateway, storage};
use crate::common::recording::RecordedRequest;

/// The largest body of a request to the API, in bytes.
const BODY_LIMIT: usize = 4 << 20;

/// The paths of the identity server, with the operation names that recordings and faults use.
const OAUTH_OPERATIONS: [(&str, &str); 3] = [
    ("/connect/authorize", "authorize"),
    ("/connect/token", "token"),
    ("/connect/revocation", "revoke"),
];

pub(crate) fn build(state: &Arc<ServerState>) -> Router {
    Router::new()
        .route("/connect/authorize", get(authorize::page))
        .route("/connect/token", post(token::endpoint))
        .route("/connect/revocation", post(token::revoke))
        .route("/.well-known/openid-configuration", get(discovery::document))
        .route("/blob/{*name}", any(storage::endpoint))
        // The API ignores letter case in paths, which axum's routes do not.
        .fallback(api)
        // Bodies are limited where they are read.
        .layer(DefaultBodyLimit::disable())
        .layer(middleware::from_fn_with_state(state.clone(), observe))
        .with_state(state.clone())
}

/// Identifies the operation, records the request and applies scripted faults.
async fn observe(State(state): State<Arc<ServerState>>, request: Request, next: Next) -> Response {
    let (method, uri) = (request.method(), request.uri());
    let query = uri.query().map(redact_signature);
    let mut headers = request.headers().clone();
    if headers.contains_key(gateway::SUBSCRIPTION_KEY) {
        let redacted = HeaderValue::from_static("<redacted>");
        headers.insert(gateway::SUBSCRIPTION_KEY, redacted);
    }
    let mut record = RecordedRequest::new(method, uri.path(), query.as_deref(), &headers);
    record.operation = if uri.path().starts_with(PATH_PREFIX) {
        storage::operation_name(method, uri.query())
    } else if let Some((_, name)) = OAUTH_OPERATIONS.iter().find(|(path, _)| *path == uri.path()) {
        Some(*name)
    } else {
        operations::find(method, uri.path()).map(|(operation, _)| operation.name)
    }
    .map(str::to_owned);
    let refusal = if state.monitor.denies(&record) { refusal(&state, &request) } else { None };
    state.monitor.intercept(record, refusal, request, next).await
}

/// The response to a caller without the permission. Without a valid credential, that is refused first.
fn refusal(state: &ServerState, request: &Request) -> Option<Response> {
    let headers = request.headers();
    gateway::check_subscription_key(state, headers).ok()?;
    gateway::check_bearer_token(state, headers).ok()?;
    let version = gateway::api_version(headers).ok()?;
    Some(ApiError::no_access(version).into_response())
}

/// The query with the value of its signature replaced, because a signature is a credential.
fn redact_signature(query: &str) -> String {
    let parts =
        query.split('&').map(|part| if part.starts_with("sig=") { "sig=<redacted>" } else { part });
    parts.collect::<Vec<_>>().join("&")
}

/// The endpoint of all operations of the API.
async fn api(State(state): State<Arc<ServerState>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let (operation, path, version) = match admit(&state, &parts) {
        Ok(admitted) => admitted,
        Err(error) => return error.into_response(),
    };
    match handle(&state, operation, path, version, &parts, body).await {
        Ok(response) => response.into_response(version, state.settings.envelope),
        Err(error) => error.into_response(),
    }
}

/// Checks what comes before the operation: key, path, token and version, in this order.
fn admit<'a>(
    state: &ServerState,
    parts: &'a Parts,
) -> Result<(&'static Operation, PathParameters<'a>, ApiVersion), ApiError> {
    gateway::check_subscription_key(state, &parts.headers)?;
    // The gateway knows the paths, so a request without a token learns which ones exist.
    let (operation, path) = operations::find(&parts.method, parts.uri.path())
        .ok_or_else(|| ApiError::gateway(StatusCode::NOT_FOUND, "Resource not found"))?;
    gateway::check_bearer_token(state, &parts.headers)?;
    Ok((operation, path, gateway::api_version(&parts.headers)?))
}

async fn handle(
    state: &ServerState,
    operation: &Operation,
    path: PathParameters<'_>,
    version: ApiVersion,
    parts: &Parts,
    body: Body,
) -> ApiResult {
    let too_large = || ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "The body is too large");
    let body = to_bytes(body, BODY_LIMIT).await.map_err(|_| too_large())?;
    let decode = |value: &str| percent_decode_str(value).decode_utf8_lossy().into_owned();
    let request = ApiRequest {
        version,
        links: LinkBuilder {
            signer: state.signer.clone(),
            origin: storage_origin(&parts.headers)?,
            now: state.clock.now(),
            lifetime: state.settings.link_lifetime,
        },
        processing_polls: state.settings.processing_polls,
        largest_offset: state.settings.largest_offset,
        path: path.into_iter().map(|(name, value)| (name, decode(value))).collect(),
        query: form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes())
            .map(|(name, value)| (name.to_lowercase(), value.into_owned()))
            .collect(),
        body,
    };
    match operation.handler {
        Handler::Read(read) => read(&state.store(), &request),
        Handler::Uncounted(advance) => advance(&mut state.store(), &request),
        Handler::Write(write) => state.write(operation.name, |store| write(store, &request)),
    }
}

/// The origin at which the client of this request reaches the storage: the same port under another host name.
fn storage_origin(headers: &HeaderMap) -> Result<String, ApiError> {
    let port = headers
        .get(HOST)
        .and_then(|host| Authority::try_from(host.as_bytes()).ok())
        .and_then(|host| host.port_u16())
        .ok_or_else(|| ApiError::bad_request("The Host header needs a port"))?;
    Ok(format!("http://localhost:{port}"))
}

#[cfg(test)]
mod tests {
    use super::redact_signature;

    #[test]
    fn only_the_signature_is_redacted() {
        assert_eq!(redact_signature("sv=1&sig=a%2Bb&sp=r"), "sv=1&sig=<redacted>&sp=r");
        assert_eq!(redact_signature("sig="), "sig=<redacted>");
        assert_eq!(redact_signature("design=x"), "design=x");
    }
}
