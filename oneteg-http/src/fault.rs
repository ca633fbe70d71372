//! What error documents report, whatever their form.

use serde_json::Value;

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
