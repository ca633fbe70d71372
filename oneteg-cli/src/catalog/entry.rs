//! An operation, its parameters and its body.

use std::collections::BTreeMap;

use oneteg_auth::Vendor;
use oneteg_http::{Operation, codegen::QueryStyle};
use serde::Deserialize;
use serde_json::Value;

/// An operation: what people need to call it. What the runtime needs is in [`Entry::operation`].
#[derive(Debug, Deserialize)]
pub(crate) struct Entry {
    /// The name on the command line, such as `get-assets-by-folder`.
    pub(crate) name: String,
    pub(crate) tag: String,
    /// One line of Markdown.
    pub(crate) summary: String,
    /// Further paragraphs of Markdown; may be empty.
    #[serde(default)]
    pub(crate) description: String,
    #[serde(default)]
    pub(crate) deprecated: bool,
    /// Whether a call may change something at the vendor. An operation that is not known to only read counts as
    /// writing.
    #[serde(default)]
    pub(crate) writes: bool,
    /// Those of a procedure come in their order.
    #[serde(default)]
    pub(crate) parameters: Vec<Parameter>,
    /// `None` for procedures, whose parameters are in `parameters`.
    pub(crate) body: Option<Body>,
    #[serde(default)]
    pub(crate) response: Response,
    /// Examples of the body; for a procedure, of the object of its parameters.
    #[serde(default)]
    pub(crate) examples: Vec<Value>,
}

impl Entry {
    /// What the runtime needs to call it: method, path, envelope, paging, evidence.
    pub(crate) fn operation(&self, vendor: Vendor) -> Option<&'static Operation> {
        let id = self.name.replace('-', "_");
        operations(vendor).iter().copied().find(|operation| operation.id == id)
    }
}

/// The operations of a vendor's SDK.
pub(super) fn operations(vendor: Vendor) -> &'static [&'static Operation] {
    match vendor {
        Vendor::NetX => netx_sdk::OPERATIONS,
        Vendor::MediaValet => mediavalet_sdk::OPERATIONS,
        Vendor::NetExplorer => netexplorer_sdk::OPERATIONS,
        _ => &[],
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
    pub(crate) required: bool,
    #[serde(default)]
    pub(crate) style: Style,
    /// Markdown; may be empty.
    #[serde(default)]
    pub(crate) description: String,
    /// An OpenAPI 3.0 schema.
    pub(crate) schema: Value,
}

/// How several values of a query parameter or form field are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Style {
    #[default]
    Exploded,
    Commas,
    Spaces,
    Pipes,
    DeepObject,
    Json,
}

impl From<Style> for QueryStyle {
    fn from(style: Style) -> Self {
        match style {
            Style::Exploded => Self::Exploded,
            Style::Commas => Self::Commas,
            Style::Spaces => Self::Spaces,
            Style::Pipes => Self::Pipes,
            Style::DeepObject => Self::DeepObject,
            Style::Json => Self::Json,
        }
    }
}

/// The body of a request.
#[derive(Debug, Deserialize)]
pub(crate) struct Body {
    pub(crate) kind: BodyKind,
    /// Its media type, such as `application/json`.
    pub(crate) media_type: String,
    pub(crate) required: bool,
    /// Markdown; may be empty.
    #[serde(default)]
    pub(crate) description: String,
    /// An OpenAPI 3.0 schema.
    pub(crate) schema: Value,
    /// The fields of a form that are not written in the default style.
    #[serde(default)]
    pub(crate) styles: BTreeMap<String, Style>,
    /// The names of the parts of a multipart form, in the order in which they are sent.
    #[serde(default)]
    pub(crate) order: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum BodyKind {
    Json,
    /// `multipart/form-data`
    Multipart,
    /// `application/x-www-form-urlencoded`
    Form,
    Text,
    /// Any bytes.
    Upload,
}

/// A successful response.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Response {
    pub(crate) kind: ResponseKind,
    /// The schema of a JSON response inside the vendor's envelope.
    pub(crate) schema: Option<Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ResponseKind {
    #[default]
    Empty,
    Json,
    Text,
    File,
}
