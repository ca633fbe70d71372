//! An operation and its parts.

use serde_json::Value;

use crate::names;

/// An operation.
#[derive(Debug, Clone)]
pub struct Operation {
    /// The `operationId`, as written.
    pub id: String,
    /// Its JSON pointer.
    pub pointer: String,
    pub tag: String,
    pub method: String,
    /// The path, without query and fragment.
    pub path: String,
    /// The server, if it is not that of the whole API.
    pub server: Option<Server>,
    /// The query that is sent with every call.
    pub query: Vec<(String, String)>,
    pub rpc: Option<Rpc>,
    pub parameters: Vec<Parameter>,
    pub body: Option<Body>,
    pub response: ResponseKind,
    /// The media type of JSON that the operation accepts, if its response is JSON.
    pub json: String,
    /// The schema of a JSON response; `null` for other responses.
    pub response_schema: Value,
    pub envelope: String,
    pub idempotent: bool,
    pub public: bool,
    pub pagination: Option<Pagination>,
    pub evidence: Evidence,
    pub summary: String,
    pub description: String,
    pub deprecated: bool,
}

/// The server of an operation that is not at the base URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// Its URL; a path for another path of the same host; empty if only a response contains it.
    pub url: String,
    /// The servers of the whole API.
    pub roots: Vec<String>,
}

#[derive(Debug, Clone)]
pub struct Rpc {
    pub method: String,
    pub params: Vec<Option<String>>,
}

#[derive(Debug, Clone)]
pub struct Parameter {
    /// The name on the wire.
    pub name: String,
    /// The name of the argument.
    pub argument: String,
    pub location: ParameterLocation,
    pub required: bool,
    pub style: ParameterStyle,
    pub description: String,
    pub schema: Value,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParameterLocation {
    Path,
    Query,
    Header,
}

impl ParameterLocation {
    /// Its name in a specification.
    pub fn word(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Query => "query",
            Self::Header => "header",
        }
    }
}

/// How a query parameter with several values is written; named as in the runtime.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParameterStyle {
    Exploded,
    Commas,
    Spaces,
    Pipes,
    DeepObject,
    Json,
}

#[derive(Debug, Clone)]
pub struct Body {
    pub kind: BodyKind,
    pub media_type: String,
    pub required: bool,
    pub description: String,
    pub schema: Value,
    /// The fields of a URL-encoded form that are not written in the default style.
    pub styles: Vec<(String, ParameterStyle)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyKind {
    Json,
    Rpc,
    Multipart,
    FormUrlencoded,
    Text,
    Upload,
}

/// The content of a successful response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResponseKind {
    Empty,
    Json,
    Text,
    Binary,
}

#[derive(Debug, Clone)]
pub struct Pagination {
    pub style: String,
    pub start: String,
    pub size: String,
    pub items: String,
    pub total: String,
}

#[derive(Debug, Clone, Default)]
pub struct Evidence {
    pub confidence: String,
    pub sources: Vec<String>,
    pub doubt: Option<String>,
}

impl Operation {
    /// The name of the generated method.
    pub fn ident(&self) -> String {
        names::snake(&self.id)
    }

    /// Method, server and path with the constant query, for readers.
    pub fn request_line(&self) -> String {
        let server = self.server.as_ref().map_or("", |server| server.url.trim_end_matches('/'));
        let mut line = format!("{} {server}{}", self.method, self.path);
        for (index, (name, value)) in self.query.iter().enumerate() {
            line.push(if index == 0 { '?' } else { '&' });
            line.push_str(name);
            if !value.is_empty() {
                line.push_str(&format!("={value}"));
            }
        }
        line
    }

    /// The name of the generated builder.
    pub fn type_name(&self) -> String {
        names::pascal(&self.id)
    }
}

/// The name of the type that holds the parameters of a JSON-RPC procedure.
pub fn params_type(operation_id: &str) -> String {
    format!("{}Params", names::pascal(operation_id))
}

/// The name of the type of a multipart form.
pub fn form_type(operation_id: &str) -> String {
    format!("{}Form", names::pascal(operation_id))
}
