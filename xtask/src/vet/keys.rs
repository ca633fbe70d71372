//! Rules about the keys of OpenAPI objects: which exist, and the type of their values.

use serde_json::Value;

use super::{
    context::{Context, Report, closest},
    nodes::{Kind, Node},
};
use crate::spec::child;

/// The type of the value of a key.
#[derive(Clone, Copy)]
enum ValueType {
    String,
    Boolean,
    Number,
    Object,
    /// An object that is itself a [`Node`].
    Node,
    ObjectOrBoolean,
    Strings,
    Objects,
    List,
    Any,
}

impl ValueType {
    fn fits(self, value: &Value) -> bool {
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

    fn expected(self) -> &'static str {
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

type Keys = &'static [(&'static str, ValueType)];

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
    ("options", ValueType::Any),
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
    ("x-enum-descriptions", ValueType::Strings),
];

/// Keys of a schema that are new in OpenAPI 3.1.
const NEW_IN_3_1: [&str; 14] = [
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

fn keys(kind: Kind) -> (Keys, &'static str) {
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

/// Every node is an object, and the value of every known key has the right type.
pub fn wrong_types(context: &Context<'_>, report: &mut Report<'_>) {
    for node in &context.nodes {
        let (known, what) = keys(node.kind);
        if !node.value.is_object() {
            report.error(
                &node.pointer,
                format!("{what} must be a mapping, not {}", type_name(node.value)),
                mapping_help(node),
            );
            continue;
        }
        for (key, value_type) in known {
            let Some(value) = node.value.get(key) else { continue };
            // Nodes are checked by themselves.
            if matches!(value_type, ValueType::Node) || value_type.fits(value) {
                continue;
            }
            report.error(
                &child(&node.pointer, key),
                format!("`{key}` of {what} is {}", found(value, *value_type)),
                format!("write {}", value_type.expected()),
            );
        }
    }
}

fn mapping_help(node: &Node<'_>) -> &'static str {
    match (node.kind, node.value) {
        (Kind::Schema, Value::Bool(_)) => {
            "boolean schemas are OpenAPI 3.1; write `{}` for any value"
        }
        (Kind::Schema, Value::Null) => "write `{}` for any value, or its `type`",
        _ => "write `key: value` lines, or remove it",
    }
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "empty",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "a mapping",
    }
}

/// What a key holds instead of the expected value.
fn found(value: &Value, expected: ValueType) -> &'static str {
    match (value, expected) {
        (Value::Array(_), ValueType::Strings | ValueType::Objects) => "a list with other items",
        (value, _) => type_name(value),
    }
}

/// Every key is known. An unknown key would be ignored, and is most often misspelled.
pub fn unknown_keys(context: &Context<'_>, report: &mut Report<'_>) {
    for node in &context.nodes {
        let (known, what) = keys(node.kind);
        for key in node.value.as_object().into_iter().flatten().map(|(key, _)| key.as_str()) {
            if known.iter().any(|(name, _)| *name == key) {
                continue;
            }
            let pointer = child(&node.pointer, key);
            if node.kind == Kind::Schema && NEW_IN_3_1.contains(&key) {
                let help = match key {
                    "const" => "write an `enum` with one value",
                    "examples" => "write one `example`",
                    _ => "remove it; the generator supports OpenAPI 3.0",
                };
                report.error(&pointer, format!("`{key}` in a schema is OpenAPI 3.1"), help);
                continue;
            }
            // `sections` reports these.
            if node.kind == Kind::Document && matches!(key, "webhooks" | "jsonSchemaDialect") {
                continue;
            }
            match closest(key, known.iter().map(|(name, _)| *name), 0.72) {
                Some(name) => report.error(
                    &pointer,
                    format!("`{key}` is not a key of {what}"),
                    format!("did you mean `{name}`?"),
                ),
                // Extensions of other tools.
                None if key.starts_with("x-") => {}
                None => report.error(
                    &pointer,
                    format!("`{key}` is not a key of {what}"),
                    "remove it, or correct its indentation; your own keys start with `x-`",
                ),
            }
        }
    }
}
