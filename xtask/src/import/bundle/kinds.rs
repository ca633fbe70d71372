//! What stands at a place of a document, by the keys that lead to it.

use serde_json::Value;

/// The type of an OpenAPI object, of version 2.0 or 3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Document,
    Components,
    PathItem,
    Operation,
    Parameter,
    RequestBody,
    Response,
    Header,
    MediaType,
    Schema,
    Example,
    SecurityScheme,
    /// Any names; `member` gives what they stand for.
    Named(&'static Kind),
    /// Any names that mean nothing here.
    Names,
    /// A value of the vendor.
    Data,
    /// Anything else.
    Any,
}

use Kind::*;

impl Kind {
    /// The kinds that can be components, and the groups that hold them.
    pub const GROUPS: [(Self, &'static str); 7] = [
        (Schema, "schemas"),
        (Parameter, "parameters"),
        (RequestBody, "requestBodies"),
        (Response, "responses"),
        (Header, "headers"),
        (Example, "examples"),
        (SecurityScheme, "securitySchemes"),
    ];

    /// The group of components of this kind.
    pub fn group(self) -> Option<&'static str> {
        Self::GROUPS.iter().find(|(kind, _)| *kind == self).map(|(_, group)| *group)
    }

    /// The kind of a member.
    pub fn member(self, key: &str, value: &Value) -> Self {
        match (self, key) {
            (Named(kind), _) => *kind,
            (Data, _) => Data,
            (_, "example" | "default" | "enum" | "const" | "mapping") => Data,
            (_, key) if key.starts_with("x-") => Data,
            (Document, "paths") => Named(&PathItem),
            (Document, "components") => Components,
            (Document | Components, "schemas" | "definitions") => Named(&Schema),
            (Document | Components, "parameters") => Named(&Parameter),
            (Document | Components | Operation, "responses") => Named(&Response),
            (Components, "requestBodies") => Named(&RequestBody),
            (Components | Response, "headers") => Named(&Header),
            (Components, "securitySchemes") => Named(&SecurityScheme),
            (Components, "pathItems") => Named(&PathItem),
            (Components | MediaType | Parameter | Header, "examples") => Named(&Example),
            (Example, "value") => Data,
            (PathItem | Operation, "parameters") => Parameter,
            (PathItem, _) if value.is_object() => Operation,
            (Operation, "requestBody") => RequestBody,
            (RequestBody | Response | Parameter | Header, "content") => Named(&MediaType),
            (MediaType | Parameter | Header | Response, "schema") => Schema,
            (Response, "examples") => Data,
            (Schema, "properties" | "patternProperties" | "$defs" | "definitions") => {
                Named(&Schema)
            }
            (
                Schema,
                "items"
                | "not"
                | "additionalProperties"
                | "allOf"
                | "oneOf"
                | "anyOf"
                | "prefixItems",
            ) => Schema,
            // The items of a form parameter of 2.0 are no schema, but are written like one.
            (Parameter | Header, "items") => Schema,
            _ => Any,
        }
    }
}
