use std::fmt;

use http::{HeaderMap, StatusCode};
use serde_json::Value;

use crate::ErrorKind;

/// What a vendor's error document says, in one form for all vendors.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Fault {
    /// The vendor's code as text.
    pub code: Option<String>,
    /// The vendor's words.
    pub message: Option<String>,
    /// What else the document carried.
    pub data: Option<Value>,
}

impl Fault {
    /// A fault with a code, a message and the rest.
    pub fn new(code: Option<String>, message: Option<String>, data: Option<Value>) -> Self {
        Self { code, message, data }
    }
}

/// How a vendor speaks, where vendors differ. One value serves all clones of a client.
pub trait Vendor: fmt::Debug + Send + Sync + 'static {
    /// The vendor's name, for the `User-Agent` and for messages.
    fn name(&self) -> &'static str;

    /// Reads an error document. The default knows the members that most vendors use.
    fn fault(&self, status: StatusCode, headers: &HeaderMap, body: &Value) -> Option<Fault> {
        let _ = (status, headers);
        common_fault(body)
    }

    /// The kind of a fault where its code says more than the HTTP status.
    fn classify(&self, fault: &Fault) -> Option<ErrorKind> {
        let _ = fault;
        None
    }
}

/// `{"error": {...}}`, `{"error": "text", "error_description": ..}`, `{"code", "message"}`, `{"errors": [..]}`.
fn common_fault(body: &Value) -> Option<Fault> {
    let inner = match &body["error"] {
        Value::Object(_) => &body["error"],
        _ => body,
    };
    let text = |value: &Value| match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let first = |names: &[&str]| names.iter().find_map(|name| text(&inner[*name]));
    let mut message =
        first(&["message", "Message", "error_description", "detail", "title", "description"]);
    let mut code = first(&["code", "Code", "errorCode", "statusCode"]);
    if let Some(error) = text(&body["error"]) {
        match message {
            Some(_) => code = code.or(Some(error)),
            None => message = Some(error),
        }
    }
    let message = message
        .or_else(|| text(&inner["errors"][0]))
        .or_else(|| text(&inner["errors"][0]["message"]));
    if code.is_none() && message.is_none() {
        return None;
    }
    let data = inner.get("data").filter(|data| !data.is_null()).cloned();
    Some(Fault::new(code, message, data))
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
        assert_eq!(read(json!("text")), None);
    }
}
