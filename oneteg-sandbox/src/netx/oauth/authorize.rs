//! `GET /app`: the consent page, which approves at once. The fragment `#access/api` of its URL stays in the browser.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::header::LOCATION;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use url::{Url, form_urlencoded};

use crate::common::oauth::is_loopback;
use crate::netx::response::HttpError;
use crate::netx::settings::OAUTH_CLIENT;
use crate::netx::state::ServerState;

/// Redirects the browser back to the application, with a code or with an error (RFC 6749, sections 4.1.2 and
/// 4.1.2.1).
pub(crate) async fn page(
    State(state): State<Arc<ServerState>>,
    RawQuery(query): RawQuery,
) -> Response {
    let query = query.unwrap_or_default();
    let query: BTreeMap<_, _> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let get = |name: &str| query.get(name).map(String::as_str);
    let redirect_uri = get("redirect_uri").unwrap_or_default();
    // Without a known client and a trusted redirect URL, nothing may be sent there: the browser shows the error.
    if get("client_id") != Some(OAUTH_CLIENT) {
        return HttpError::bad_request("Unknown client_id").into_response();
    }
    let Some(mut target) = Url::parse(redirect_uri).ok().filter(is_acceptable_redirect) else {
        let message = "redirect_uri must be an http URL of this machine, without a fragment";
        return HttpError::bad_request(message).into_response();
    };
    let (name, value) = if get("response_type") == Some("code") {
        ("code", state.oauth().issue_code(redirect_uri, get("scope")))
    } else {
        ("error", "unsupported_response_type".to_owned())
    };
    target.query_pairs_mut().append_pair(name, &value);
    if let Some(state) = get("state") {
        target.query_pairs_mut().append_pair("state", state);
    }
    match HeaderValue::from_str(target.as_str()) {
        Ok(location) => (StatusCode::FOUND, [(LOCATION, location)]).into_response(),
        Err(_) => HttpError::bad_request("redirect_uri cannot be sent").into_response(),
    }
}

/// Any port of this machine (RFC 8252, section 7.3), without a fragment.
fn is_acceptable_redirect(uri: &Url) -> bool {
    uri.scheme() == "http" && is_loopback(uri) && uri.fragment().is_none()
}
