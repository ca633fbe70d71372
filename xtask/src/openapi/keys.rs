//! The keys of OpenAPI objects: which exist, and the type of their values.

use serde_json::Value;

use super::nodes::Kind;

/// The type of the value of a key.
#[derive(Clone, Copy)]
pub enum ValueType {
    String,
    Boolean,
    Number,
    Object,
    /// An object that is itself a `Node`.
    Node,
    ObjectOrBoolean,
    Strings,
    Objects,
    List,
    Any,
}

impl ValueType {
    /// Whether a value has the type.
    pub fn fits(self, value: &Value) -> bool {
        match self {
            ValueType::String => value.is_string(),
            ValueType::Boolean => value.is_boolean(),
            ValueType::Number => value.is_number(),
            ValueType::Object | ValueType::Node => value.is_object(),
            ValueType::ObjectOrBoolean => value.is_object() || value.is_boolean(),
            ValueType::Strings => {
                value.as_array().is_some_and(|list| list.iter().all(Value::is_string))
            }
            ValueType::Objects => {
                value.as_array().is_some_and(|list| list.iter().all(Value::is_object))
            }
            ValueType::List => value.is_array(),
            ValueType::Any => true,
        }
    }

    /// What to write instead of a value that does not have it.
    pub fn expected(self) -> &'static str {
        match self {
            ValueType::String => {
                "a string; quote it if it looks like a number, a date or a boolean"
            }
            ValueType::Boolean => "`true` or `false`, without quotes",
            ValueType::Number => "a number, without quotes",
            ValueType::Object | ValueType::Node => "a mapping of `key: value` lines",
            ValueType::ObjectOrBoolean => "a mapping of `key: value` lines, or `true` or `false`",
            ValueType::Strings => "a list of strings",
            ValueType::Objects => "a list of mappings",
            ValueType::List => "a list",
            ValueType::Any => "any value",
        }
    }
}

pub type Keys = &'static [(&'static str, ValueType)];

