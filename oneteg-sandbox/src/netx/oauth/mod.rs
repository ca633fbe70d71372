//! OAuth 2.0 as one published program uses it: the consent page at `/app`, the token endpoint at `/a/t`. The
//! authorization server's memory is in [`super::state`].

pub(super) mod authorize;
pub(super) mod token;
