//! The seam between the runtime and a vendor's crate.

use std::{fmt, time::Duration};

use http::{HeaderMap, StatusCode};
use serde_json::Value;

use crate::{Envelope, Error, ErrorKind, RetryClass};

mod object_store;

/// A vendor's error document in a form common to all vendors.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct VendorFault {
    /// The vendor's error code, as a string.
    pub code: Option<String>,
    /// The vendor's message.
    pub message: Option<String>,
    /// Further content of the document.
    pub data: Option<Value>,
}

impl VendorFault {
    /// Creates a fault from its parts.
    pub fn new(code: Option<String>, message: Option<String>, data: Option<Value>) -> Self {
        Self { code, message, data }
    }
}

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

/// Reads the usual error documents: `{"error": {...}}`, `{"error": "..", "error_description": ".."}`,
/// `{"code", "message"}`, `{"errors": [..]}`, `{"Message", "ExceptionMessage", "ExceptionType"}`, `".."`.
pub(crate) fn common_fault(body: &Value) -> Option<VendorFault> {
    let inner = match &body["error"] {
        Value::Object(_) => &body["error"],
        _ => body,
    };
    let scalar = |value: &Value| match value {
        Value::String(string) if !string.is_empty() => Some(string.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    if body.is_string() {
        return scalar(body).map(|message| VendorFault::new(None, Some(message), None));
    }
    let first = |names: &[&str]| names.iter().find_map(|name| scalar(&inner[*name]));
    let mut message =
        first(&["message", "Message", "error_description", "detail", "title", "description"]);
    // ASP.NET has a general message, and the specific one in `ExceptionMessage`.
    if let (Some(general), Some(exception)) = (&mut message, scalar(&inner["ExceptionMessage"])) {
        *general = format!("{general} {exception}");
    }
    let mut code = first(&["code", "Code", "errorCode", "statusCode", "ExceptionType"]);
    if let Some(error) = scalar(&body["error"]) {
        match message {
            Some(_) => code = code.or(Some(error)),
            None => message = Some(error),
        }
    }
    for list in [&inner["errors"], &inner["Errors"], &inner["Meta"]["Errors"]] {
        let entry = &list[0];
        message = message
            .or_else(|| scalar(entry))
            .or_else(|| scalar(&entry["message"]))
            .or_else(|| scalar(&entry["Message"]));
        code = code.or_else(|| scalar(&entry["code"]));
    }
    if code.is_none() && message.is_none() {
        return None;
    }
    // The message is the first of a list of errors; the others go to `data`.
    let more = inner["errors"].as_array().is_some_and(|list| list.len() > 1)
        || inner["errors"].is_object();
    let rest = if more { inner.get("errors") } else { inner.get("data") };
    let data = rest.filter(|data| !data.is_null()).cloned();
    Some(VendorFault::new(code, message, data))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn reads_the_usual_error_documents() {
        let read = |body: Value| {
            common_fault(&body)
                .map(|fault| (fault.code.unwrap_or_default(), fault.message.unwrap_or_default()))
        };
        let some = |code: &str, message: &str| Some((code.to_owned(), message.to_owned()));
        assert_eq!(read(json!({"error": {"code": 3004, "message": "no"}})), some("3004", "no"));
        assert_eq!(read(json!({"statusCode": 401, "message": "no"})), some("401", "no"));
        assert_eq!(
            read(json!({"error": "invalid_grant", "error_description": "gone"})),
            some("invalid_grant", "gone")
        );
        assert_eq!(read(json!({"error": "no such file"})), some("", "no such file"));
        assert_eq!(read(json!({"errors": ["a", "b"]})), some("", "a"));
        assert_eq!(read(json!({"id": 1})), None);
        assert_eq!(read(json!([1])), None);
        assert_eq!(read(json!("text")), some("", "text"));
        assert_eq!(read(json!("")), None);
    }
}