const DOCUMENT: Keys = &[
    ("openapi", ValueType::String),
    ("info", ValueType::Node),
    ("servers", ValueType::Objects),
    ("paths", ValueType::Object),
    ("components", ValueType::Node),
    ("security", ValueType::Objects),
    ("tags", ValueType::Objects),
    ("externalDocs", ValueType::Object),
    ("x-vendor", ValueType::String),
    ("x-client-headers", ValueType::Object),
    ("x-connection", ValueType::Object),
    ("x-envelope", ValueType::String),
    ("x-errors", ValueType::Objects),
    ("x-sources", ValueType::Object),
];
const INFO: Keys = &[
    ("title", ValueType::String),
    ("version", ValueType::String),
    ("description", ValueType::String),
    ("termsOfService", ValueType::String),
    ("contact", ValueType::Object),
    ("license", ValueType::Object),
];
const TAG: Keys = &[
    ("name", ValueType::String),
    ("description", ValueType::String),
    ("externalDocs", ValueType::Object),
];
const COMPONENTS: Keys = &[
    ("schemas", ValueType::Object),
    ("parameters", ValueType::Object),
    ("requestBodies", ValueType::Object),
    ("responses", ValueType::Object),
    ("headers", ValueType::Object),
    ("examples", ValueType::Object),
    ("securitySchemes", ValueType::Object),
    ("links", ValueType::Object),
    ("callbacks", ValueType::Object),
];
const PATH_ITEM: Keys = &[
    ("$ref", ValueType::String),
    ("summary", ValueType::String),
    ("description", ValueType::String),
    ("servers", ValueType::Objects),
    ("parameters", ValueType::Objects),
    ("get", ValueType::Node),
    ("put", ValueType::Node),
    ("post", ValueType::Node),
    ("delete", ValueType::Node),
    ("patch", ValueType::Node),
    ("head", ValueType::Node),
    ("options", ValueType::Node),
    ("trace", ValueType::Any),
];
const OPERATION: Keys = &[
    ("operationId", ValueType::String),
    ("tags", ValueType::Strings),
    ("summary", ValueType::String),
    ("description", ValueType::String),
    ("externalDocs", ValueType::Object),
    ("parameters", ValueType::Objects),
    ("requestBody", ValueType::Node),
    ("responses", ValueType::Object),
    ("callbacks", ValueType::Object),
    ("deprecated", ValueType::Boolean),
    ("security", ValueType::Objects),
    ("servers", ValueType::Objects),
    ("x-evidence", ValueType::Object),
    ("x-idempotent", ValueType::Boolean),
    ("x-envelope", ValueType::String),
    ("x-rpc-params", ValueType::List),
    ("x-pagination", ValueType::Object),
];
const PARAMETER: Keys = &[
    ("$ref", ValueType::String),
    ("name", ValueType::String),
    ("in", ValueType::String),
    ("description", ValueType::String),
    ("required", ValueType::Boolean),
    ("deprecated", ValueType::Boolean),
    ("allowEmptyValue", ValueType::Boolean),
    ("allowReserved", ValueType::Boolean),
    ("style", ValueType::String),
    ("explode", ValueType::Boolean),
    ("schema", ValueType::Node),
    ("content", ValueType::Object),
    ("example", ValueType::Any),
    ("examples", ValueType::Object),
    ("x-evidence", ValueType::Object),
];
const REQUEST_BODY: Keys = &[
    ("$ref", ValueType::String),
    ("description", ValueType::String),
    ("required", ValueType::Boolean),
    ("content", ValueType::Object),
];
const RESPONSE: Keys = &[
    ("$ref", ValueType::String),
    ("description", ValueType::String),
    ("headers", ValueType::Object),
    ("content", ValueType::Object),
    ("links", ValueType::Object),
];
const HEADER: Keys = &[
    ("$ref", ValueType::String),
    ("description", ValueType::String),
    ("required", ValueType::Boolean),
    ("deprecated", ValueType::Boolean),
    ("style", ValueType::String),
    ("explode", ValueType::Boolean),
    ("schema", ValueType::Node),
    ("content", ValueType::Object),
    ("example", ValueType::Any),
    ("examples", ValueType::Object),
];
const MEDIA_TYPE: Keys = &[
    ("schema", ValueType::Node),
    ("example", ValueType::Any),
    ("examples", ValueType::Object),
    ("encoding", ValueType::Object),
];
const SCHEMA: Keys = &[
    ("$ref", ValueType::String),
    ("title", ValueType::String),
    ("description", ValueType::String),
    // `schema_types` checks it.
    ("type", ValueType::Any),
    ("format", ValueType::String),
    ("nullable", ValueType::Boolean),
    ("enum", ValueType::List),
    ("default", ValueType::Any),
    ("properties", ValueType::Object),
    ("required", ValueType::Strings),
    ("additionalProperties", ValueType::ObjectOrBoolean),
    ("items", ValueType::Node),
    ("allOf", ValueType::List),
    ("oneOf", ValueType::List),
    ("anyOf", ValueType::List),
    ("not", ValueType::Node),
    ("discriminator", ValueType::Object),
    ("readOnly", ValueType::Boolean),
    ("writeOnly", ValueType::Boolean),
    ("deprecated", ValueType::Boolean),
    ("example", ValueType::Any),
    ("externalDocs", ValueType::Object),
    ("xml", ValueType::Object),
    ("multipleOf", ValueType::Number),
    ("minimum", ValueType::Number),
    ("maximum", ValueType::Number),
    ("exclusiveMinimum", ValueType::Boolean),
    ("exclusiveMaximum", ValueType::Boolean),
    ("minLength", ValueType::Number),
    ("maxLength", ValueType::Number),
    ("pattern", ValueType::String),
    ("minItems", ValueType::Number),
    ("maxItems", ValueType::Number),
    ("uniqueItems", ValueType::Boolean),
    ("minProperties", ValueType::Number),
    ("maxProperties", ValueType::Number),
    ("x-evidence", ValueType::Object),
    ("x-aliases", ValueType::Strings),
    ("x-lenient", ValueType::Boolean),
    ("x-secret", ValueType::Boolean),
    ("x-constructor", ValueType::Boolean),
    ("x-enum-names", ValueType::Strings),
    ("x-forms", ValueType::Object),
    ("x-tag-values", ValueType::List),
    ("x-unnamed", ValueType::Boolean),
    ("x-enum-descriptions", ValueType::Strings),
];

/// Keys of a schema that are new in OpenAPI 3.1.
pub const NEW_IN_3_1: [&str; 14] = [
    "const",
    "examples",
    "$defs",
    "if",
    "then",
    "else",
    "prefixItems",
    "patternProperties",
    "propertyNames",
    "dependentSchemas",
    "unevaluatedProperties",
    "contains",
    "$schema",
    "$id",
];

/// The keys of an object, and what it is called.
pub fn keys(kind: Kind) -> (Keys, &'static str) {
    match kind {
        Kind::Document => (DOCUMENT, "the document"),
        Kind::Info => (INFO, "`info`"),
        Kind::Tag => (TAG, "a tag"),
        Kind::Components => (COMPONENTS, "`components`"),
        Kind::PathItem => (PATH_ITEM, "a path"),
        Kind::Operation => (OPERATION, "an operation"),
        Kind::Parameter => (PARAMETER, "a parameter"),
        Kind::RequestBody => (REQUEST_BODY, "a request body"),
        Kind::Response => (RESPONSE, "a response"),
        Kind::Header => (HEADER, "a header"),
        Kind::MediaType => (MEDIA_TYPE, "a media type"),
        Kind::Schema => (SCHEMA, "a schema"),
    }
}
