//! What is checked before an operation runs: the subscription key, the bearer token, the version.

use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, StatusCode};

use super::answer::Failure;
use super::call::Version;
use super::room::Room;

/// The header of the subscription key.
pub(crate) const SUBSCRIPTION_KEY: &str = "ocp-apim-subscription-key";
/// What the headers of MediaValet's own start with.
pub(crate) const OWN_HEADERS: &str = "x-mv-";

const MISSING_KEY: &str = "Access denied due to missing subscription key. Make sure to include \
                           subscription key when making requests to an API.";
const INVALID_KEY: &str = "Access denied due to invalid subscription key. Make sure to provide a \
                           valid key for an active subscription.";

impl Room {
    /// The gateway's check, which comes before anything of the API.
    pub(crate) fn check_key(&self, headers: &HeaderMap) -> Result<(), Failure> {
        let refused = |message| Failure::gateway(StatusCode::UNAUTHORIZED, message);
        let key = headers.get(SUBSCRIPTION_KEY).ok_or_else(|| refused(MISSING_KEY))?;
        let right = key.as_bytes() == self.account.subscription_key.as_bytes();
        right.then_some(()).ok_or_else(|| refused(INVALID_KEY))
    }

    /// The API's check of `Authorization: Bearer <token>`; the scheme's letter case does not matter.
    pub(crate) fn check_bearer(&self, headers: &HeaderMap) -> Result<(), Failure> {
        headers
            .get(AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .filter(|(_, token)| self.grants().is_valid(token, self.clock.now()))
            .map(|_| ())
            .ok_or_else(Failure::bearer)
    }
}

/// The version asked for; 1.0 unless told.
pub(crate) fn version(headers: &HeaderMap) -> Result<Version, Failure> {
    let Some(asked) = headers.get("x-mv-api-version") else { return Ok(Version::V1_0) };
    Version::ALL
        .into_iter()
        .find(|version| asked.as_bytes() == version.name().as_bytes())
        .ok_or_else(|| Failure::bad_request("x-mv-api-version must be 1.0, 1.1 or 1.2"))
}
