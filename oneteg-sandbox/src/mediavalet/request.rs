//! A request to the API as the operations see it: API version, path, query and body.

use axum::body::Bytes;
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::form_urlencoded;

use super::envelope::ApiVersion;
use super::pages::Page;
use super::response::{ApiError, ApiResponse, ApiResult};
use super::shared_access::LinkBuilder;
use crate::choices::mediavalet as choices;

/// A request that has passed the gateway.
pub(crate) struct ApiRequest {
    pub(crate) version: ApiVersion,
    /// Builds links to the blob storage.
    pub(crate) links: LinkBuilder,
    /// The number of polls until a new asset is ready.
    pub(crate) processing_polls: u32,
    /// The largest offset that lists of assets accept.
    pub(crate) largest_offset: usize,
    /// The parameters of the path, decoded.
    pub(crate) path: Vec<(&'static str, String)>,
    /// The parameters of the query, with their names in lower case.
    pub(crate) query: Vec<(String, String)>,
    pub(crate) body: Bytes,
    /// Whether the client calls the body a form.
    pub(crate) is_form: bool,
}

impl ApiRequest {
    /// A parameter of the path, which the operation's template has.
    pub(crate) fn path_param(&self, name: &str) -> &str {
        let found = self.path.iter().find(|(known, _)| *known == name);
        found.map_or("", |(_, value)| value.as_str())
    }

    /// An id in the path, in lower case. Letter case does not matter in ids.
    pub(crate) fn path_id(&self, name: &str) -> String {
        self.path_param(name).to_lowercase()
    }

    /// A query parameter by its name in lower case. An empty one counts as missing.
    pub(crate) fn query_param(&self, name: &str) -> Option<&str> {
        let found = self.query.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    pub(crate) fn flag(&self, name: &str) -> bool {
        self.query_param(name).is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    /// The body, deserialized from JSON. A form becomes an object with strings; a client that calls JSON a form is
    /// understood too, since published ones do.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, ApiError> {
        let read = serde_json::from_slice(&self.body).or_else(|error| match self.is_form {
            true => serde_json::from_value(self.form()),
            false => Err(error),
        });
        read.map_err(|error| ApiError::bad_request(format!("The body is not as expected: {error}")))
    }

    fn form(&self) -> Value {
        let pairs = form_urlencoded::parse(&self.body);
        pairs.map(|(name, value)| (name.into_owned(), Value::String(value.into_owned()))).collect()
    }

    /// The body as one string: a JSON string, or plain text.
    pub(crate) fn string(&self) -> Result<String, ApiError> {
        if let Ok(value) = serde_json::from_slice::<String>(&self.body) {
            return Ok(value);
        }
        String::from_utf8(self.body.to_vec())
            .map_err(|_| ApiError::bad_request("The body must be a string"))
    }

    /// The requested page of a list.
    pub(crate) fn page(&self, default_count: usize) -> Result<Page, ApiError> {
        Page::parse(self.query_param("offset"), self.query_param("count"), default_count)
    }

    /// The requested page of a list of assets.
    pub(crate) fn asset_page(&self) -> Result<Page, ApiError> {
        self.page(choices::ASSET_PAGE_SIZE.get())?.within(self.largest_offset)
    }

    /// The requested page of a list of other objects.
    pub(crate) fn list_page(&self) -> Result<Page, ApiError> {
        let size = choices::LIST_PAGE_SIZE.get();
        self.page(if size == 0 { usize::MAX } else { size })
    }

    /// A response with the requested page of a list.
    pub(crate) fn list(&self, items: Vec<Value>) -> ApiResult {
        let (items, records) = self.list_page()?.slice(items);
        Ok(ApiResponse::ok(Value::Array(items)).with_records(records))
    }
}
