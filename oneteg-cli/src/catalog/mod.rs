//! The operations of the vendors: what `cargo xtask generate` read from the specifications, embedded and compressed.

use oneteg_auth::Vendor;
use oneteg_http::Operation;
use serde::Deserialize;
use serde_json::Value;

use crate::error::CliError;

/// The operations of one vendor.
#[derive(Debug, Deserialize)]
pub(crate) struct Catalog {
    /// Sorted by name.
    pub(crate) operations: Vec<Entry>,
    /// The schemas that others refer to with `{"$ref": "#/schemas/<name>"}`.
    pub(crate) schemas: serde_json::Map<String, Value>,
}

/// An operation: what people need to call it. What the runtime needs is in [`Entry::operation`].
#[derive(Debug, Deserialize)]
pub(crate) struct Entry {
    /// The name on the command line, such as `get-assets-by-folder`.
    pub(crate) name: String,
    pub(crate) tag: String,
    /// One line.
    pub(crate) summary: String,
    /// Further paragraphs, in Markdown; may be empty.
    #[serde(default)]
    pub(crate) description: String,
    /// Whether a call changes something at the vendor.
    pub(crate) writes: bool,
    #[serde(default)]
    pub(crate) parameters: Vec<Parameter>,
    #[serde(default)]
    pub(crate) body: Option<Body>,
    #[serde(default)]
    pub(crate) response: Response,
    /// Examples of a body, or of the parameters of a procedure, if the specification has any.
    #[serde(default)]
    pub(crate) examples: Vec<Value>,
}

impl Entry {
    /// What the runtime needs to call it: method, path, envelope, paging, evidence.
    pub(crate) fn operation(&self, vendor: Vendor) -> Option<&'static Operation> {
        let all = match vendor {
            Vendor::NetX => netx_sdk::OPERATIONS,
            Vendor::MediaValet => mediavalet_sdk::OPERATIONS,
            Vendor::NetExplorer => netexplorer_sdk::OPERATIONS,
            _ => &[],
        };
        let id = self.name.replace('-', "_");
        all.iter().copied().find(|operation| operation.id == id)
    }
}

/// Where a parameter is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Place {
    Path,
    Query,
    Header,
    /// A positional parameter of a procedure.
    Procedure,
}

/// A parameter of an operation.
#[derive(Debug, Deserialize)]
pub(crate) struct Parameter {
    /// The name in the request, such as `assetId`.
    pub(crate) name: String,
    /// The name of the flag without dashes, such as `asset-id`.
    pub(crate) flag: String,
    pub(crate) place: Place,
    #[serde(default)]
    pub(crate) required: bool,
    #[serde(default)]
    pub(crate) description: String,
    pub(crate) schema: Value,
}

/// The body of a request.
#[derive(Debug, Deserialize)]
pub(crate) struct Body {
    /// Its media type, such as `application/json` or `multipart/form-data`.
    pub(crate) media_type: String,
    #[serde(default)]
    pub(crate) required: bool,
    #[serde(default)]
    pub(crate) description: String,
    pub(crate) schema: Value,
}

/// What a response contains.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Response {
    /// Nothing.
    #[default]
    Empty,
    Json,
    Text,
    /// A file.
    File,
}

/// The catalog of a vendor.
pub(crate) fn of(vendor: Vendor) -> Result<&'static Catalog, CliError> {
    Err(CliError::failure(format!("there is no catalog of {vendor} yet")))
}
