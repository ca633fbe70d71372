//! What a schema of the catalog means for a command line.

use serde_json::{Map, Value};

use crate::catalog::Catalog;

/// The depth to which unions are followed.
const DEEPEST: usize = 8;

/// How a value is written on the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    Integer,
    Number,
    Boolean,
    /// A boolean that is sent as 1 or 0.
    FlagNumber,
    /// A boolean that is sent as 1, or left out.
    FlagPresence,
    /// Any string; with the values that are known, if there are any.
    String(Vec<String>),
    Uuid,
    /// RFC 3339, such as `2026-03-01T12:00:00Z`.
    DateTime,
    /// Such as `2026-03-01`.
    Date,
    /// A path.
    File,
    /// JSON; a string that is not JSON is sent as it is, if the schema allows strings.
    Json {
        or_text: bool,
    },
}

/// What an argument takes: a value, or a list of plain ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shape {
    pub(crate) kind: Kind,
    pub(crate) many: bool,
}

impl Shape {
    /// Whether people type it as it is: neither JSON nor a file.
    pub(crate) fn is_plain(&self) -> bool {
        !matches!(self.kind, Kind::Json { .. } | Kind::File)
    }

    /// Whether it is a switch.
    pub(crate) fn is_boolean(&self) -> bool {
        matches!(self.kind, Kind::Boolean | Kind::FlagNumber | Kind::FlagPresence)
    }
}

/// What a schema means for a command line.
pub(crate) fn shape(catalog: &Catalog, schema: &Value) -> Shape {
    let schema = catalog.schemas.resolve(schema);
    if schema["type"] != "array" {
        return Shape { kind: kind(catalog, &schema), many: false };
    }
    match kind(catalog, &catalog.schemas.resolve(&schema["items"])) {
        // A list of lists or objects is one JSON value.
        Kind::Json { .. } => Shape { kind: Kind::Json { or_text: false }, many: false },
        item => Shape { kind: item, many: true },
    }
}

/// The kind of a resolved schema.
fn kind(catalog: &Catalog, schema: &Value) -> Kind {
    let values = || schema["enum"].as_array().into_iter().flatten();
    match (schema["type"].as_str(), schema["format"].as_str()) {
        (Some("integer"), _) => match values().map(Value::as_i64).collect::<Vec<_>>().as_slice() {
            [Some(0), Some(1)] => Kind::FlagNumber,
            [Some(1)] => Kind::FlagPresence,
            _ => Kind::Integer,
        },
        (Some("number"), _) => Kind::Number,
        (Some("boolean"), _) => Kind::Boolean,
        (Some("string"), Some("uuid")) => Kind::Uuid,
        (Some("string"), Some("date-time")) => Kind::DateTime,
        (Some("string"), Some("date")) => Kind::Date,
        (Some("string"), Some("binary")) => Kind::File,
        (Some("string"), _) => {
            Kind::String(values().filter_map(Value::as_str).map(str::to_owned).collect())
        }
        _ => Kind::Json { or_text: allows_text(catalog, schema, 0) },
    }
}

/// Whether a string is one of the forms of a value.
fn allows_text(catalog: &Catalog, schema: &Value, depth: usize) -> bool {
    let schema = catalog.schemas.resolve(schema);
    match (schema["type"].as_str(), alternatives(&schema)) {
        (Some(kind), _) => kind == "string",
        (None, Some(alternatives)) if depth < DEEPEST => {
            alternatives.iter().any(|schema| allows_text(catalog, schema, depth + 1))
        }
        // Without members, anything is allowed.
        _ => schema.get("properties").is_none(),
    }
}

/// The alternatives of a union.
pub(crate) fn alternatives(schema: &Value) -> Option<&Vec<Value>> {
    ["oneOf", "anyOf"].iter().find_map(|key| schema[*key].as_array())
}

/// A member of an object.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) schema: Value,
    pub(crate) required: bool,
}

/// The members of an object, the required ones first. Empty for other schemas, and for unions.
pub(crate) fn members(catalog: &Catalog, schema: &Value) -> Vec<Member> {
    let mut schema = catalog.schemas.resolve(schema);
    let required: Vec<String> = schema["required"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|name| name.as_str().map(str::to_owned))
        .collect();
    let Value::Object(mut properties) = schema["properties"].take() else { return Vec::new() };
    let mut members = Vec::new();
    for name in required {
        let found = properties.remove(&name);
        members.extend(found.map(|schema| Member { name, schema, required: true }));
    }
    let optional = |(name, schema)| Member { name, schema, required: false };
    members.extend(Map::into_iter(properties).map(optional));
    members
}

/// Whether a schema describes objects, and nothing else.
pub(crate) fn is_object(catalog: &Catalog, schema: &Value) -> bool {
    let schema = catalog.schemas.resolve(schema);
    schema["type"] == "object" || schema["type"].is_null() && schema.get("properties").is_some()
}

/// The description of a schema, or else of what it refers to, on one line.
pub(crate) fn description(catalog: &Catalog, schema: &Value) -> String {
    let own = schema["description"].as_str().map(str::to_owned);
    let found =
        own.or_else(|| catalog.schemas.resolve(schema)["description"].as_str().map(str::to_owned));
    one_line(&found.unwrap_or_default())
}

/// A description without the line breaks of the specification.
pub(crate) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A type in the words of help pages, such as `list of integers`.
pub(crate) fn type_name(catalog: &Catalog, schema: &Value) -> String {
    let resolved = catalog.schemas.resolve(schema);
    if resolved["type"] == "array" {
        return format!("list of {}", plural(&type_name(catalog, &resolved["items"])));
    }
    match kind(catalog, &resolved) {
        Kind::Integer => "integer",
        Kind::Number => "number",
        Kind::Boolean | Kind::FlagNumber | Kind::FlagPresence => "boolean",
        Kind::String(_) => "string",
        Kind::Uuid => "UUID",
        Kind::DateTime => "date and time",
        Kind::Date => "date",
        Kind::File => "file",
        Kind::Json { .. } if is_object(catalog, schema) => "object",
        Kind::Json { .. } => "any JSON",
    }
    .to_owned()
}

fn plural(name: &str) -> String {
    match name {
        "any JSON" => name.to_owned(),
        "date and time" => "dates and times".to_owned(),
        name if name.starts_with("list of ") => name.replacen("list", "lists", 1),
        name => format!("{name}s"),
    }
}
