//! `GET /connect/authorize`: the consent page, which approves at once.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::http::header::{HeaderValue, LOCATION};
use axum::response::{IntoResponse, Response};
use chrono::TimeDelta;
use serde::Deserialize;
use url::Url;

use crate::choices::mediavalet as choices;
use crate::common::oauth::is_loopback;
use crate::mediavalet::state::{AuthorizationCode, CodeChallenge, ServerState};

/// How long a code can be redeemed.
const CODE_LIFETIME: TimeDelta = TimeDelta::seconds(60);

#[derive(Debug, Deserialize)]
pub(crate) struct AuthorizationRequest {
    client_id: Option<String>,
    redirect_uri: Option<String>,
    response_type: Option<String>,
    scope: Option<String>,
    state: Option<String>,
    code_challenge: Option<String>,
    code_challenge_method: Option<String>,
}

pub(crate) async fn page(
    State(state): State<Arc<ServerState>>,
    Query(request): Query<AuthorizationRequest>,
) -> Response {
    if request.client_id.as_ref() != Some(&state.account.client_id) {
        return (StatusCode::BAD_REQUEST, "unknown client_id").into_response();
    }
    // Without a valid redirect URI, the error is shown here (RFC 6749, section 4.1.2.1).
    let Some(redirect) = request.redirect_uri.as_deref().and_then(registered_uri) else {
        let message = "redirect_uri must be registered: https, or http on loopback";
        return (StatusCode::BAD_REQUEST, message).into_response();
    };
    let mut parameters = match issue_code(&state, &request, request.redirect_uri.as_deref()) {
        Ok(code) => vec![("code", code)],
        Err((error, description)) => {
            vec![("error", error.to_owned()), ("error_description", description.to_owned())]
        }
    };
    parameters.extend(request.state.map(|state| ("state", state)));
    redirect_to(redirect, &parameters)
}

fn issue_code(
    state: &ServerState,
    request: &AuthorizationRequest,
    redirect_uri: Option<&str>,
) -> Result<String, (&'static str, &'static str)> {
    if request.response_type.as_deref() != Some("code") {
        return Err(("unsupported_response_type", "response_type must be code"));
    }
    let scope = request.scope.as_deref().unwrap_or_default();
    if !scope.split(' ').any(|word| word == "api") {
        return Err(("invalid_scope", "the scope must include api"));
    }
    let challenge = match (&request.code_challenge, request.code_challenge_method.as_deref()) {
        (None, _) => None,
        (Some(challenge), Some("S256")) => Some(CodeChallenge::S256(challenge.clone())),
        (Some(challenge), None | Some("plain")) => Some(CodeChallenge::Plain(challenge.clone())),
        (Some(_), Some(_)) => {
            return Err(("invalid_request", "code_challenge_method must be S256 or plain"));
        }
    };
    let expires = state.clock.now() + CODE_LIFETIME;
    let redirect_uri = redirect_uri.unwrap_or_default().to_owned();
    let code = AuthorizationCode { redirect_uri, scope: scope.to_owned(), challenge, expires };
    Ok(state.oauth().add_code(code))
}

/// A URI that counts as registered: `https`, or `http` on loopback.
fn registered_uri(uri: &str) -> Option<Url> {
    let uri = Url::parse(uri).ok().filter(|uri| uri.fragment().is_none())?;
    let on_loopback = || choices::ANY_LOOPBACK_REDIRECT.get() && is_loopback(&uri);
    (uri.scheme() == "https" || (uri.scheme() == "http" && on_loopback())).then_some(uri)
}

fn redirect_to(mut uri: Url, parameters: &[(&str, String)]) -> Response {
    uri.query_pairs_mut().extend_pairs(parameters);
    match HeaderValue::from_str(uri.as_str()) {
        Ok(location) => (StatusCode::FOUND, [(LOCATION, location)]).into_response(),
        Err(_) => StatusCode::BAD_REQUEST.into_response(),
    }
}
