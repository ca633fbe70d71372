//! The identity server: authorization, token and revocation endpoints, and the discovery document. Its data is
//! in `state/oauth.rs`.

mod authorize;
mod discovery;
mod token;

pub(crate) use authorize::authorize;
pub(crate) use discovery::discovery;
pub(crate) use token::{revoke, token};
