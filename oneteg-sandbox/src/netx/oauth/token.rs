//! `POST /a/t`: exchanges a code or a refresh token. The request is a form with the client's id and secret.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use url::form_urlencoded;

use crate::netx::settings::{OAUTH_CLIENT, OAUTH_SECRET};
use crate::netx::state::{AuthorizationServer, IssuedTokens, ServerState};

/// The largest request, in bytes.
const BODY_LIMIT: usize = 64 << 10;

/// An error response of RFC 6749, section 5.2. No source shows one of the vendor's.
type TokenError = (StatusCode, &'static str, &'static str);

fn error(code: &'static str, description: &'static str) -> TokenError {
    let status =
        if code == "invalid_client" { StatusCode::UNAUTHORIZED } else { StatusCode::BAD_REQUEST };
    (status, code, description)
}

pub(crate) async fn endpoint(
    State(state): State<Arc<ServerState>>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let issued = match read_form(&headers, body).await {
        Ok(form) => issue_tokens(&mut state.oauth(), &form),
        Err(error) => Err(error),
    };
    let (status, body) = match issued {
        Ok(tokens) => (StatusCode::OK, token_response(&tokens)),
        Err((status, code, description)) => {
            (status, json!({ "error": code, "error_description": description }))
        }
    };
    (status, [(CACHE_CONTROL, "no-store")], Json(body)).into_response()
}

async fn read_form(
    headers: &HeaderMap,
    body: Body,
) -> Result<BTreeMap<String, String>, TokenError> {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Err(error("invalid_request", "the body must be a form"));
    }
    let body = to_bytes(body, BODY_LIMIT).await;
    let body = body.map_err(|_| error("invalid_request", "the body is too long"))?;
    Ok(form_urlencoded::parse(&body).into_owned().collect())
}

fn issue_tokens(
    oauth: &mut AuthorizationServer,
    form: &BTreeMap<String, String>,
) -> Result<IssuedTokens, TokenError> {
    let get = |name: &str| form.get(name).map(String::as_str);
    if get("client_id") != Some(OAUTH_CLIENT) || get("client_secret") != Some(OAUTH_SECRET) {
        return Err(error("invalid_client", "client_id or client_secret is wrong"));
    }
    let issued = match get("grant_type") {
        Some("authorization_code") => {
            let code = get("code").ok_or_else(|| error("invalid_request", "code is missing"))?;
            oauth.redeem_code(code, get("redirect_uri").unwrap_or_default())
        }
        Some("refresh_token") => {
            let token = get("refresh_token");
            let missing = || error("invalid_request", "refresh_token is missing");
            oauth.refresh(token.ok_or_else(missing)?)
        }
        _ => return Err(error("unsupported_grant_type", "unknown grant_type")),
    };
    issued.map_err(|description| error("invalid_grant", description))
}

/// RFC 6749, section 5.1. No source shows members besides the two tokens.
fn token_response(tokens: &IssuedTokens) -> Value {
    json!({
        "access_token": tokens.access,
        "refresh_token": tokens.refresh,
        "token_type": "bearer",
        "expires_in": tokens.lifetime.as_secs(),
        "scope": tokens.scope,
    })
}
