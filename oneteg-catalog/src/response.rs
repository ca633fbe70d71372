//! What an operation returns.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// The content of a successful response, as the SDK reads it.
#[derive(Debug, Default, Deserialize)]
#[non_exhaustive]
pub struct Response {
    /// What it is.
    pub kind: ResponseKind,
    /// The schema of a JSON response inside the vendor's envelope.
    pub schema: Option<Value>,
}

/// The kinds of content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResponseKind {
    /// No content, or none that matters.
    #[default]
    Empty,
    /// A JSON document.
    Json,
    /// Plain text.
    Text,
    /// Any bytes.
    File,
}

/// A response as the specification documents it, without the vendor's envelope.
#[derive(Debug, Deserialize)]
#[non_exhaustive]
pub struct Documented {
    /// A status such as `200`, a range such as `4XX`, or `default`.
    pub status: String,
    /// The schemas by media type; empty if the response has no content.
    #[serde(default)]
    pub content: BTreeMap<String, Value>,
}

impl Documented {
    /// Whether it is a success: a status of 2xx.
    pub fn is_success(&self) -> bool {
        self.status.starts_with('2')
    }

    /// Whether it describes responses of a status. `default` describes all that nothing else does, so it is not asked
    /// here.
    pub fn describes(&self, status: u16) -> bool {
        let status = status.to_string();
        self.status == status
            || self
                .status
                .strip_suffix("XX")
                .is_some_and(|range| status.len() == 3 && status.starts_with(range))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn documented(status: &str) -> Documented {
        Documented { status: status.to_owned(), content: BTreeMap::new() }
    }

    #[test]
    fn ranges_and_statuses_are_told_apart() {
        assert!(documented("200").describes(200));
        assert!(!documented("200").describes(201));
        assert!(documented("4XX").describes(404));
        assert!(!documented("4XX").describes(500));
        assert!(!documented("default").describes(500));
        assert!(documented("204").is_success());
        assert!(!documented("404").is_success());
        assert!(!documented("default").is_success());
    }
}
