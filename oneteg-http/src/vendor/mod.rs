//! The seam between the runtime and a vendor's crate.

use std::{fmt, time::Duration};

use http::{HeaderMap, StatusCode};
use serde_json::Value;

use crate::{Envelope, Error, ErrorKind, RetryClass, VendorFault, fault::common_fault};

mod object_store;

/// What the runtime must know about a vendor: its envelope, its error documents and what its errors mean. One
/// value serves all clones of a client.
///
/// ```
/// use oneteg_http::{ErrorKind, Vendor, VendorFault};
///
/// #[derive(Debug)]
/// struct Acme;
///
/// impl Vendor for Acme {
///     fn name(&self) -> &'static str {
///         "acme"
///     }
///
///     fn classify(&self, fault: &VendorFault) -> Option<ErrorKind> {
///         (fault.code.as_deref() == Some("E_LOCKED")).then_some(ErrorKind::Locked)
///     }
/// }
/// ```
pub trait Vendor: fmt::Debug + Send + Sync + 'static {
    /// The vendor's name, for `User-Agent` and messages.
    fn name(&self) -> &'static str;

    /// The envelope around the responses to [raw requests](crate::Runtime::request). Default: none.
    fn envelope(&self) -> Envelope {
        Envelope::NONE
    }

    /// Reads an error document in JSON. The default knows the members that most vendors use.
    fn fault(&self, status: StatusCode, headers: &HeaderMap, body: &Value) -> Option<VendorFault> {
        let _ = (status, headers);
        common_fault(body)
    }

    /// Reads the body of an error response that is not JSON. The default knows the XML documents of object
    /// stores (Azure Blob Storage, S3), where a vendor's server may redirect a download.
    fn fault_in_other_format(
        &self,
        status: StatusCode,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Option<VendorFault> {
        let _ = status;
        object_store::fault(headers, body)
    }

    /// The kind of a fault whose code is more specific than the HTTP status. Default: the status decides.
    fn classify(&self, fault: &VendorFault) -> Option<ErrorKind> {
        let _ = fault;
        None
    }

    /// How long the vendor asks to wait, if it writes that into the error document instead of a header.
    fn retry_after(&self, status: StatusCode, fault: &VendorFault) -> Option<Duration> {
        let _ = (status, fault);
        None
    }

    /// Whether a credential was refused for a reason that refreshing it does not fix: the key for a gateway in
    /// front of the server is missing or wrong. The error is then returned at once.
    fn missing_key(&self, error: &Error) -> bool {
        let _ = error;
        false
    }

    /// The words of the vendor's API, which stay in recorded calls; see [`cassette`](crate::cassette). Default: none, so
    /// names that look like those of a program stay, and no values.
    #[cfg(feature = "cassette")]
    fn vocabulary(&self) -> crate::pseudonym::Vocabulary {
        crate::pseudonym::Vocabulary::default()
    }

    /// Whether a failure allows a retry, if the vendor's errors mean something other than the general rules
    /// ([`RetryClass::of`]) assume.
    fn retry_class(&self, error: &Error) -> Option<RetryClass> {
        let _ = error;
        None
    }
}
