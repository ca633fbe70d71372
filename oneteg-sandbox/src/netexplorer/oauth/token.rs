//! `POST /oauth2/token`: the three grants.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use url::form_urlencoded;

use super::grants::Issued;
use super::{AppKind, Grant, Oauth};
use crate::netexplorer::errors::Failure;
use crate::netexplorer::members::Members;
use crate::netexplorer::room::Room;
use crate::netexplorer::state::{ADMINISTRATOR, MEMBER};

/// The largest request, in bytes.
const LIMIT: usize = 64 << 10;

/// A refusal by RFC 6749, section 5.2.
struct Refused(StatusCode, &'static str, String);

impl Refused {
    fn new(error: &'static str, description: impl Into<String>) -> Self {
        Self(StatusCode::BAD_REQUEST, error, description.into())
    }

    fn client(description: &str) -> Self {
        Self(StatusCode::UNAUTHORIZED, "invalid_client", description.to_owned())
    }
}

impl From<Failure> for Refused {
    fn from(failure: Failure) -> Self {
        Self::new("invalid_request", failure.message)
    }
}

pub(crate) async fn endpoint(
    State(room): State<Arc<Room>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let issued = read(&headers, &body).and_then(|form| issue(&mut room.store().oauth, &form));
    let (status, answer) = match issued {
        Ok(issued) => (StatusCode::OK, issued.json()),
        Err(Refused(status, error, description)) => {
            (status, json!({ "error": error, "error_description": description }))
        }
    };
    (status, [(CACHE_CONTROL, "no-store")], Json(answer)).into_response()
}

/// A form, or JSON: programs send both.
fn read(headers: &HeaderMap, body: &[u8]) -> Result<Members, Refused> {
    if headers.contains_key(AUTHORIZATION) {
        return Err(Refused::client("the client's credential belongs in the body"));
    }
    if body.len() > LIMIT {
        return Err(Refused::new("invalid_request", "the body is too long"));
    }
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    match kind.split(';').next().unwrap_or_default().trim() {
        "application/json" => Ok(Members::read(body)?),
        "application/x-www-form-urlencoded" => {
            Ok(Members::from_pairs(form_urlencoded::parse(body).into_owned()))
        }
        other => Err(Refused::new("invalid_request", format!("unexpected content type {other:?}"))),
    }
}

fn issue(oauth: &mut Oauth, form: &Members) -> Result<Issued, Refused> {
    let client = form.text("client_id")?.unwrap_or_default();
    let secret = form.text("client_secret")?;
    let app = oauth.apps.get(client).ok_or_else(|| Refused::client("unknown client_id"))?;
    if secret.is_some_and(|secret| secret != app.secret) {
        return Err(Refused::client("wrong client_secret"));
    }
    let kind = app.kind;
    let needed = |name: &'static str| -> Result<&str, Refused> {
        form.text(name)?
            .ok_or_else(|| Refused::new("invalid_request", format!("{name} is missing")))
    };
    let invalid = |reason: &str| Refused::new("invalid_grant", reason);
    match needed("grant_type")? {
        "client_credentials" if kind == AppKind::Server => {
            if secret.is_none() {
                return Err(Refused::client("client_secret is missing"));
            }
            let scope = form.text("scope")?.unwrap_or("all").to_owned();
            let client = client.to_owned();
            let grant = Grant { client, user: ADMINISTRATOR, server: true, scope, ended: false };
            Ok(oauth.grant(grant, false))
        }
        "authorization_code" if kind == AppKind::Client => {
            let (code, redirect) = (needed("code")?, needed("redirect_uri")?);
            let verifier = form.text("code_verifier")?;
            oauth
                .redeem(code, (client, redirect), verifier, secret.is_some(), MEMBER)
                .map_err(invalid)
        }
        "refresh_token" if kind == AppKind::Client => {
            oauth.refresh(needed("refresh_token")?, client).map_err(invalid)
        }
        "client_credentials" | "authorization_code" | "refresh_token" => Err(Refused::new(
            "unauthorized_client",
            "this application was registered for another kind of grant",
        )),
        _ => Err(Refused::new("unsupported_grant_type", "unknown grant_type")),
    }
}
