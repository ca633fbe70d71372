//! The router: the identity server, the blob storage and the API, behind the recording of requests.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::header::{CONTENT_TYPE, HOST};
use axum::http::request::Parts;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
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
use super::{bulk, gateway, render, storage};
use crate::choices::mediavalet as choices;
use crate::common::contract;
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
        .layer(middleware::from_fn_with_state(state.clone(), contract::layer::<ServerState>))
        .layer(middleware::from_fn_with_state(state.clone(), observe))
        .with_state(state.clone())
}

/// Identifies the operation, records the request and applies scripted faults.
async fn observe(State(state): State<Arc<ServerState>>, request: Request, next: Next) -> Response {
    let request = without_none(request);
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
        // The specification comes first: `/directlinks/export` is no asset's list.
        state.contract.operation(method, uri.path())
    }
    .map(str::to_owned);
    let refusal = if state.monitor.denies(&record) { refusal(&state, &request) } else { None };
    state.monitor.intercept(record, refusal, request, next).await
}

/// The request for a list, if a client put the word `None` where it had no id to send.
fn without_none(mut request: Request) -> Request {
    let uri = request.uri();
    let list = uri.path().strip_suffix("/None");
    let is_list = list.is_some_and(|list| matches!(list, "/users" | "/groups"));
    if is_list && request.method() == Method::GET && choices::NONE_MEANS_ALL.get() {
        let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
        if let Ok(list) = format!("{}{query}", list.unwrap_or_default()).parse() {
            *request.uri_mut() = list;
        }
    }
    request
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
    let (operation, ..) = match admit(&state, &parts) {
        Ok(admitted) => admitted,
        Err(error) => return error.into_response(),
    };
    let Ok(body) = to_bytes(body, BODY_LIMIT).await else {
        let error = ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "The body is too large");
        return error.into_response();
    };
    if !matches!(operation.handler, Handler::Bulk) {
        return respond(&state, &parts, body);
    }
    let requests = match bulk::requests(&parts, &body) {
        Ok(requests) => requests,
        Err(error) => return error.into_response(),
    };
    let mut responses = Vec::new();
    for (parts, body) in requests {
        let (head, body) = respond(&state, &parts, body).into_parts();
        // The body is in memory already.
        let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
        responses.push((head.status, head.headers, body));
    }
    bulk::response(responses).map(Body::from)
}

/// The response to a single request.
fn respond(state: &ServerState, parts: &Parts, body: Bytes) -> Response {
    let (operation, path, version) = match admit(state, parts) {
        Ok(admitted) => admitted,
        Err(error) => return error.into_response(),
    };
    match handle(state, operation, path, version, parts, body) {
        Ok(response) => {
            let created_at = render::date(state.clock.now().timestamp());
            response.into_response(version, state.settings.envelope, created_at)
        }
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

fn handle(
    state: &ServerState,
    operation: &Operation,
    path: PathParameters<'_>,
    version: ApiVersion,
    parts: &Parts,
    body: Bytes,
) -> ApiResult {
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
        is_form: parts.headers.get(CONTENT_TYPE).is_some_and(is_form),
    };
    match operation.handler {
        // A bulk request has no bulk requests in it.
        Handler::Bulk => Err(ApiError::bad_request("A bulk request cannot contain another one")),
        Handler::Read(read) => read(&state.store(), &request),
        Handler::Uncounted(advance) => advance(&mut state.store(), &request),
        Handler::Write(write) => state.write(operation.name, |store| write(store, &request)),
    }
}

fn is_form(media_type: &HeaderValue) -> bool {
    let essence = media_type.as_bytes().split(|byte| *byte == b';').next().unwrap_or_default();
    essence.trim_ascii().eq_ignore_ascii_case(b"application/x-www-form-urlencoded")
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
