//! `GET /connect/authorize`: approves at once, in the place of a user.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::http::header::{HeaderValue, LOCATION};
use axum::response::{IntoResponse, Response};
use chrono::TimeDelta;
use serde::Deserialize;
use url::Url;

use super::super::room::Room;
use super::grants::{Challenge, Code};
use crate::common::oauth::is_loopback;

/// How long a code may wait to be redeemed.
const CODE_LIFETIME: TimeDelta = TimeDelta::seconds(60);

#[derive(Debug, Deserialize)]
pub(crate) struct Question {
    client_id: Option<String>,
    redirect_uri: Option<String>,
    response_type: Option<String>,
    scope: Option<String>,
    state: Option<String>,
    code_challenge: Option<String>,
    code_challenge_method: Option<String>,
}

pub(crate) async fn authorize(
    State(room): State<Arc<Room>>,
    Query(question): Query<Question>,
) -> Response {
    if question.client_id.as_ref() != Some(&room.account.client_id) {
        return (StatusCode::BAD_REQUEST, "unknown client_id").into_response();
    }
    // Without a trustworthy URI nothing is sent anywhere (RFC 6749, section 4.1.2.1).
    let Some(back) = question.redirect_uri.as_deref().and_then(redirect) else {
        let message = "redirect_uri must be registered: https, or http on loopback";
        return (StatusCode::BAD_REQUEST, message).into_response();
    };
    let mut answer = match code(&room, &question, question.redirect_uri.as_deref()) {
        Ok(code) => vec![("code", code)],
        Err((error, description)) => {
            vec![("error", error.to_owned()), ("error_description", description.to_owned())]
        }
    };
    answer.extend(question.state.map(|state| ("state", state)));
    send_back(back, &answer)
}

fn code(
    room: &Room,
    question: &Question,
    redirect_uri: Option<&str>,
) -> Result<String, (&'static str, &'static str)> {
    if question.response_type.as_deref() != Some("code") {
        return Err(("unsupported_response_type", "response_type must be code"));
    }
    let scope = question.scope.as_deref().unwrap_or_default();
    if !scope.split(' ').any(|word| word == "api") {
        return Err(("invalid_scope", "the scope must have api"));
    }
    let challenge = match (&question.code_challenge, question.code_challenge_method.as_deref()) {
        (None, _) => None,
        (Some(challenge), Some("S256")) => Some(Challenge::S256(challenge.clone())),
        (Some(challenge), None | Some("plain")) => Some(Challenge::Plain(challenge.clone())),
        (Some(_), Some(_)) => {
            return Err(("invalid_request", "code_challenge_method must be S256 or plain"));
        }
    };
    let expires = room.clock.now() + CODE_LIFETIME;
    let redirect_uri = redirect_uri.unwrap_or_default().to_owned();
    let code = Code { redirect_uri, scope: scope.to_owned(), challenge, expires };
    Ok(room.grants().add_code(code))
}

/// What is taken for registered.
fn redirect(uri: &str) -> Option<Url> {
    let uri = Url::parse(uri).ok().filter(|uri| uri.fragment().is_none())?;
    (uri.scheme() == "https" || (uri.scheme() == "http" && is_loopback(&uri))).then_some(uri)
}

fn send_back(mut uri: Url, answer: &[(&str, String)]) -> Response {
    uri.query_pairs_mut().extend_pairs(answer);
    match HeaderValue::from_str(uri.as_str()) {
        Ok(location) => (StatusCode::FOUND, [(LOCATION, location)]).into_response(),
        Err(_) => StatusCode::BAD_REQUEST.into_response(),
    }
}
