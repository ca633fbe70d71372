//! The checks in front of every operation, in this order: subscription key (by the gateway), bearer token and
//! API version (by the API).

use axum::http::{HeaderMap, StatusCode};

use super::envelope::ApiVersion;
use super::response::ApiError;
use super::state::ServerState;
use crate::common::oauth::bearer_token;

/// The header of the subscription key.
pub(crate) const SUBSCRIPTION_KEY: &str = "ocp-apim-subscription-key";

/// The prefix of MediaValet's custom headers.
pub(crate) const CUSTOM_HEADER_PREFIX: &str = "x-mv-";

const MISSING_KEY: &str = "Access denied due to missing subscription key. Make sure to include \
                           subscription key when making requests to an API.";
const INVALID_KEY: &str = "Access denied due to invalid subscription key. Make sure to provide a \
                           valid key for an active subscription.";

/// The gateway's check, which precedes everything in the API.
pub(crate) fn check_subscription_key(
    state: &ServerState,
    headers: &HeaderMap,
) -> Result<(), ApiError> {
    let refused = |message| ApiError::gateway(StatusCode::UNAUTHORIZED, message);
    let key = headers.get(SUBSCRIPTION_KEY).ok_or_else(|| refused(MISSING_KEY))?;
    let accepted = key.as_bytes() == state.account.subscription_key.as_bytes();
    accepted.then_some(()).ok_or_else(|| refused(INVALID_KEY))
}

/// The API's check of `Authorization: Bearer <token>`.
pub(crate) fn check_bearer_token(state: &ServerState, headers: &HeaderMap) -> Result<(), ApiError> {
    let valid = bearer_token(headers)
        .is_some_and(|token| state.oauth().accepts_access_token(token, state.clock.now()));
    valid.then_some(()).ok_or_else(ApiError::bearer_token)
}

/// The requested API version; 1.0 by default.
pub(crate) fn api_version(headers: &HeaderMap) -> Result<ApiVersion, ApiError> {
    let Some(requested) = headers.get("x-mv-api-version") else { return Ok(ApiVersion::V1_0) };
    ApiVersion::ALL
        .into_iter()
        .find(|version| requested.as_bytes() == version.name().as_bytes())
        .ok_or_else(|| ApiError::bad_request("x-mv-api-version must be 1.0, 1.1 or 1.2"))
}
