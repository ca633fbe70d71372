//! An operation, its parameters and its body.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::response::{Documented, Response};

/// An operation.
#[derive(Debug, Deserialize)]
#[non_exhaustive]
pub struct Entry {
    /// The name on the command line, such as `get-assets-by-folder`.
    pub name: String,
    /// The `operationId` of the specification, such as `getAssetsByFolder`.
    pub operation_id: String,
    /// The tag that groups it with others.
    pub tag: String,
    /// The method of the request, such as `GET`.
    pub method: String,
    /// The template of the path, such as `/assets/{assetId}`, without query.
    pub path: String,
    /// The server, if it is not that of the whole API: a URL, or a path on the same host; empty if only a response
    /// contains it.
    pub server: Option<String>,
    /// Entries of the query that are sent with every call.
    #[serde(default)]
    pub query: Vec<(String, String)>,
    /// The name of the JSON-RPC method, if the operation is one.
    pub procedure: Option<String>,
    /// `none`, `json_rpc` or `payload`: what surrounds the content of responses.
    #[serde(default)]
    pub envelope: String,
    /// Whether it is called without the user's credential.
    #[serde(default)]
    pub public: bool,
    /// How its list is read, if it returns one.
    pub paging: Option<Paging>,
    /// How well the operation is known.
    #[serde(default)]
    pub evidence: Evidence,
    /// One line of Markdown.
    pub summary: String,
    /// Further paragraphs of Markdown; may be empty.
    #[serde(default)]
    pub description: String,
    /// Whether the vendor advises against it.
    #[serde(default)]
    pub deprecated: bool,
    /// Whether a call may change something at the vendor. An operation that is not known to only read counts as
    /// writing.
    #[serde(default)]
    pub writes: bool,
    /// Those of a procedure come in their order.
    #[serde(default)]
    pub parameters: Vec<Parameter>,
    /// `None` for procedures, whose parameters are in `parameters`.
    pub body: Option<Body>,
    /// The content of a successful response.
    #[serde(default)]
    pub response: Response,
    /// Every response that the specification documents.
    #[serde(default)]
    pub responses: Vec<Documented>,
    /// Examples of the body; for a procedure, of the object of its parameters.
    #[serde(default)]
    pub examples: Vec<Value>,
}

/// The pages of a list, as in `x-pagination`. Members are dotted paths.
#[derive(Debug, Deserialize)]
#[non_exhaustive]
pub struct Paging {
    /// `offset`, `page`, `cursor` or `single`.
    pub style: String,
    /// The parameter that selects a page; may be empty.
    #[serde(default)]
    pub start: String,
    /// The parameter of the size of a page; may be empty.
    #[serde(default)]
    pub size: String,
    /// The member that holds the items; empty if the response is the list.
    #[serde(default)]
    pub items: String,
    /// The member that holds the number of all items; may be empty.
    #[serde(default)]
    pub total: String,
}

/// How well something is known.
#[derive(Debug, Default, Deserialize)]
#[non_exhaustive]
pub struct Evidence {
    /// `observed`, `documented`, `corroborated` or `inferred`.
    #[serde(default)]
    pub confidence: String,
    /// What is uncertain, in Markdown.
    pub doubt: Option<String>,
}

/// Where a parameter is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// In the path.
    Path,
    /// In the query.
    Query,
    /// In a header.
    Header,
    /// A positional parameter of a procedure.
    Procedure,
}

/// A parameter of an operation.
#[derive(Debug, Deserialize)]
#[non_exhaustive]
pub struct Parameter {
    /// The name in the request, such as `assetId`.
    pub name: String,
    /// The name of the flag without dashes, such as `asset-id`.
    pub flag: String,
    /// Where it is sent.
    pub place: Place,
    /// Whether a call without it is refused.
    pub required: bool,
    /// How several values are written.
    #[serde(default)]
    pub style: Style,
    /// Markdown; may be empty.
    #[serde(default)]
    pub description: String,
    /// An OpenAPI 3.0 schema.
    pub schema: Value,
}

/// How several values of a query parameter or form field are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Style {
    /// `a=1&a=2`
    #[default]
    Exploded,
    /// `a=1,2`
    Commas,
    /// `a=1%202`
    Spaces,
    /// `a=1|2`
    Pipes,
    /// `a[b]=1`
    DeepObject,
    /// A JSON document.
    Json,
}

/// The body of a request.
#[derive(Debug, Deserialize)]
#[non_exhaustive]
pub struct Body {
    /// What it is.
    pub kind: BodyKind,
    /// Its media type, such as `application/json`.
    pub media_type: String,
    /// Whether a call without it is refused.
    pub required: bool,
    /// Markdown; may be empty.
    #[serde(default)]
    pub description: String,
    /// An OpenAPI 3.0 schema.
    pub schema: Value,
    /// The fields of a form that are not written in the default style.
    #[serde(default)]
    pub styles: BTreeMap<String, Style>,
    /// The names of the parts of a multipart form, in the order in which they are sent.
    #[serde(default)]
    pub order: Vec<String>,
}

/// The kinds of bodies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BodyKind {
    /// A JSON document.
    Json,
    /// `multipart/form-data`
    Multipart,
    /// `application/x-www-form-urlencoded`
    Form,
    /// Plain text.
    Text,
    /// Any bytes.
    Upload,
}
