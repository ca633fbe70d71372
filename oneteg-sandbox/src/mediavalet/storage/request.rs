//! A request to the storage, parsed.

use axum::http::header::AsHeaderName;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use percent_encoding::percent_decode_str;
use url::form_urlencoded;

use crate::mediavalet::shared_access::PATH_PREFIX;

/// A request to the storage, without its body.
pub(super) struct StorageRequest {
    pub(super) blob_name: String,
    pub(super) headers: HeaderMap,
    pub(super) query: Vec<(String, String)>,
    /// Whether the response has no body.
    pub(super) head: bool,
}

impl StorageRequest {
    pub(super) fn new(parts: Parts) -> Self {
        let path = parts.uri.path().strip_prefix(PATH_PREFIX).unwrap_or_default();
        let query = parts.uri.query().unwrap_or_default();
        Self {
            blob_name: percent_decode_str(path).decode_utf8_lossy().into_owned(),
            query: form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
            head: parts.method == Method::HEAD,
            headers: parts.headers,
        }
    }

    pub(super) fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// A header as a string; `None` if it is missing or not visible ASCII.
    pub(super) fn header(&self, name: impl AsHeaderName) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}
