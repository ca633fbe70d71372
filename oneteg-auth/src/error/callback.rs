use std::fmt;

/// Why the browser's answer was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CallbackError {
    /// The URL is longer than 16 KiB.
    #[error("the sign-in answer is too long; start the sign-in again")]
    TooLong,
    /// A parameter is there twice (RFC 6749 section 3.1).
    #[error("the sign-in answer has {parameter} more than once; start the sign-in again")]
    Duplicate {
        /// Which one.
        parameter: &'static str,
    },
    /// A parameter is not there.
    #[error("the sign-in answer has no {parameter}; start the sign-in again")]
    Missing {
        /// Which one.
        parameter: &'static str,
    },
    /// `state` is not that of this sign-in, or was used before (RFC 6749 section 10.12).
    #[error("the sign-in answer belongs to another sign-in; start the sign-in again")]
    WrongState,
    /// The sign-in was begun with another token URL, client id or API server than those of the connection now.
    #[error(
        "the sign-in was begun for another connection or with other settings; start the sign-in again"
    )]
    WrongConnection,
    /// `iss` is not the provider asked (RFC 9207 section 2.4).
    #[error(
        "the sign-in answer comes from another provider than the one asked; do not retry blindly"
    )]
    WrongIssuer,
    /// The provider or the person refused.
    #[error("the provider refused the sign-in{}", CodeText(*code))]
    Refused {
        /// The error code, when it is a registered one.
        code: Option<&'static str>,
    },
}

struct CodeText(Option<&'static str>);

impl fmt::Display for CodeText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(code) => write!(f, " ({code})"),
            None => Ok(()),
        }
    }
}
