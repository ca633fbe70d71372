use std::{fmt, time::Duration};

use http::{HeaderMap, StatusCode};
use serde_json::Value;

use crate::{Envelope, Error, ErrorKind, RetryClass};

/// What a vendor's error document says, in one form for all vendors.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct VendorFault {
    /// The vendor's code as text.
    pub code: Option<String>,
    /// The vendor's words.
    pub message: Option<String>,
    /// What else the document carried.
    pub data: Option<Value>,
}

impl VendorFault {
    /// A fault with a code, a message and the rest.
    pub fn new(code: Option<String>, message: Option<String>, data: Option<Value>) -> Self {
        Self { code, message, data }
    }
}

/// How a vendor speaks, where vendors differ. One value serves all clones of a client.
pub trait Vendor: fmt::Debug + Send + Sync + 'static {
    /// The vendor's name, for the `User-Agent` and for messages.
    fn name(&self) -> &'static str;

    /// What wraps the answers of requests that are written by hand. Default: nothing.
    fn envelope(&self) -> Envelope {
        Envelope::None
    }

    /// Reads an error document. The default knows the members that most vendors use.
    fn fault(&self, status: StatusCode, headers: &HeaderMap, body: &Value) -> Option<VendorFault> {
        let _ = (status, headers);
        common_fault(body)
    }

    /// The kind of a fault where its code says more than the HTTP status.
    fn classify(&self, fault: &VendorFault) -> Option<ErrorKind> {
        let _ = fault;
        None
    }

    /// How long the vendor asks to wait where it says so in the error document and not in a header.
    fn retry_after(&self, status: StatusCode, fault: &VendorFault) -> Option<Duration> {
        let _ = (status, fault);
        None
    }

    /// Whether a refused credential is one that no refresh would mend: the key that a gateway in front
    /// of the server wants is missing or wrong. Such a refusal is reported at once.
    fn missing_key(&self, error: &Error) -> bool {
        let _ = error;
        false
    }

    /// What a failure says about trying again, where the vendor means more than the general rules
    /// ([`RetryClass::of`]) know.
    fn retry_class(&self, error: &Error) -> Option<RetryClass> {
        let _ = error;
        None
    }
}

/// `{"error": {...}}`, `{"error": "text", "error_description": ..}`, `{"code", "message"}`,
/// `{"errors": [..]}`, `{"Message", "ExceptionMessage", "ExceptionType"}`, `"text"`.
pub(crate) fn common_fault(body: &Value) -> Option<VendorFault> {
    let inner = match &body["error"] {
        Value::Object(_) => &body["error"],
        _ => body,
    };
    let text = |value: &Value| match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    if let Value::String(words) = body {
        return text(body).map(|_| VendorFault::new(None, Some(words.clone()), None));
    }
    let first = |names: &[&str]| names.iter().find_map(|name| text(&inner[*name]));
    let mut message =
        first(&["message", "Message", "error_description", "detail", "title", "description"]);
    // ASP.NET says in general what went wrong, and beside it what it was.
    if let (Some(general), Some(exception)) = (&mut message, text(&inner["ExceptionMessage"])) {
        *general = format!("{general} {exception}");
    }
    let mut code = first(&["code", "Code", "errorCode", "statusCode", "ExceptionType"]);
    if let Some(error) = text(&body["error"]) {
        match message {
            Some(_) => code = code.or(Some(error)),
            None => message = Some(error),
        }
    }
    for list in [&inner["errors"], &inner["Errors"], &inner["Meta"]["Errors"]] {
        let entry = &list[0];
        message = message
            .or_else(|| text(entry))
            .or_else(|| text(&entry["message"]))
            .or_else(|| text(&entry["Message"]));
        code = code.or_else(|| text(&entry["code"]));
    }
    if code.is_none() && message.is_none() {
        return None;
    }
    // Where errors are listed, there may be more of them than the message tells.
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
