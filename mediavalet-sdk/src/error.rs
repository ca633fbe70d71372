//! How errors of MediaValet and of its storage hosts are classified.

use std::time::Duration;

use oneteg_http::{Envelope, Error, ErrorKind, RetryClass, StatusCode, Vendor, VendorFault};

/// The error code that this crate gives to the refusal of an expired signed link.
pub(crate) const LINK_EXPIRED: &str = "LinkExpired";

/// Why a storage host refused a transfer.
///
/// Uploads and downloads use signed links to storage hosts (Azure Blob Storage), which do not know
/// MediaValet's credentials and have their own error codes.
///
/// ```
/// use mediavalet_sdk::{Error, StorageError};
///
/// fn advice(error: &Error) -> &'static str {
///     match StorageError::of(error) {
///         Some(StorageError::LinkExpired) => "start the upload again: its link is valid for 24 hours",
///         Some(StorageError::NotPermitted) => "the link does not permit writing",
///         Some(StorageError::Damaged) => "bytes changed in transit; check the network",
///         Some(_) => "quote `request_id` to the vendor",
///         None => "this error is not from a storage host",
///     }
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StorageError {
    /// The signed link has expired, and MediaValet provides no newer one.
    LinkExpired,
    /// The link's signature does not match the storage account: the link was changed, or the account's
    /// key was replaced.
    BadSignature,
    /// The link does not permit this operation; for example, writing through a link for reading.
    NotPermitted,
    /// The bytes that arrived do not match their checksum.
    Damaged,
    /// The file does not exist.
    NotFound,
    /// Any other reason; see [`Error::code`].
    Other,
}

impl StorageError {
    /// Returns the reason if the error came from a storage host.
    pub fn of(error: &Error) -> Option<Self> {
        if error.operation() != Some("request_external") {
            return None;
        }
        Some(match error.code()? {
            LINK_EXPIRED => Self::LinkExpired,
            // Azure's code, its code where an account's network rules forbid access, and S3's.
            "AuthenticationFailed" | "AuthorizationFailure" | "SignatureDoesNotMatch" => {
                Self::BadSignature
            }
            "AuthorizationPermissionMismatch"
            | "AuthorizationServiceMismatch"
            | "AuthorizationProtocolMismatch"
            | "AuthorizationResourceTypeMismatch"
            | "InsufficientAccountPermissions"
            | "AccessDenied" => Self::NotPermitted,
            "Md5Mismatch" | "Crc64Mismatch" | "BadDigest" => Self::Damaged,
            "BlobNotFound" | "ContainerNotFound" | "NoSuchKey" => Self::NotFound,
            _ => Self::Other,
        })
    }
}

/// MediaValet's conventions for the runtime: envelope, error kinds and retry rules.
#[derive(Debug)]
pub(crate) struct MediaValet;

impl Vendor for MediaValet {
    fn name(&self) -> &'static str {
        "mediavalet"
    }

    #[cfg(feature = "cassette")]
    fn vocabulary(&self) -> oneteg_http::pseudonym::Vocabulary {
        use crate::words::{NAMES, VALUES};
        let words =
            oneteg_http::pseudonym::Vocabulary::new(NAMES.iter().copied(), VALUES.iter().copied())
                .phrases(["Try again in ", "subscription key"])
                .values(["all", "block", "blocklist", "high"]);
        #[cfg(all(feature = "assets", feature = "uploads"))]
        let words = words.recognised_by(|value| crate::block_ids::part_number(value).is_some());
        words
    }

    fn envelope(&self) -> Envelope {
        Envelope::PAYLOAD
    }

    fn classify(&self, fault: &VendorFault) -> Option<ErrorKind> {
        is_mismatch(fault.code.as_deref()?).then_some(ErrorKind::Integrity)
    }

    fn retry_after(&self, status: StatusCode, fault: &VendorFault) -> Option<Duration> {
        // The gateway states the delay in its message: `Rate limit is exceeded. Try again in 12 seconds.`
        let message =
            fault.message.as_deref().filter(|_| status == StatusCode::TOO_MANY_REQUESTS)?;
        let (_, rest) = message.split_once("Try again in ")?;
        rest.split(' ').next()?.parse().ok().map(Duration::from_secs)
    }

    fn missing_key(&self, error: &Error) -> bool {
        // The gateway's 401 has this code; the 401 for an expired token comes from the API behind it.
        error.code() == Some("401") && error.message().contains("subscription key")
    }

    fn retry_class(&self, error: &Error) -> Option<RetryClass> {
        // The storage host discards a block that does not match its checksum.
        error.code().is_some_and(is_mismatch).then_some(RetryClass::NotProcessed)
    }
}

/// Whether the storage host received other bytes than those of the checksum.
fn is_mismatch(code: &str) -> bool {
    matches!(code, "Md5Mismatch" | "Crc64Mismatch")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gateways_sentence_is_a_retry_delay() {
        let delay = |status: StatusCode, message: &str| {
            let fault = VendorFault::new(None, Some(message.to_owned()), None);
            MediaValet.retry_after(status, &fault)
        };
        let sentence = "Rate limit is exceeded. Try again in 12 seconds.";
        let limited = StatusCode::TOO_MANY_REQUESTS;
        assert_eq!(delay(limited, sentence), Some(Duration::from_secs(12)));
        assert_eq!(delay(StatusCode::SERVICE_UNAVAILABLE, sentence), None);
        for other in ["", "Try again in a while", "Try again in -1 seconds", "Try again in "] {
            assert_eq!(delay(limited, other), None, "{other}");
        }
    }
}
