//! OAuth 2.0 over HTTP: the consent page, the token endpoint, the management of applications, and the
//! authentication of requests. The authorization server's memory is in [`super::state`].

pub(super) mod apps;
pub(super) mod authentication;
pub(super) mod authorize;
pub(super) mod token;
