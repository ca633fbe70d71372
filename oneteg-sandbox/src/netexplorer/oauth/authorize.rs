//! `GET /oauth2/authorize`: the consent page, which approves at once.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::header::LOCATION;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use url::Url;

use super::AppKind;
use crate::common::oauth::is_loopback;
use crate::netexplorer::call::Query;
use crate::netexplorer::errors::Failure;
use crate::netexplorer::room::Room;

/// Sends the browser back with a code; with an error, if the request has one that the application may learn
/// of (RFC 6749, section 4.1.2.1).
pub(crate) async fn page(State(room): State<Arc<Room>>, RawQuery(query): RawQuery) -> Response {
    let query = Query::of(query.as_deref());
    let (client, redirect) = match application(&room, &query) {
        Ok(found) => found,
        // Nobody to send it to that is known.
        Err(failure) => return failure.into_response(),
    };
    let answered = match refusal(&room, &query, &client) {
        Some(error) => ("error", error.to_owned()),
        None => {
            let challenge = query.text("code_challenge").map(str::to_owned);
            let scope = query.text("scope").unwrap_or("all");
            // As it was given: the token request must have the same text.
            let given = query.text("redirect_uri").unwrap_or_default();
            let code = room.store().oauth.code(&client, given, scope, challenge);
            ("code", code)
        }
    };
    let mut target = redirect;
    target.query_pairs_mut().append_pair(answered.0, &answered.1);
    if let Some(state) = query.text("state") {
        target.query_pairs_mut().append_pair("state", state);
    }
    match HeaderValue::from_str(target.as_str()) {
        Ok(location) => (StatusCode::FOUND, [(LOCATION, location)]).into_response(),
        Err(_) => Failure::invalid("redirect_uri").into_response(),
    }
}

fn application(room: &Room, query: &Query) -> Result<(String, Url), Failure> {
    let client = query.text("client_id").unwrap_or_default();
    if !room.store().oauth.apps.contains_key(client) {
        return Err(Failure::invalid("client_id inconnu"));
    }
    let redirect = query.text("redirect_uri").and_then(|uri| Url::parse(uri).ok());
    let redirect = redirect.filter(on_loopback).ok_or_else(|| {
        Failure::invalid("redirect_uri doit être une adresse http de la machine locale")
    })?;
    Ok((client.to_owned(), redirect))
}

/// Any port of this machine (RFC 8252, section 7.3), and no fragment.
fn on_loopback(uri: &Url) -> bool {
    uri.scheme() == "http" && is_loopback(uri) && uri.fragment().is_none()
}

fn refusal(room: &Room, query: &Query, client: &str) -> Option<&'static str> {
    if query.text("response_type") != Some("code") {
        return Some("unsupported_response_type");
    }
    if room.store().oauth.apps.get(client).is_some_and(|app| app.kind == AppKind::Server) {
        return Some("unauthorized_client");
    }
    let method = query.text("code_challenge_method");
    match query.text("code_challenge") {
        Some(challenge) if challenge.len() == 43 && method == Some("S256") => None,
        None if method.is_none() => None,
        _ => Some("invalid_request"),
    }
}
