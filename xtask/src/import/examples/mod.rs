//! Describes an API by examples of its requests: those that people wrote into a collection, or a browser recorded.
//!
//! Readers make a [`Call`] of each request. Calls with the same method and path, or the same JSON-RPC procedure, become
//! one operation, whose types are merged from all of its examples.

mod document;
pub mod json;
mod operation;
mod rpc;
pub mod secrets;
mod shape;

use std::collections::BTreeMap;

use serde_json::Value;

pub use document::draft;
pub use json::Sample;
pub use rpc::{Procedure, procedure};
pub use shape::{Shape, is_id, is_uuid, placeholder};

/// Everything that a reader found.
#[derive(Debug, Clone, Default)]
pub struct Collection {
    pub title: String,
    pub description: String,
    pub version: String,
    /// `documented` or `corroborated`.
    pub confidence: &'static str,
    /// What the file is called in messages: `collection`, `recording`.
    pub noun: &'static str,
    /// The URL of the API, with variables such as `https://{instance}`.
    pub server: String,
    /// The variables of the server, each with its value in the file.
    pub server_variables: BTreeMap<String, String>,
    /// The descriptions of tags.
    pub tags: BTreeMap<String, String>,
    /// Security schemes by name.
    pub schemes: BTreeMap<String, Value>,
    /// The scheme of operations that name none.
    pub security: Option<String>,
    pub calls: Vec<Call>,
}

/// One request.
#[derive(Debug, Clone, Default)]
pub struct Call {
    /// Where it is in the file, such as `Assets / Get an asset`.
    pub place: String,
    /// What it is called.
    pub name: String,
    pub description: String,
    pub tag: Option<String>,
    /// In lower case.
    pub method: String,
    /// Below the server, such as `/assets/{assetId}`.
    pub path: String,
    /// The server, if it is not that of the API.
    pub server: Option<String>,
    pub parameters: Vec<Parameter>,
    pub body: Option<Body>,
    pub responses: Vec<Response>,
    /// The name of its scheme; the empty name stands for no credential.
    pub security: Option<String>,
}

/// A parameter of a request.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Parameter {
    /// `path`, `query` or `header`.
    pub place: &'static str,
    pub name: String,
    pub description: String,
    pub shape: Shape,
    /// Whether the file states that it is required.
    pub is_required: bool,
    /// Whether the file states that it is optional.
    pub is_optional: bool,
}

/// The body of a request.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    Json {
        media_type: String,
        value: Sample,
        loose: Vec<String>,
    },
    Rpc(Procedure),
    /// A form, URL-encoded or with files: the media type and the fields.
    Form {
        media_type: &'static str,
        fields: Vec<Field>,
    },
    /// A body of another type: text, or bytes.
    Other {
        media_type: String,
        is_text: bool,
    },
}

/// A field of a form.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Field {
    pub name: String,
    pub description: String,
    pub shape: Shape,
    pub is_file: bool,
    pub is_optional: bool,
}

/// A response to a request.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Response {
    pub status: u16,
    pub name: String,
    pub media_type: String,
    /// The value, if it is JSON.
    pub value: Option<Sample>,
    /// Whether it has a body.
    pub has_body: bool,
}

/// The type of a value in a query or a form, where everything is written as a string.
pub fn written_shape(value: &str) -> Shape {
    let trimmed = value.trim();
    let sample = match trimmed {
        "true" | "false" => Sample::Boolean,
        "" => Sample::String(String::new()),
        _ if placeholder(trimmed).is_some() => Sample::String(trimmed.to_owned()),
        // A long number or one with a leading zero is an ID.
        _ if trimmed.len() <= 9
            && trimmed.parse::<u32>().is_ok_and(|number| number.to_string() == trimmed) =>
        {
            Sample::Integer
        }
        _ => Sample::String("text".to_owned()),
    };
    Shape::of(&sample)
}
