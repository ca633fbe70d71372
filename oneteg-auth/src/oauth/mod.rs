//! OAuth 2.0 (RFC 6749, 7636, 8252, 9207, 9700): configuration, flows and the credential.

mod browser_sign_in;
mod callback;
mod callback_listener;
mod client;
mod config;
mod discovery;
mod grants;
mod pending;
mod pkce;
mod provider_http;
mod sign_in;
mod sign_out;
mod token_endpoint;
mod token_response;

pub(crate) use self::client::binding;
#[cfg(feature = "test-hooks")]
pub(crate) use self::token_response::parse as parse_token_response;
pub use self::{
    browser_sign_in::BrowserSignIn,
    callback::CallbackQuery,
    client::{OAuth2, OAuth2Builder},
    config::OAuth2Config,
    pending::PendingSignIn,
    sign_in::SignedIn,
};
