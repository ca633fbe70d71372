//! How MediaValet and its storage hosts refuse.

use std::time::Duration;

use oneteg_http::{Envelope, Error, ErrorKind, RetryClass, StatusCode, Vendor, VendorFault};

/// The code under which this crate reports a signed link that has ended.
pub(crate) const LINK_EXPIRED: &str = "LinkExpired";

/// Why a storage host refused a transfer.
///
/// Uploads and downloads go to signed links on storage hosts (Azure Blob Storage), which know nothing of
/// MediaValet's credentials and have error codes of their own.
///
/// ```
/// use mediavalet_sdk::{Error, StorageError};
///
/// fn advice(error: &Error) -> &'static str {
///     match StorageError::of(error) {
///         Some(StorageError::LinkExpired) => "begin the upload anew: its link lives 24 hours",
///         Some(StorageError::NotPermitted) => "the link allows no writing",
///         Some(StorageError::Damaged) => "bytes changed on the way; check the network",
///         Some(_) => "quote `request_id` to the vendor",
///         None => "this is no failure of a storage host",
///     }
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StorageError {
    /// The signed link has ended, and MediaValet gives no newer one.
    LinkExpired,
    /// The link's signature is not that of the storage account. A link that was changed, or a key that
    /// was replaced.
    BadSignature,
    /// The link does not allow this: writing through a link for reading, for example.
    NotPermitted,
    /// The bytes that arrived are not those that were sent.
    Damaged,
    /// The file is not there.
    NotFound,
    /// Something else; see [`Error::code`].
    Other,
}

impl StorageError {
    /// Why a storage host refused, when the error is one of a storage host.
    pub fn of(error: &Error) -> Option<Self> {
        if error.operation() != Some("request_external") {
            return None;
        }
        Some(match error.code()? {
            LINK_EXPIRED => Self::LinkExpired,
            // The first is Azure's, the second what it says where an account's rules forbid access.
            "AuthenticationFailed" | "AuthorizationFailure" | "SignatureDoesNotMatch" => {
                Self::BadSignature
            }
            "AuthorizationPermissionMismatch"
            | "AuthorizationServiceMismatch"
            | "AuthorizationProtocolMismatch"
            | "AuthorizationResourceTypeMismatch"
            | "InsufficientAccountPermissions"
            | "AccessDenied" => Self::NotPermitted,
            "Md5Mismatch" | "BadDigest" => Self::Damaged,
            "BlobNotFound" | "ContainerNotFound" | "NoSuchKey" => Self::NotFound,
            _ => Self::Other,
        })
    }
}

/// How MediaValet speaks.
#[derive(Debug)]
pub(crate) struct MediaValet;

impl Vendor for MediaValet {
    fn name(&self) -> &'static str {
        "mediavalet"
    }

    fn envelope(&self) -> Envelope {
        Envelope::Payload
    }

    fn classify(&self, fault: &VendorFault) -> Option<ErrorKind> {
        (fault.code.as_deref()? == "Md5Mismatch").then_some(ErrorKind::Integrity)
    }

    fn retry_after(&self, status: StatusCode, fault: &VendorFault) -> Option<Duration> {
        // The gateway's sentence: `Rate limit is exceeded. Try again in 12 seconds.`
        let words = fault.message.as_deref().filter(|_| status == StatusCode::TOO_MANY_REQUESTS)?;
        let (_, rest) = words.split_once("Try again in ")?;
        rest.split(' ').next()?.parse().ok().map(Duration::from_secs)
    }

    fn missing_key(&self, error: &Error) -> bool {
        // The gateway's own 401; that of an expired token comes from the API behind it.
        error.code() == Some("401") && error.message().contains("subscription key")
    }

    fn retry_class(&self, error: &Error) -> Option<RetryClass> {
        // A block that arrived damaged was not kept.
        (error.code() == Some("Md5Mismatch")).then_some(RetryClass::NotProcessed)
    }
}
