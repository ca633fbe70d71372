//! `POST /oauth2/token`: the three grant types.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use url::form_urlencoded;

use crate::netexplorer::request::RequestFields;
use crate::netexplorer::response::ApiError;
use crate::netexplorer::settings::{ADMINISTRATOR, MEMBER};
use crate::netexplorer::state::{
    ApplicationKind, AuthorizationServer, CodeRedemption, Grant, IssuedTokens, ServerState,
};

/// The largest request, in bytes.
const BODY_LIMIT: usize = 64 << 10;

/// An error response of the token endpoint (RFC 6749, section 5.2).
struct TokenError {
    status: StatusCode,
    code: &'static str,
    description: String,
}

impl TokenError {
    fn new(code: &'static str, description: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, code, description: description.into() }
    }

    fn invalid_client(description: &str) -> Self {
        Self { status: StatusCode::UNAUTHORIZED, ..Self::new("invalid_client", description) }
    }
}

impl From<ApiError> for TokenError {
    fn from(error: ApiError) -> Self {
        Self::new("invalid_request", error.message)
    }
}

pub(crate) async fn endpoint(
    State(state): State<Arc<ServerState>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let issued = parse_body(&headers, &body)
        .and_then(|fields| issue_tokens(&mut state.store().oauth, &fields));
    let (status, body) = match issued {
        Ok(tokens) => (StatusCode::OK, token_response(&tokens)),
        Err(TokenError { status, code, description }) => {
            (status, json!({ "error": code, "error_description": description }))
        }
    };
    (status, [(CACHE_CONTROL, "no-store")], Json(body)).into_response()
}

/// Parses the body, which may be a form or JSON: clients of the vendor send both.
fn parse_body(headers: &HeaderMap, body: &[u8]) -> Result<RequestFields, TokenError> {
    if headers.contains_key(AUTHORIZATION) {
        let description = "the client's credential belongs in the body";
        return Err(TokenError::invalid_client(description));
    }
    if body.len() > BODY_LIMIT {
        return Err(TokenError::new("invalid_request", "the body is too long"));
    }
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    match kind.split(';').next().unwrap_or_default().trim() {
        "application/json" => Ok(RequestFields::parse(body)?),
        "application/x-www-form-urlencoded" => {
            Ok(RequestFields::from_pairs(form_urlencoded::parse(body).into_owned()))
        }
        other => {
            let description = format!("unexpected content type {other:?}");
            Err(TokenError::new("invalid_request", description))
        }
    }
}

fn issue_tokens(
    oauth: &mut AuthorizationServer,
    fields: &RequestFields,
) -> Result<IssuedTokens, TokenError> {
    let client_id = fields.string("client_id")?.unwrap_or_default();
    let secret = fields.string("client_secret")?;
    let app = oauth.applications.get(client_id);
    let app = app.ok_or_else(|| TokenError::invalid_client("unknown client_id"))?;
    if secret.is_some_and(|secret| secret != app.secret) {
        return Err(TokenError::invalid_client("wrong client_secret"));
    }
    let kind = app.kind;
    let required = |name: &'static str| -> Result<&str, TokenError> {
        let missing = || TokenError::new("invalid_request", format!("{name} is missing"));
        fields.string(name)?.ok_or_else(missing)
    };
    let invalid_grant = |description: &str| TokenError::new("invalid_grant", description);
    match required("grant_type")? {
        "client_credentials" if kind == ApplicationKind::Server => {
            if secret.is_none() {
                return Err(TokenError::invalid_client("client_secret is missing"));
            }
            let scope = fields.string("scope")?.unwrap_or("all");
            Ok(oauth.add_grant(Grant::new(client_id, ADMINISTRATOR, true, scope), false))
        }
        "authorization_code" if kind == ApplicationKind::Client => {
            let redemption = CodeRedemption {
                code: required("code")?,
                client_id,
                redirect_uri: required("redirect_uri")?,
                code_verifier: fields.string("code_verifier")?,
                client_authenticated: secret.is_some(),
            };
            oauth.redeem_code(redemption, MEMBER).map_err(invalid_grant)
        }
        "refresh_token" if kind == ApplicationKind::Client => {
            oauth.refresh(required("refresh_token")?, client_id).map_err(invalid_grant)
        }
        "client_credentials" | "authorization_code" | "refresh_token" => {
            let description = "this application was registered for another kind of grant";
            Err(TokenError::new("unauthorized_client", description))
        }
        _ => Err(TokenError::new("unsupported_grant_type", "unknown grant_type")),
    }
}

/// RFC 6749, section 5.1. Without `expires_in` for a token that does not expire.
fn token_response(tokens: &IssuedTokens) -> Value {
    let mut response = json!({
        "access_token": tokens.access,
        "refresh_token": tokens.refresh,
        "scope": tokens.scope,
        "token_type": "Bearer",
    });
    if let (Some(lifetime), Value::Object(members)) = (tokens.lifetime, &mut response) {
        members.insert("expires_in".into(), lifetime.as_secs().into());
    }
    response
}
