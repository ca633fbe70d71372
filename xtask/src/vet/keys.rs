//! Rules about keys: which there are, and what they hold.

use serde_json::Value;

use super::{
    Context, Faults,
    nodes::{Kind, Node},
};
use crate::spec::child;

/// What a key holds.
#[derive(Clone, Copy)]
enum Is {
    Text,
    Flag,
    Number,
    Object,
    /// An object that other rules look at as a part of its own.
    Part,
    ObjectOrFlag,
    Texts,
    Objects,
    List,
    Any,
}

impl Is {
    fn fits(self, value: &Value) -> bool {
        match self {
            Is::Text => value.is_string(),
            Is::Flag => value.is_boolean(),
            Is::Number => value.is_number(),
            Is::Object | Is::Part => value.is_object(),
            Is::ObjectOrFlag => value.is_object() || value.is_boolean(),
            Is::Texts => value.as_array().is_some_and(|list| list.iter().all(Value::is_string)),
            Is::Objects => value.as_array().is_some_and(|list| list.iter().all(Value::is_object)),
            Is::List => value.is_array(),
            Is::Any => true,
        }
    }

    fn words(self) -> &'static str {
        match self {
            Is::Text => "a text; quote it if it looks like a number, a date or a truth value",
            Is::Flag => "`true` or `false`, without quotes",
            Is::Number => "a number, without quotes",
            Is::Object | Is::Part => "a mapping of `key: value` lines",
            Is::ObjectOrFlag => "a mapping of `key: value` lines, or `true` or `false`",
            Is::Texts => "a list of texts",
            Is::Objects => "a list of mappings",
            Is::List => "a list",
            Is::Any => "any value",
        }
    }
}

type Keys = &'static [(&'static str, Is)];

const DOCUMENT: Keys = &[
    ("openapi", Is::Text),
    ("info", Is::Part),
    ("servers", Is::Objects),
    ("paths", Is::Object),
    ("components", Is::Part),
    ("security", Is::Objects),
    ("tags", Is::Objects),
    ("externalDocs", Is::Object),
    ("x-vendor", Is::Text),
    ("x-envelope", Is::Text),
    ("x-errors", Is::Objects),
    ("x-sources", Is::Object),
];
const INFO: Keys = &[
    ("title", Is::Text),
    ("version", Is::Text),
    ("description", Is::Text),
    ("termsOfService", Is::Text),
    ("contact", Is::Object),
    ("license", Is::Object),
];
const TAG: Keys = &[("name", Is::Text), ("description", Is::Text), ("externalDocs", Is::Object)];
const COMPONENTS: Keys = &[
    ("schemas", Is::Object),
    ("parameters", Is::Object),
    ("requestBodies", Is::Object),
    ("responses", Is::Object),
    ("headers", Is::Object),
    ("examples", Is::Object),
    ("securitySchemes", Is::Object),
    ("links", Is::Object),
    ("callbacks", Is::Object),
];
const PATH_ITEM: Keys = &[
    ("$ref", Is::Text),
    ("summary", Is::Text),
    ("description", Is::Text),
    ("servers", Is::Objects),
    ("parameters", Is::Objects),
    ("get", Is::Part),
    ("put", Is::Part),
    ("post", Is::Part),
    ("delete", Is::Part),
    ("patch", Is::Part),
    ("head", Is::Part),
    ("options", Is::Any),
    ("trace", Is::Any),
];
const OPERATION: Keys = &[
    ("operationId", Is::Text),
    ("tags", Is::Texts),
    ("summary", Is::Text),
    ("description", Is::Text),
    ("externalDocs", Is::Object),
    ("parameters", Is::Objects),
    ("requestBody", Is::Part),
    ("responses", Is::Object),
    ("callbacks", Is::Object),
    ("deprecated", Is::Flag),
    ("security", Is::Objects),
    ("servers", Is::Objects),
    ("x-evidence", Is::Object),
    ("x-idempotent", Is::Flag),
    ("x-envelope", Is::Text),
    ("x-rpc-params", Is::List),
    ("x-pagination", Is::Object),
];
const PARAMETER: Keys = &[
    ("$ref", Is::Text),
    ("name", Is::Text),
    ("in", Is::Text),
    ("description", Is::Text),
    ("required", Is::Flag),
    ("deprecated", Is::Flag),
    ("allowEmptyValue", Is::Flag),
    ("allowReserved", Is::Flag),
    ("style", Is::Text),
    ("explode", Is::Flag),
    ("schema", Is::Part),
    ("content", Is::Object),
    ("example", Is::Any),
    ("examples", Is::Object),
    ("x-evidence", Is::Object),
];
const REQUEST_BODY: Keys = &[
    ("$ref", Is::Text),
    ("description", Is::Text),
    ("required", Is::Flag),
    ("content", Is::Object),
];
const RESPONSE: Keys = &[
    ("$ref", Is::Text),
    ("description", Is::Text),
    ("headers", Is::Object),
    ("content", Is::Object),
    ("links", Is::Object),
];
const HEADER: Keys = &[
    ("$ref", Is::Text),
    ("description", Is::Text),
    ("required", Is::Flag),
    ("deprecated", Is::Flag),
    ("style", Is::Text),
    ("explode", Is::Flag),
    ("schema", Is::Part),
    ("content", Is::Object),
    ("example", Is::Any),
    ("examples", Is::Object),
];
const MEDIA_TYPE: Keys = &[
    ("schema", Is::Part),
    ("example", Is::Any),
    ("examples", Is::Object),
    ("encoding", Is::Object),
];
const SCHEMA: Keys = &[
    ("$ref", Is::Text),
    ("title", Is::Text),
    ("description", Is::Text),
    // What it may hold is the business of `schema_types`.
    ("type", Is::Any),
    ("format", Is::Text),
    ("nullable", Is::Flag),
    ("enum", Is::List),
    ("default", Is::Any),
    ("properties", Is::Object),
    ("required", Is::Texts),
    ("additionalProperties", Is::ObjectOrFlag),
    ("items", Is::Part),
    ("allOf", Is::List),
    ("oneOf", Is::List),
    ("anyOf", Is::List),
    ("not", Is::Part),
    ("discriminator", Is::Object),
    ("readOnly", Is::Flag),
    ("writeOnly", Is::Flag),
    ("deprecated", Is::Flag),
    ("example", Is::Any),
    ("externalDocs", Is::Object),
    ("xml", Is::Object),
    ("multipleOf", Is::Number),
    ("minimum", Is::Number),
    ("maximum", Is::Number),
    ("exclusiveMinimum", Is::Flag),
    ("exclusiveMaximum", Is::Flag),
    ("minLength", Is::Number),
    ("maxLength", Is::Number),
    ("pattern", Is::Text),
    ("minItems", Is::Number),
    ("maxItems", Is::Number),
    ("uniqueItems", Is::Flag),
    ("minProperties", Is::Number),
    ("maxProperties", Is::Number),
    ("x-evidence", Is::Object),
    ("x-aliases", Is::Texts),
    ("x-lenient", Is::Flag),
    ("x-secret", Is::Flag),
    ("x-enum-names", Is::Texts),
    ("x-enum-descriptions", Is::Texts),
];

