//! `POST /connect/token` and `POST /connect/revocation`.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use percent_encoding::percent_decode_str;
use serde_json::json;
use url::form_urlencoded;

use super::super::room::Room;
use super::grants::Issued;
use super::{refusal, uncached};

type Refused = (StatusCode, &'static str, &'static str);

/// The fields of a form.
struct Form(Vec<(String, String)>);

impl Form {
    fn read(body: &Bytes) -> Self {
        Self(form_urlencoded::parse(body).into_owned().collect())
    }

    fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }
}

pub(crate) async fn token(
    State(room): State<Arc<Room>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let form = Form::read(&body);
    let issued = authenticate(&room, &headers, &form).and_then(|()| grant(&room, &form));
    match issued {
        Ok(issued) => {
            let mut answer = json!({
                "access_token": issued.access,
                "token_type": "Bearer",
                "expires_in": room.settings.access_token_lifetime.as_secs(),
                "scope": issued.scope,
            });
            if let (Some(answer), Some(refresh)) = (answer.as_object_mut(), issued.refresh) {
                answer.insert("refresh_token".into(), refresh.into());
            }
            uncached(Json(answer).into_response())
        }
        Err((status, error, description)) => refusal(status, error, description),
    }
}

/// Answers 200 whether or not there was such a token (RFC 7009, section 2.2).
pub(crate) async fn revoke(
    State(room): State<Arc<Room>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let form = Form::read(&body);
    match authenticate(&room, &headers, &form) {
        Ok(()) => {
            room.grants().revoke(form.get("token"));
            StatusCode::OK.into_response()
        }
        Err((status, error, description)) => refusal(status, error, description),
    }
}

/// The client's id and secret, from the Basic header or from the form.
fn authenticate(room: &Room, headers: &HeaderMap, form: &Form) -> Result<(), Refused> {
    let (id, secret) = match headers.get(AUTHORIZATION) {
        Some(value) => basic(value.as_bytes()).unwrap_or_default(),
        None => (form.get("client_id").to_owned(), form.get("client_secret").to_owned()),
    };
    let right = id == room.account.client_id && secret == room.account.client_secret;
    let refused = (StatusCode::BAD_REQUEST, "invalid_client", "wrong client_id or client_secret");
    right.then_some(()).ok_or(refused)
}

fn basic(header: &[u8]) -> Option<(String, String)> {
    let (scheme, coded) = std::str::from_utf8(header).ok()?.split_once(' ')?;
    let pair = BASE64_STANDARD.decode(coded).ok().filter(|_| scheme == "Basic")?;
    let (id, secret) = std::str::from_utf8(&pair).ok()?.split_once(':')?;
    // Both are form-encoded before they are joined (RFC 6749, section 2.3.1).
    let plain = |text: &str| percent_decode_str(text).decode_utf8().ok().map(Into::into);
    Some((plain(id)?, plain(secret)?))
}

fn grant(room: &Room, form: &Form) -> Result<Issued, Refused> {
    let invalid = |why| (StatusCode::BAD_REQUEST, "invalid_grant", why);
    let now = room.clock.now();
    let expires = now + room.settings.access_token_lifetime;
    let mut grants = room.grants();
    match form.get("grant_type") {
        "authorization_code" => {
            let code = grants.take_code(form.get("code"), now);
            let code = code.ok_or_else(|| invalid("unknown, used or expired code"))?;
            if code.redirect_uri != form.get("redirect_uri") {
                return Err(invalid("another redirect_uri than the code was issued for"));
            }
            let verifier = form.get("code_verifier");
            if !code.challenge.is_none_or(|challenge| challenge.is_met_by(verifier)) {
                return Err(invalid("code_verifier does not match code_challenge"));
            }
            Ok(grants.sign_in(&code.scope, expires))
        }
        "refresh_token" => grants
            .refresh(form.get("refresh_token"), expires)
            .ok_or_else(|| invalid("unknown, used or revoked refresh_token")),
        "password" => {
            let account = &room.account;
            let user = (form.get("username"), form.get("password"));
            if user != (&account.user_name, &account.password) {
                return Err(invalid("wrong username or password"));
            }
            Ok(grants.sign_in(form.get("scope"), expires))
        }
        _ => {
            let why = "there are authorization_code, refresh_token and password";
            Err((StatusCode::BAD_REQUEST, "unsupported_grant_type", why))
        }
    }
}
