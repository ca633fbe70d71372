//! The identity server: its HTTP half. Codes and tokens are in `state/oauth.rs`.

pub(super) mod authorize;
pub(super) mod discovery;
pub(super) mod token;
