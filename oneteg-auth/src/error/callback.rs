use std::fmt;

/// Why the callback of a sign-in was rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CallbackError {
    /// The URL is longer than 16 KiB.
    #[error("the sign-in callback is too long; start the sign-in again")]
    TooLong,
    /// A parameter occurs more than once (RFC 6749 section 3.1).
    #[error("the sign-in callback has {parameter} more than once; start the sign-in again")]
    DuplicateParameter {
        /// Its name.
        parameter: &'static str,
    },
    /// A parameter is missing.
    #[error("the sign-in callback has no {parameter}; start the sign-in again")]
    MissingParameter {
        /// Its name.
        parameter: &'static str,
    },
    /// `state` is not that of this sign-in, or was used before (RFC 6749 section 10.12).
    #[error("the callback belongs to another sign-in; start the sign-in again")]
    WrongState,
    /// The sign-in was begun with another token URL, client id or API server than the connection has now.
    #[error(
        "the sign-in was begun for another connection or with other settings; start the sign-in again"
    )]
    WrongConnection,
    /// `iss` is not the provider that the sign-in was begun with (RFC 9207 section 2.4).
    #[error(
        "the callback comes from another provider than the sign-in was begun with; check the provider before you retry"
    )]
    WrongIssuer,
    /// The provider or the person declined the sign-in.
    #[error("the provider refused the sign-in{}", ErrorCode(*code))]
    Refused {
        /// The error code, if it is a registered one.
        code: Option<&'static str>,
    },
}

struct ErrorCode(Option<&'static str>);

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(code) => write!(f, " ({code})"),
            None => Ok(()),
        }
    }
}
