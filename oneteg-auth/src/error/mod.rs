//! Every error of this crate. None of them can carry a secret.

mod callback;
mod profile;
mod store;
mod token;

use std::{sync::Arc, time::Duration};

#[cfg(feature = "oauth")]
pub(crate) use self::store::READING;
pub use self::{
    callback::CallbackError,
    profile::ProfileError,
    store::{ServerFault, StoreError},
    token::{TokenError, TokenErrorKind},
};

/// Why a request could not be authorised, or a session could not be started. No variant can carry a secret.
///
/// ```
/// use oneteg_auth::AuthError;
///
/// fn advice(error: &AuthError) -> &'static str {
///     match error {
///         error if error.needs_sign_in() => "sign in again",
///         error if error.is_transient() => "retry later",
///         _ => "correct the settings",
///     }
/// }
/// assert_eq!(advice(&AuthError::NotSignedIn), "sign in again");
/// ```
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum AuthError {
    /// A credential is empty.
    #[error("the {what} is empty; give the value the vendor issued")]
    EmptyValue {
        /// What is empty, as the user knows it (`API key`).
        what: &'static str,
    },
    /// A credential contains a character that cannot be sent in a header, such as a line break.
    #[error(
        "the {what} has {found}, which cannot be sent; copy it again, on one line and without spaces"
    )]
    InvalidHeaderValue {
        /// What cannot be sent, as the user knows it.
        what: &'static str,
        /// The kind of character (`a line break`).
        found: &'static str,
    },
    /// A setting contains an invisible character, such as a line break or a zero-width space.
    #[error("the {what} has {found}; copy it again, on one line and as plain text")]
    HiddenCharacter {
        /// Which setting, as the user knows it.
        what: &'static str,
        /// The kind of character (`a line break`).
        found: &'static str,
    },
    /// A URL cannot be used.
    #[error("the {what} cannot be used: {reason}")]
    InvalidUrl {
        /// Which URL, as the user knows it (`token URL`).
        what: &'static str,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A URL that receives credentials is neither `https` nor on this machine (RFC 6749 section 3.2).
    #[error(
        "the {what} must start with https://; plain http is for this machine only: 127.0.0.1, [::1], localhost"
    )]
    InsecureUrl {
        /// Which URL, as the user knows it.
        what: &'static str,
    },
    /// A setting that this call needs is missing.
    #[error("the connection has no {what}; add it to use {purpose}")]
    MissingSetting {
        /// Which setting, as the user knows it.
        what: &'static str,
        /// What it is needed for.
        purpose: &'static str,
    },
    /// A request would have carried a credential to another host than the connection's.
    #[error("credentials are for {expected} only and were not sent to another host")]
    ForeignHost {
        /// The origin of the connection.
        expected: String,
    },
    /// The server redirected a request with a credential to another host, and the response came from there.
    #[error(
        "{expected} redirected the request to another host, whose response is not used; follow the redirect without the credential"
    )]
    RedirectedAway {
        /// The origin of the connection.
        expected: String,
    },
    /// A client that may follow redirects would send the credential's header to the target.
    #[error(
        "the header {header} would follow a redirect to any host; build the client with `AuthMiddleware::client`, which follows none"
    )]
    ClientFollowsRedirects {
        /// The name of the header.
        header: String,
    },
    /// Nobody has signed in yet, or the session was signed out.
    #[error("nobody is signed in; sign in first")]
    NotSignedIn,
    /// The provider has ended the session (`invalid_grant`), and the store, read again, has no newer one.
    #[error("the session has ended at the provider; sign in again")]
    SessionEnded,
    /// A process ended during a refresh, and the provider does not accept a refresh token twice, so it may have
    /// been spent. The stored session is left unchanged.
    #[error("a refresh was interrupted and may have spent the refresh token; sign in again")]
    GrantUncertain,
    /// The token endpoint rejected the request or failed.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The token store rejected a change or failed. A valid token is used all the same.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The provider granted tokens that the store did not accept. They are kept in memory and stored as soon as
    /// the store works again.
    #[error("new tokens could not be stored ({0}); they are kept in memory and stored later")]
    Unsaved(StoreError),
    /// An earlier attempt failed, and it is too early for the next one.
    #[error("{last}; the next attempt is in {} ms", retry_in.as_millis())]
    BackingOff {
        /// The time until the next attempt.
        retry_in: Duration,
        /// Why the last attempt failed.
        #[source]
        last: Arc<AuthError>,
    },
    /// The background task ended early, because its runtime was shut down.
    #[error("the refresh was interrupted by the end of its runtime; retry")]
    Interrupted,
    /// There is no Tokio runtime to run a background task on.
    #[error("no Tokio runtime is running; call this from within one")]
    NoRuntime,
    /// The operating system gave no random bytes.
    #[error("the operating system gave no random bytes; retry")]
    NoRandomness,
    /// The callback does not belong to the sign-in, or reports a failure.
    #[error(transparent)]
    Callback(#[from] CallbackError),
    /// The listener for the callback could not be opened or failed.
    #[error("the sign-in listener on this machine failed ({kind}); free its port, or retry")]
    Listener {
        /// The kind of error that the operating system reported.
        kind: std::io::ErrorKind,
    },
    /// Nobody finished the sign-in in the browser in time.
    #[error("nobody finished the sign-in in the browser in time; start it again")]
    SignInTimeout,
    /// The connection uses OAuth, and this program was built without the feature `oauth`.
    #[error(
        "the connection uses OAuth, which this program was built without; enable the feature `oauth`"
    )]
    OAuthNotCompiled,
    /// The session of a user is kept with the profiles, and this program was built without the feature `profiles`.
    #[error(
        "the session of a user is kept with the profiles, which this program was built without; enable the feature `profiles`, or pass a store"
    )]
    ProfilesNotCompiled,
    /// The HTTP client could not be set up.
    #[error("the HTTP client could not be set up: {reason}")]
    HttpClient {
        /// Why; it contains no URL and no secret.
        reason: String,
    },
}

