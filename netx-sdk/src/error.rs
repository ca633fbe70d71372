//! NetX's error codes.

use oneteg_http::{Error, ErrorKind, Vendor, VendorFault};

/// The error codes of NetX that are known. No list by the vendor could be read, so it is open.
///
/// ```
/// use netx_sdk::{ErrorCode, Error};
///
/// fn explain(error: &Error) -> &'static str {
///     match ErrorCode::of(error) {
///         Some(ErrorCode::NotAMember) => "NetX could not do it: the message says why",
///         Some(ErrorCode::AccessRefused) => "you may not see that object",
///         Some(ErrorCode::Authentication) => "sign in again",
///         _ => "something else",
///     }
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorCode {
    /// 1000: seen when an asset is removed from a folder that it is not in. It most likely means only that
    /// the operation failed, also if a folder does not exist: see [`Error::message`].
    NotAMember,
    /// 3004: the caller may not access the object.
    AccessRefused,
    /// 10000: the credential is invalid or has expired.
    Authentication,
    /// Another code.
    Other(i64),
}

impl ErrorCode {
    /// The code of an error, when NetX gave one.
    pub fn of(error: &Error) -> Option<Self> {
        error.code()?.parse::<i64>().ok().map(Self::from)
    }

    /// The number that NetX sends.
    pub fn number(self) -> i64 {
        match self {
            Self::NotAMember => 1000,
            Self::AccessRefused => 3004,
            Self::Authentication => 10000,
            Self::Other(number) => number,
        }
    }
}

impl From<i64> for ErrorCode {
    fn from(number: i64) -> Self {
        match number {
            1000 => Self::NotAMember,
            3004 => Self::AccessRefused,
            10000 => Self::Authentication,
            other => Self::Other(other),
        }
    }
}

/// How NetX speaks.
#[derive(Debug)]
pub(crate) struct NetX;

impl Vendor for NetX {
    fn name(&self) -> &'static str {
        "netx"
    }

    fn classify(&self, fault: &VendorFault) -> Option<ErrorKind> {
        let number: i64 = fault.code.as_ref()?.parse().ok()?;
        match ErrorCode::from(number) {
            ErrorCode::Authentication => Some(ErrorKind::Authentication),
            ErrorCode::AccessRefused => Some(ErrorKind::PermissionDenied),
            ErrorCode::NotAMember | ErrorCode::Other(_) => None,
        }
    }
}
