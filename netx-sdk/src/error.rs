//! NetX's error codes.
//!
//! | Code | [`ErrorCode`] | [`ErrorKind`] |
//! |---|---|---|
//! | 1000 | `OperationFailed` | `Api` |
//! | 3004 | `AccessDenied` | `PermissionDenied` |
//! | 10000 | `Authentication` | `Authentication`, which refreshes an OAuth session |
//! | other | `Other` | `Api` |
//!
//! Codes arrive in the JSON-RPC envelope, usually with HTTP status 200. Responses without an envelope (files and
//! imports) are classified by their status.

use oneteg_http::{Error, ErrorKind, Vendor, VendorFault};

/// A NetX error code. The vendor's list of codes is not available, so other codes may occur.
///
/// ```
/// use netx_sdk::{ErrorCode, Error};
///
/// fn explain(error: &Error) -> &'static str {
///     match ErrorCode::of(error) {
///         Some(ErrorCode::OperationFailed) => "NetX could not do it; the message has the reason",
///         Some(ErrorCode::AccessDenied) => "you may not access that object",
///         Some(ErrorCode::Authentication) => "sign in again",
///         _ => "something else",
///     }
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorCode {
    /// 1000: the operation failed; [`Error::message`] has the reason. Observed when removing an asset from a folder
    /// that does not contain it. The code probably has a wider meaning, such as a folder that does not exist.
    OperationFailed,
    /// 3004: the caller may not access the object.
    AccessDenied,
    /// 10000: the credential is invalid or has expired.
    Authentication,
    /// Any other code.
    Other(i64),
}

impl ErrorCode {
    /// The code of an error, if NetX reported one.
    pub fn of(error: &Error) -> Option<Self> {
        error.code()?.parse::<i64>().ok().map(Self::from)
    }

    /// The number that NetX sends.
    pub fn number(self) -> i64 {
        match self {
            Self::OperationFailed => 1000,
            Self::AccessDenied => 3004,
            Self::Authentication => 10000,
            Self::Other(number) => number,
        }
    }
}

impl From<i64> for ErrorCode {
    fn from(number: i64) -> Self {
        match number {
            1000 => Self::OperationFailed,
            3004 => Self::AccessDenied,
            10000 => Self::Authentication,
            other => Self::Other(other),
        }
    }
}

/// Classifies NetX's error responses.
#[derive(Debug)]
pub(crate) struct NetX;

impl Vendor for NetX {
    fn name(&self) -> &'static str {
        "netx"
    }

    #[cfg(feature = "cassette")]
    fn vocabulary(&self) -> oneteg_http::pseudonym::Vocabulary {
        use crate::words::{NAMES, VALUES};
        oneteg_http::pseudonym::Vocabulary::new(NAMES.iter().copied(), VALUES.iter().copied())
    }

    fn classify(&self, fault: &VendorFault) -> Option<ErrorKind> {
        let number: i64 = fault.code.as_ref()?.parse().ok()?;
        match ErrorCode::from(number) {
            ErrorCode::Authentication => Some(ErrorKind::Authentication),
            ErrorCode::AccessDenied => Some(ErrorKind::PermissionDenied),
            ErrorCode::OperationFailed | ErrorCode::Other(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_its_number() {
        for number in [1000, 3004, 10000, 0, -32601, i64::MAX] {
            assert_eq!(ErrorCode::from(number).number(), number);
        }
        assert_eq!(ErrorCode::from(3004), ErrorCode::AccessDenied);
    }

    #[test]
    fn only_codes_with_a_clear_meaning_are_classified() {
        let classify =
            |code: &str| NetX.classify(&VendorFault::new(Some(code.to_owned()), None, None));
        assert_eq!(classify("10000"), Some(ErrorKind::Authentication));
        assert_eq!(classify("3004"), Some(ErrorKind::PermissionDenied));
        for other in ["1000", "5", "-32601", "", "10000.5", "99999999999999999999", "refused"] {
            assert_eq!(classify(other), None, "{other:?}");
        }
        assert_eq!(NetX.classify(&VendorFault::new(None, Some("no".to_owned()), None)), None);
    }
}
