//! Every error of this crate. No variant of any of them can carry a secret.

mod callback;
mod store;
mod token;

use std::{sync::Arc, time::Duration};

pub(crate) use self::store::READING;
pub use self::{
    callback::CallbackError,
    store::StoreError,
    token::{TokenError, TokenErrorKind},
};

/// Why a request could not be authorised, or a session not be started. No variant can carry a secret.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum AuthError {
    /// The credential is empty: give the key the vendor's user interface showed when it was made.
    #[error("the {what} is empty; give the value the vendor issued")]
    Empty {
        /// What is empty, in the user's words (`API key`).
        what: &'static str,
    },
    /// The credential has a character that no key contains and that cannot be sent, such as a line
    /// break.
    #[error(
        "the {what} has {found}, which cannot be sent; copy it again, on one line and without spaces"
    )]
    NotAHeaderValue {
        /// What cannot be sent, in the user's words.
        what: &'static str,
        /// The kind of character (`a line break`).
        found: &'static str,
    },
    /// A setting contains an invisible character, such as a line break or a zero-width space.
    #[error("the {what} has {found}; copy it again, on one line and as plain text")]
    HiddenCharacter {
        /// Which setting, in the user's words.
        what: &'static str,
        /// The kind of character (`a line break`).
        found: &'static str,
    },
    /// A URL is not usable.
    #[error("the {what} cannot be used: {reason}")]
    InvalidUrl {
        /// Which URL, in the user's words (`token URL`).
        what: &'static str,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A URL that credentials go to has no TLS and is not on this machine (RFC 6749 section 3.2).
    #[error(
        "the {what} must start with https://; plain http is for this machine only: 127.0.0.1, [::1], localhost"
    )]
    InsecureUrl {
        /// Which URL, in the user's words.
        what: &'static str,
    },
    /// A setting this call needs is not there.
    #[error("the connection has no {what}; add it to use {purpose}")]
    Missing {
        /// Which setting, in the user's words.
        what: &'static str,
        /// What it is needed for.
        purpose: &'static str,
    },
    /// A request was about to carry a credential to another host than the connection's.
    #[error("credentials are for {expected} only and were not sent to another host")]
    ForeignHost {
        /// The connection's own origin.
        expected: String,
    },
    /// The server redirected a request that carried a credential to another host, whose response this is.
    #[error(
        "{expected} redirected the request to another host, whose response is not used; follow the redirect without the credential"
    )]
    RedirectedAway {
        /// The connection's own origin.
        expected: String,
    },
    /// A client that may follow redirects would send the credential's header to any redirect target.
    #[error(
        "the header {header} would follow a redirect to any host; make the client with `AuthMiddleware::client`, which follows none"
    )]
    ClientFollowsRedirects {
        /// The header's name.
        header: String,
    },
    /// Nobody signed in yet, or the session was signed out.
    #[error("nobody is signed in; run the sign-in first")]
    NotSignedIn,
    /// The provider says that the session is over (`invalid_grant`), also after the store was read again.
    #[error("the session has ended at the provider; sign in again")]
    SessionEnded,
    /// A process died while it refreshed, and the provider does not allow asking twice: the refresh
    /// token may have been used up. The stored session is left as it is.
    #[error("a refresh was cut off and may have used the refresh token up; sign in again")]
    GrantUncertain,
    /// The token endpoint refused or failed.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The token store refused or failed. While a token is valid it is served all the same.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The provider granted tokens that the store could not keep; they are held in memory and written
    /// as soon as the store is back.
    #[error("new tokens could not be stored ({0}); they are kept and stored when that works again")]
    Unsaved(StoreError),
    /// An earlier failure is too fresh to try again.
    #[error("{last}; the next try is in {} ms", retry_in.as_millis())]
    BackingOff {
        /// How long until the next try.
        retry_in: Duration,
        /// The failure.
        #[source]
        last: Arc<AuthError>,
    },
    /// The task that refreshed was stopped, because its runtime was shut down.
    #[error("the refresh was interrupted by the end of its runtime; try again")]
    Interrupted,
    /// There is no Tokio runtime to run a refresh on.
    #[error("no Tokio runtime is running here; call this from within one")]
    NoRuntime,
    /// The operating system gave no random bytes.
    #[error("the operating system gave no random bytes; try again")]
    NoRandomness,
    /// The answer of the browser was not that of the sign-in that was begun.
    #[error(transparent)]
    Callback(#[from] CallbackError),
    /// The loopback listener could not be opened or was disturbed.
    #[error("the sign-in listener on this machine failed ({kind}); free its port, or try again")]
    Listener {
        /// What the operating system said.
        kind: std::io::ErrorKind,
    },
    /// Nobody finished the sign-in in the browser in time.
    #[error("nobody finished the sign-in in the browser in time; start it again")]
    SignInTimeout,
    /// The HTTP client could not be set up.
    #[error("the HTTP client could not be set up: {reason}")]
    HttpClient {
        /// Why; no URL and no secret.
        reason: String,
    },
}

impl AuthError {
    /// Whether the same call may succeed later without anybody's doing.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Token(error) => error.is_transient(),
            Self::Store(error) => error.is_transient(),
            Self::BackingOff { last, .. } => last.is_transient(),
            Self::Unsaved(_) | Self::Interrupted | Self::NoRandomness => true,
            _ => false,
        }
    }

    /// How long to wait before trying again, where that is known.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Token(error) => error.retry_after,
            Self::BackingOff { retry_in, .. } => Some(*retry_in),
            _ => None,
        }
    }

    /// Whether only a person who signs in again can help.
    pub fn needs_sign_in(&self) -> bool {
        match self {
            Self::NotSignedIn | Self::SessionEnded | Self::GrantUncertain => true,
            Self::BackingOff { last, .. } => last.needs_sign_in(),
            // What is stored can be read by nobody any more; a sign-in writes over it.
            Self::Store(StoreError::Tampered | StoreError::NotASessionRecord) => true,
            _ => false,
        }
    }
}
