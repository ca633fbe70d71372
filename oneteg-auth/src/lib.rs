//! Credentials for the OneTeg SDKs.
//!
//! A client asks its [`Authenticator`] to authorise **every try** of a request, and tells it when the
//! server refused what it was given. [`ApiKey`] is the credential that never changes.

mod api_key;
mod authenticator;
mod error;
mod secret;

pub use api_key::ApiKey;
pub use authenticator::{AuthRequest, Authenticator, BoxFuture, CredentialVersion, Recovery};
pub use error::AuthError;
pub use secret::Secret;
