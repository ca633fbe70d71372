//! Credentials for the OneTeg SDKs.
//!
//! A client asks its [`Authenticator`] to authorise **every try** of a request, and tells it when the
//! server refused what it was given. [`ApiKey`] is the credential that never changes; [`OAuth2`] signs in
//! and keeps a session alive, across threads, processes and crashes, with a [`TokenStore`].

mod api_key;
mod authenticator;
mod both;
mod challenge;
mod clock;
mod connect;
pub mod connection;
mod error;
mod grant;
mod lifecycle;
#[cfg(feature = "middleware")]
mod middleware;
mod oauth;
mod probe;
mod random;
mod retry_after;
mod secret;
mod store;
#[cfg(feature = "test-hooks")]
#[doc(hidden)]
pub mod test_hooks;
mod token_error;
mod tokens;
mod transport;
mod work;

pub use api_key::ApiKey;
pub use authenticator::{AuthRequest, Authenticator, BoxFuture, CredentialVersion, Recovery};
pub use both::Both;
pub use challenge::{Challenge, Refusal};
pub use clock::{Clock, SystemClock};
pub use connect::Credential;
pub use connection::{
    ApplicationType, Authentication, AuthenticationType, ClientAuth, Connection, ConnectionError,
    Connector, FieldProblem, Flow, HeaderScheme, NetExplorerScope, OAuthConfig, OAuthSettings,
    ONETEG_CALLBACK, ResolvedAuthentication, ResolvedConnection, ScopeAccess, ScopeFamily, Scopes,
    SecretSource, Vendor,
};
pub use error::AuthError;
pub use grant::Grant;
pub use lifecycle::{JournalVerdict, LifecyclePolicy, ReplayWindow, TokenHeader, judge_journal};
#[cfg(feature = "middleware")]
pub use middleware::AuthMiddleware;
pub use oauth::{
    BrowserSignIn, CallbackError, CallbackQuery, ClientAuthentication, IdToken, IdTokenClaims,
    OAuth2, OAuth2Builder, OAuth2Config, PendingSignIn, SignedIn, SignedOut,
};
pub use retry_after::RetryAfter;
pub use secret::Secret;
pub use store::{
    Attempt, AttemptState, FileStore, JournalEntry, Lease, LeaseAnswer, MemoryStore, Owner,
    SealingKey, SealingKeys, Session, SessionKey, SessionState, StoreError, TokenStore,
};
pub use token_error::{TokenError, TokenErrorKind};
pub use tokens::{RefreshHash, Tokens};
pub use transport::{client_builder, is_loopback};
pub use work::settled;

/// The samples of the README, compiled.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
