//! Who makes a request, and the password sign-in.

use axum::http::HeaderMap;
use serde_json::json;

use crate::common::oauth::bearer_token;
use crate::netexplorer::request::{ApiRequest, Caller, RequestFields};
use crate::netexplorer::response::{ApiError, ApiResponse, ApiResult};
use crate::netexplorer::settings::PASSWORD;
use crate::netexplorer::state::{Grant, Store};

/// The client id under which tokens of the password sign-in are listed.
const PASSWORD_SIGN_IN: &str = "legacy";

/// The caller: the user of the bearer token or, for server applications, the user in the `As` header.
pub(crate) fn authenticate(store: &Store, headers: &HeaderMap) -> Result<Caller, ApiError> {
    let active_user = |id| store.users.get(id).filter(|user| user.active);
    let grant = bearer_token(headers).and_then(|token| store.oauth.active_grant(token));
    let grant = grant.ok_or_else(ApiError::unauthorized)?;
    let user = active_user(grant.user).ok_or_else(ApiError::unauthorized)?;
    let Some(header) = headers.get("as") else {
        return Ok(Caller { user: grant.user, admin: grant.server || user.admin });
    };
    if !grant.server {
        return Err(ApiError::forbidden());
    }
    let id = header.to_str().ok().and_then(|id| id.parse().ok());
    let id =
        id.ok_or_else(|| ApiError::bad_request("l'en-tête « As » doit être un identifiant"))?;
    let user = active_user(id).ok_or_else(ApiError::not_found)?;
    Ok(Caller { user: id, admin: user.admin })
}

/// `POST /auth`: signs a user in with login and password.
pub(crate) fn sign_in(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let login = RequestFields::required("user", request.fields.string("user")?)?;
    let password = RequestFields::required("password", request.fields.string("password")?)?;
    let user = store.users.iter().find(|(_, user)| user.active && user.login == login);
    let user = user.map(|(id, _)| id).filter(|_| password == PASSWORD);
    let user = user.ok_or_else(ApiError::unauthorized)?;
    if !store.may_sign_in(user) {
        return Err(ApiError::forbidden());
    }
    let tokens = store.oauth.add_grant(Grant::new(PASSWORD_SIGN_IN, user, false, "all"), false);
    ApiResponse::ok(json!({ "token": tokens.access }))
}

/// `DELETE /auth`: ends the token of a password sign-in. Other tokens stay valid.
pub(crate) fn sign_out(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let token = bearer_token(&request.headers).unwrap_or_default();
    store.oauth.revoke(token, |grant| grant.client_id == PASSWORD_SIGN_IN);
    Ok(ApiResponse::Empty)
}