/// Keys of a schema that OpenAPI 3.1 has and 3.0 does not.
const LATER: [&str; 14] = [
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

/// Every part is an object, and every known key holds what it should.
pub fn wrong_types(context: &Context<'_>, faults: &mut Faults<'_>) {
    for node in &context.nodes {
        let (known, what) = keys(node.kind);
        if !node.value.is_object() {
            faults.add(
                &node.pointer,
                format!("{what} must be a mapping, and this is {}", is(node.value)),
                hint(node),
            );
            continue;
        }
        for (key, shape) in known {
            let Some(value) = node.value.get(key) else { continue };
            // The part itself is looked at above.
            if matches!(shape, Is::Part) || shape.fits(value) {
                continue;
            }
            faults.add(
                &child(&node.pointer, key),
                format!("`{key}` of {what} is {}", listed(value)),
                format!("write {}", shape.words()),
            );
        }
    }
}

fn hint(node: &Node<'_>) -> &'static str {
    match (node.kind, node.value) {
        (Kind::Schema, Value::Bool(_)) => {
            "truth values as schemas are OpenAPI 3.1; write `{}` for any value"
        }
        (Kind::Schema, Value::Null) => "write `{}` for any value, or its `type`",
        _ => "write `key: value` lines below it, or remove it",
    }
}

fn is(value: &Value) -> &'static str {
    match value {
        Value::Null => "empty",
        Value::Bool(_) => "a truth value",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a mapping",
    }
}

fn listed(value: &Value) -> String {
    match value {
        Value::Array(_) => "not such a list".to_owned(),
        value => is(value).to_owned(),
    }
}

/// A key that nobody reads is a mistake: most often a letter is wrong.
pub fn unknown_keys(context: &Context<'_>, faults: &mut Faults<'_>) {
    for node in &context.nodes {
        let (known, what) = keys(node.kind);
        for key in node.value.as_object().into_iter().flatten().map(|(key, _)| key.as_str()) {
            if known.iter().any(|(name, _)| *name == key) {
                continue;
            }
            let pointer = child(&node.pointer, key);
            if node.kind == Kind::Schema && LATER.contains(&key) {
                let cure = match key {
                    "const" => "write an `enum` with one value",
                    "examples" => "write one `example`",
                    _ => "leave it out; OpenAPI 3.0 is generated",
                };
                faults.add(&pointer, format!("`{key}` in a schema is OpenAPI 3.1"), cure);
                continue;
            }
            // `webhooks` and the like are reported by name.
            if node.kind == Kind::Document && matches!(key, "webhooks" | "jsonSchemaDialect") {
                continue;
            }
            let near = known
                .iter()
                .map(|(name, _)| (strsim::normalized_damerau_levenshtein(key, name), *name))
                .filter(|(likeness, _)| *likeness >= 0.72)
                .max_by(|a, b| a.0.total_cmp(&b.0));
            match near {
                Some((_, name)) => faults.add(
                    &pointer,
                    format!("`{key}` is not a key of {what}"),
                    format!("did you mean `{name}`?"),
                ),
                // Extensions of others are for others.
                None if key.starts_with("x-") => {}
                None => faults.add(
                    &pointer,
                    format!("`{key}` is not a key of {what}"),
                    "remove it, or correct its indentation if it belongs elsewhere; keys of your \
                     own start with `x-`",
                ),
            }
        }
    }
}
