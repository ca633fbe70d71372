//! `GET /oauth2/authorize`: the consent page, which approves at once.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::header::LOCATION;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use url::Url;

use crate::common::oauth::is_loopback;
use crate::netexplorer::request::QueryParams;
use crate::netexplorer::response::ApiError;
use crate::netexplorer::settings::MEMBER;
use crate::netexplorer::state::{ApplicationKind, AuthorizationRequest, ServerState, Store};

/// Redirects the browser back to the application, with a code or with an error (RFC 6749, sections 4.1.2
/// and 4.1.2.1).
pub(crate) async fn page(
    State(state): State<Arc<ServerState>>,
    RawQuery(query): RawQuery,
) -> Response {
    let query = QueryParams::parse(query.as_deref());
    let found = client_and_redirect(&state.store(), &query);
    let (client_id, mut target) = match found {
        Ok(found) => found,
        // Without a trusted redirect URL, nothing may be sent there: the browser sees the error.
        Err(error) => return error.into_response(),
    };
    // Not in the `match`, which would hold the lock that issuing the code needs.
    let error = authorization_error(&state.store(), &query, &client_id);
    let (name, value) = match error {
        Some(error) => ("error", error.to_owned()),
        None => {
            let request = AuthorizationRequest {
                client_id,
                // Unparsed: the token request must repeat the very same string.
                redirect_uri: query.get("redirect_uri").unwrap_or_default().to_owned(),
                scope: query.get("scope").unwrap_or("all").to_owned(),
                code_challenge: query.get("code_challenge").map(str::to_owned),
            };
            ("code", state.store().oauth.issue_code(request))
        }
    };
    target.query_pairs_mut().append_pair(name, &value);
    if let Some(state) = query.get("state") {
        target.query_pairs_mut().append_pair("state", state);
    }
    match HeaderValue::from_str(target.as_str()) {
        Ok(location) => (StatusCode::FOUND, [(LOCATION, location)]).into_response(),
        Err(_) => ApiError::bad_request("redirect_uri").into_response(),
    }
}

fn client_and_redirect(store: &Store, query: &QueryParams) -> Result<(String, Url), ApiError> {
    let client_id = query.get("client_id").unwrap_or_default();
    if !store.oauth.applications.contains_key(client_id) {
        return Err(ApiError::bad_request("client_id inconnu"));
    }
    let redirect = query.get("redirect_uri").and_then(|uri| Url::parse(uri).ok());
    let redirect = redirect.filter(is_acceptable_redirect).ok_or_else(|| {
        ApiError::bad_request("redirect_uri doit être une adresse http de la machine locale")
    })?;
    Ok((client_id.to_owned(), redirect))
}

/// Any port of this machine (RFC 8252, section 7.3), without a fragment.
fn is_acceptable_redirect(uri: &Url) -> bool {
    uri.scheme() == "http" && is_loopback(uri) && uri.fragment().is_none()
}

/// The error code of RFC 6749, if the request is not acceptable.
fn authorization_error(
    store: &Store,
    query: &QueryParams,
    client_id: &str,
) -> Option<&'static str> {
    if query.get("response_type") != Some("code") {
        return Some("unsupported_response_type");
    }
    if !store.may_sign_in(MEMBER) {
        return Some("access_denied");
    }
    let app = store.oauth.applications.get(client_id);
    if app.is_some_and(|app| app.kind == ApplicationKind::Server) {
        return Some("unauthorized_client");
    }
    let method = query.get("code_challenge_method");
    match query.get("code_challenge") {
        // A SHA-256 digest has 43 characters in Base64.
        Some(challenge) if challenge.len() == 43 && method == Some("S256") => None,
        None if method.is_none() => None,
        _ => Some("invalid_request"),
    }
}
