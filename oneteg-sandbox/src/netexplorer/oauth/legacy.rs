//! The sign-in of old, with a user's name and password.

use serde_json::json;

use super::{Grant, PASSWORD};
use crate::common::oauth::bearer_token;
use crate::netexplorer::answer::{Answer, Outcome};
use crate::netexplorer::call::Call;
use crate::netexplorer::errors::Failure;
use crate::netexplorer::members::Members;
use crate::netexplorer::state::Store;

/// The application that tokens of the old sign-in are listed under.
const LEGACY: &str = "legacy";

/// `POST /auth`
pub(crate) fn sign_in(store: &mut Store, call: &Call) -> Outcome {
    let login = Members::needed("user", call.body.text("user")?)?;
    let password = Members::needed("password", call.body.text("password")?)?;
    let user = store.users.iter().find(|(_, user)| user.active && user.login == login);
    let user = user.map(|(id, _)| id).filter(|_| password == PASSWORD);
    let user = user.ok_or_else(Failure::unauthenticated)?;
    let scope = "all".to_owned();
    let grant = Grant { client: LEGACY.to_owned(), user, server: false, scope, ended: false };
    Answer::ok(json!({ "token": store.oauth.grant(grant, false).access() }))
}

/// `DELETE /auth`
pub(crate) fn sign_out(store: &mut Store, call: &Call) -> Outcome {
    let token = bearer_token(&call.headers).unwrap_or_default();
    store.oauth.revoke(token, |grant| grant.client == LEGACY);
    Ok(Answer::Empty)
}
