//! OAuth 2.0 (RFC 6749, 7636, 8252, 9207, 9700): configuration, flows and the credential.

mod answer;
mod callback;
mod code;
mod config;
mod credential;
mod discovery;
mod document;
mod endpoint;
mod grants;
mod http;
mod id_token;
mod loopback;
mod revocation;
mod settings;

#[cfg(feature = "test-hooks")]
pub(crate) use self::answer::parse as parse_answer;
pub(crate) use self::credential::binding;
pub use self::{
    callback::{CallbackError, CallbackQuery},
    code::{PendingSignIn, SignedIn},
    config::{ClientAuthentication, OAuth2Config},
    credential::{OAuth2, OAuth2Builder},
    id_token::{IdToken, IdTokenClaims},
    loopback::BrowserSignIn,
    revocation::SignedOut,
};
