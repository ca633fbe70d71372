//! `POST /connect/token` and `POST /connect/revocation`. Both need the client's credential.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::{AUTHORIZATION, CACHE_CONTROL, HeaderValue};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use percent_encoding::percent_decode_str;
use serde_json::json;
use url::form_urlencoded;

use crate::mediavalet::state::{IssuedTokens, ServerState};

/// A refusal (RFC 6749, section 5.2). The status is always 400, also for `invalid_client`.
struct TokenError {
    error: &'static str,
    description: &'static str,
}

impl TokenError {
    const fn new(error: &'static str, description: &'static str) -> Self {
        Self { error, description }
    }
}

impl IntoResponse for TokenError {
    fn into_response(self) -> Response {
        let body = json!({ "error": self.error, "error_description": self.description });
        uncached((StatusCode::BAD_REQUEST, Json(body)).into_response())
    }
}

fn uncached(mut response: Response) -> Response {
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The fields of a form.
struct Form(Vec<(String, String)>);

impl Form {
    fn parse(body: &Bytes) -> Self {
        Self(form_urlencoded::parse(body).into_owned().collect())
    }

    /// A field; empty if it is missing.
    fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }
}

pub(crate) async fn endpoint(
    State(state): State<Arc<ServerState>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let form = Form::parse(&body);
    let issued = authenticate(&state, &headers, &form).and_then(|()| issue_tokens(&state, &form));
    match issued {
        Ok(issued) => {
            let mut body = json!({
                "access_token": issued.access,
                "token_type": "Bearer",
                "expires_in": state.settings.access_token_lifetime.as_secs(),
                "scope": issued.scope,
            });
            if let (Some(members), Some(refresh)) = (body.as_object_mut(), issued.refresh) {
                members.insert("refresh_token".into(), refresh.into());
            }
            uncached(Json(body).into_response())
        }
        Err(error) => error.into_response(),
    }
}

/// Responds with 200 whether or not the token exists (RFC 7009, section 2.2).
pub(crate) async fn revoke(
    State(state): State<Arc<ServerState>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let form = Form::parse(&body);
    match authenticate(&state, &headers, &form) {
        Ok(()) => {
            state.oauth().revoke(form.get("token"));
            StatusCode::OK.into_response()
        }
        Err(error) => error.into_response(),
    }
}

/// Checks the client's id and secret, from the Basic header or from the form.
fn authenticate(state: &ServerState, headers: &HeaderMap, form: &Form) -> Result<(), TokenError> {
    let (id, secret) = match headers.get(AUTHORIZATION) {
        Some(value) => basic_credentials(value.as_bytes()).unwrap_or_default(),
        None => (form.get("client_id").to_owned(), form.get("client_secret").to_owned()),
    };
    let accepted = id == state.account.client_id && secret == state.account.client_secret;
    let refused = TokenError::new("invalid_client", "wrong client_id or client_secret");
    accepted.then_some(()).ok_or(refused)
}

fn basic_credentials(header: &[u8]) -> Option<(String, String)> {
    let (scheme, encoded) = std::str::from_utf8(header).ok()?.split_once(' ')?;
    let pair = BASE64_STANDARD.decode(encoded).ok().filter(|_| scheme == "Basic")?;
    let (id, secret) = std::str::from_utf8(&pair).ok()?.split_once(':')?;
    // Both are form-encoded before they are joined (RFC 6749, section 2.3.1).
    let decode = |value: &str| percent_decode_str(value).decode_utf8().ok().map(Into::into);
    Some((decode(id)?, decode(secret)?))
}

/// Issues tokens for one of the three grants.
fn issue_tokens(state: &ServerState, form: &Form) -> Result<IssuedTokens, TokenError> {
    let invalid = |description| TokenError::new("invalid_grant", description);
    let now = state.clock.now();
    let expires = now + state.settings.access_token_lifetime;
    let mut oauth = state.oauth();
    match form.get("grant_type") {
        "authorization_code" => {
            let code = oauth.take_code(form.get("code"), now);
            let code = code.ok_or_else(|| invalid("the code is unknown, used or expired"))?;
            if code.redirect_uri != form.get("redirect_uri") {
                return Err(invalid("the code was issued for another redirect_uri"));
            }
            let verifier = form.get("code_verifier");
            if !code.challenge.is_none_or(|challenge| challenge.is_met_by(verifier)) {
                return Err(invalid("code_verifier does not match code_challenge"));
            }
            Ok(oauth.sign_in(&code.scope, expires))
        }
        "refresh_token" => oauth
            .refresh(form.get("refresh_token"), expires)
            .ok_or_else(|| invalid("the refresh_token is unknown, used or revoked")),
        "password" => {
            let account = &state.account;
            let user = (form.get("username"), form.get("password"));
            if user != (&account.user_name, &account.password) {
                return Err(invalid("wrong username or password"));
            }
            Ok(oauth.sign_in(form.get("scope"), expires))
        }
        _ => {
            let description = "use authorization_code, refresh_token or password";
            Err(TokenError::new("unsupported_grant_type", description))
        }
    }
}
