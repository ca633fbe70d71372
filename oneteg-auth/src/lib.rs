//! Credentials for the OneTeg SDKs.
//!
//! A client asks its [`Authenticator`] to authorise **every attempt** of a request, and reports when the server
//! refused the credential. [`ApiKey`] is the credential that never changes. [`OAuth2`] signs in and keeps a
//! session alive across threads, processes and crashes, with a [`TokenStore`].
//!
//! | Module | Holds |
//! |---|---|
//! | [`connection`] | settings as a user gives them, checked and completed by the vendor's rules |
//! | `credential` | from a resolved connection to an authenticator |
//! | `profiles` (2) | connections kept as files in the user's configuration folder |
//! | `oauth` (1) | the OAuth 2.0 client: sign-in, token requests, revocation |
//! | `session` (1) | one session in one process: refresh, sign-in and sign-out |
//! | `quota` | a vendor's quota that several workers share |
//! | `store` (1) | the contract of token stores, and the stores of this crate |
//! | `error` | every error of this crate |
//!
//! (1) With the feature `oauth`, which is on by default. Without it, [`ApiKey`] and other implementations of
//! [`Authenticator`] remain, and settings with OAuth can be read but not used.
//!
//! (2) With the feature `profiles`, which is on by default, and with it settings in TOML. Without it, settings in JSON and
//! in environment variables remain.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod api_key;
mod authenticator;
mod background;
mod challenge;
#[cfg(feature = "oauth")]
mod clock;
mod combined;
pub mod connection;
mod credential;
#[cfg(any(feature = "oauth", feature = "profiles"))]
mod disk;
mod error;
#[cfg(feature = "oauth")]
mod grant;
mod http_client;
#[cfg(feature = "oauth")]
mod id_token;
#[cfg(feature = "oauth")]
mod json;
mod loopback_url;
#[cfg(feature = "middleware")]
mod middleware;
#[cfg(feature = "oauth")]
mod oauth;
#[cfg(feature = "profiles")]
mod profiles;
mod quota;
#[cfg(feature = "oauth")]
mod random;
mod retry_after;
mod secret;
#[cfg(feature = "oauth")]
mod session;
#[cfg(feature = "oauth")]
mod store;
#[cfg(feature = "test-hooks")]
#[doc(hidden)]
pub mod test_hooks;
#[cfg(feature = "oauth")]
mod tokens;
mod version;

pub use api_key::ApiKey;
pub use authenticator::{AuthRequest, Authenticator, BoxFuture, Recovery};
pub use background::wait_for_background_tasks;
pub use challenge::{Challenge, Refusal};
#[cfg(feature = "oauth")]
pub use clock::{Clock, SystemClock};
pub use combined::CombinedAuthenticator;
pub use connection::{
    ApplicationType, Authentication, AuthenticationType, ClientAuthentication, Connection,
    ConnectionError, ConnectionField, Connector, FieldProblem, FieldProblemKind, HeaderScheme,
    NetExplorerScope, OAuthFlow, OAuthSettings, ONETEG_CALLBACK_URL, ResolvedAuthentication,
    ResolvedConnection, ResolvedOAuthSettings, ScopeAccess, ScopeFamily, Scopes, SecretSource,
    Vendor, VendorProfile,
};
pub use credential::{Credential, NoCredential};
pub use error::{
    AuthError, CallbackError, ProfileError, ServerFault, StoreError, TokenError, TokenErrorKind,
};
#[cfg(feature = "oauth")]
pub use grant::Grant;
pub use http_client::{TlsSettings, client_builder, client_builder_without_tls};
#[cfg(feature = "oauth")]
pub use id_token::{IdToken, IdTokenClaims};
pub use loopback_url::is_loopback;
#[cfg(feature = "middleware")]
pub use middleware::AuthMiddleware;
#[cfg(feature = "oauth")]
pub use oauth::{
    BrowserSignIn, CallbackQuery, OAuth2, OAuth2Builder, OAuth2Config, PendingSignIn, SignedIn,
};
#[cfg(feature = "profiles")]
pub use profiles::Profiles;
pub use quota::{
    InvalidQuota, MemoryQuotas, QuotaEngine, QuotaRate, QuotaRefused, SharedQuota,
    SharedQuotaBuilder, Slot, SlotRequest,
};
pub use retry_after::RetryAfter;
pub use secret::Secret;
#[cfg(feature = "oauth")]
pub use session::{
    JournalVerdict, ReplayWindow, SessionPolicy, SignedOut, TokenHeader, judge_journal,
};
#[cfg(feature = "oauth")]
pub use store::{
    ChangeNotifier, FileStore, JournalEntry, Lease, LeaseDecision, LeaseOwner, MemoryStore,
    RefreshAttempt, RefreshAttemptState, SealingKey, SealingKeys, SessionChanges, SessionKey,
    SessionRecord, StoredSession, TokenStore,
};
#[cfg(feature = "postgres")]
pub use store::{PostgresMigration, PostgresStore, PostgresStoreBuilder};
#[cfg(feature = "redis")]
pub use store::{RedisDurability, RedisStore, RedisStoreBuilder};
#[cfg(feature = "oauth")]
pub use tokens::{RefreshTokenHash, Tokens};
pub use version::CredentialVersion;

/// Compiles the examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