impl AuthError {
    /// Whether the same call may succeed later without any change.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Token(error) => error.is_transient(),
            Self::Store(error) => error.is_transient(),
            Self::BackingOff { last, .. } => last.is_transient(),
            Self::Unsaved(_) | Self::Interrupted | Self::NoRandomness => true,
            _ => false,
        }
    }

    /// How long to wait before a retry, if that is known.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Token(error) => error.retry_after,
            Self::BackingOff { retry_in, .. } => Some(*retry_in),
            _ => None,
        }
    }

    /// Whether only a new sign-in helps.
    pub fn needs_sign_in(&self) -> bool {
        match self {
            Self::NotSignedIn | Self::SessionEnded | Self::GrantUncertain => true,
            Self::BackingOff { last, .. } => last.needs_sign_in(),
            // The record can no longer be read by anybody; a sign-in replaces it.
            Self::Store(
                StoreError::Tampered
                | StoreError::NotASessionRecord
                | StoreError::Server { fault: ServerFault::Altered { .. }, .. },
            ) => true,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn backing_off(last: AuthError) -> AuthError {
        AuthError::BackingOff { retry_in: Duration::from_secs(7), last: Arc::new(last) }
    }

    #[test]
    fn a_wait_after_a_failure_means_what_the_failure_means() {
        let ended = backing_off(AuthError::SessionEnded);
        assert!(ended.needs_sign_in() && !ended.is_transient());
        let busy = backing_off(StoreError::Busy.into());
        assert!(busy.is_transient() && !busy.needs_sign_in());
        assert_eq!(busy.retry_after(), Some(Duration::from_secs(7)));
    }

    #[test]
    fn a_record_that_nobody_can_read_needs_a_sign_in_and_one_of_a_missing_key_does_not() {
        assert!(AuthError::from(StoreError::Tampered).needs_sign_in());
        assert!(AuthError::from(StoreError::NotASessionRecord).needs_sign_in());
        let unknown = StoreError::UnknownKey { key_id: "k1".to_owned() };
        assert!(unknown.is_unreadable() && !AuthError::from(unknown).needs_sign_in());
    }
}
