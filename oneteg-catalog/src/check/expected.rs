//! A schema, read once: what the comparison needs of it.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError},
};

use serde_json::Value;

use crate::Schemas;

/// Deeper than any specification; a limit against schemas that contain themselves.
const MAX_DEPTH: usize = 32;

/// A JSON type of a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum JsonType {
    String,
    Integer,
    Number,
    Boolean,
    Object,
    Array,
}

impl JsonType {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Object => "object",
            Self::Array => "array",
        }
    }
}

/// What a schema states of a value. Without anything, any value is expected.
#[derive(Debug, Default)]
pub(super) struct Expected {
    pub(super) ty: Option<JsonType>,
    pub(super) nullable: bool,
    pub(super) format: Option<String>,
    pub(super) values: Vec<Value>,
    pub(super) members: BTreeMap<String, Member>,
    /// Other names of members, with the one of the specification.
    pub(super) aliases: BTreeMap<String, String>,
    pub(super) required: Vec<String>,
    pub(super) rest: Rest,
    pub(super) items: Option<Box<Part>>,
    pub(super) alternatives: Vec<Part>,
    /// A string or an integer that is read from either.
    pub(super) lenient: bool,
}

impl Expected {
    /// Whether it states nothing of the members of an object.
    pub(super) fn is_free(&self) -> bool {
        self.members.is_empty() && matches!(self.rest, Rest::Unstated | Rest::Open)
    }
}

#[derive(Debug)]
pub(super) struct Member {
    pub(super) part: Part,
    pub(super) lenient: bool,
    pub(super) aliases: Vec<String>,
}

/// What an object may have next to its members.
#[derive(Debug, Default)]
pub(super) enum Rest {
    /// The specification does not state it.
    #[default]
    Unstated,
    /// Any further members.
    Open,
    /// No further members.
    Closed,
    /// Entries of this schema under any names.
    Map(Box<Part>),
}

/// A schema inside another one.
#[derive(Debug)]
pub(super) enum Part {
    /// A named schema, which is read when a value reaches it.
    Named {
        name: Arc<str>,
        nullable: bool,
    },
    Inline(Expected),
}

/// The named schemas that have been read.
#[derive(Debug, Default)]
pub(super) struct Cache(Mutex<HashMap<Arc<str>, Arc<Expected>>>);

impl Cache {
    /// The named schema. An unknown name expects any value.
    pub(super) fn get(&self, schemas: &Schemas, name: &str) -> Arc<Expected> {
        let mut cache = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(expected) = cache.get(name) {
            return Arc::clone(expected);
        }
        let schema = schemas.get(name).unwrap_or_default();
        let expected = Arc::new(match part(schemas, &schema, 0) {
            Part::Inline(expected) => expected,
            // A name for another one.
            named @ Part::Named { .. } => {
                Expected { alternatives: vec![named], ..Expected::default() }
            }
        });
        cache.insert(Arc::from(name), Arc::clone(&expected));
        expected
    }
}

/// Reads a schema.
pub(super) fn part(schemas: &Schemas, schema: &Value, depth: usize) -> Part {
    let nullable = schema["nullable"].as_bool().unwrap_or(false);
    if let Some(name) = reference(schema) {
        return Part::Named { name: Arc::from(name), nullable };
    }
    if depth > MAX_DEPTH {
        return Part::Inline(Expected { nullable: true, ..Expected::default() });
    }
    let schema = &match schema["allOf"].is_array() {
        true => schemas.resolve(schema),
        false => schema.clone(),
    };
    let inner = |schema: &Value| part(schemas, schema, depth + 1);
    let mut expected = Expected {
        ty: ty(schema),
        nullable,
        format: schema["format"].as_str().map(str::to_owned),
        values: schema["enum"].as_array().cloned().unwrap_or_default(),
        lenient: schema["x-lenient"].as_bool().unwrap_or(false),
        ..Expected::default()
    };
    for (name, schema) in schema["properties"].as_object().into_iter().flatten() {
        let aliases = schema["x-aliases"].as_array().into_iter().flatten();
        let aliases: Vec<String> =
            aliases.filter_map(|alias| alias.as_str().map(str::to_owned)).collect();
        expected.aliases.extend(aliases.iter().map(|alias| (alias.clone(), name.clone())));
        let lenient = schema["x-lenient"].as_bool().unwrap_or_else(|| is_id(name));
        expected.members.insert(name.clone(), Member { part: inner(schema), lenient, aliases });
    }
    let required = schema["required"].as_array().into_iter().flatten();
    expected.required = required.filter_map(|name| name.as_str().map(str::to_owned)).collect();
    expected.rest = match &schema["additionalProperties"] {
        Value::Null => Rest::Unstated,
        Value::Bool(false) => Rest::Closed,
        Value::Object(schema) if !schema.is_empty() => {
            Rest::Map(Box::new(inner(&Value::Object(schema.clone()))))
        }
        _ => Rest::Open,
    };
    expected.items = schema.get("items").map(|items| Box::new(inner(items)));
    for key in ["oneOf", "anyOf"] {
        expected.alternatives.extend(schema[key].as_array().into_iter().flatten().map(inner));
    }
    Part::Inline(expected)
}

/// The name that a schema refers to: directly, or as the only part of an `allOf` that adds nothing but notes.
fn reference(schema: &Value) -> Option<&str> {
    if let Some(name) = Schemas::name(schema) {
        return Some(name);
    }
    let [only] = schema["allOf"].as_array()?.as_slice() else { return None };
    let is_note = |key: &str| {
        matches!(
            key,
            "allOf" | "nullable" | "description" | "title" | "deprecated" | "readOnly" | "example"
        ) || key.starts_with("x-")
    };
    let only_notes = schema.as_object()?.keys().all(|key| is_note(key));
    Schemas::name(only).filter(|_| only_notes)
}

fn ty(schema: &Value) -> Option<JsonType> {
    Some(match schema["type"].as_str()? {
        "string" => JsonType::String,
        "integer" => JsonType::Integer,
        "number" => JsonType::Number,
        "boolean" => JsonType::Boolean,
        "object" => JsonType::Object,
        "array" => JsonType::Array,
        _ => return None,
    })
}

/// Whether a member is an id by its name; SDKs read these as a number or a string.
pub(super) fn is_id(name: &str) -> bool {
    let end = name.rfind(['_', '-', '.']).map_or(name, |at| &name[at + 1..]);
    // The last word of a name such as `assetId` or `assetGUID`.
    let mut start = end.len();
    let letters: Vec<(usize, char)> = end.char_indices().collect();
    for index in (0..letters.len()).rev() {
        let (at, letter) = letters[index];
        start = at;
        let before = index.checked_sub(1).map(|index| letters[index].1);
        if letter.is_uppercase() && before.is_some_and(|before| !before.is_uppercase()) {
            break;
        }
    }
    matches!(end[start..].to_lowercase().as_str(), "id" | "ids" | "guid" | "guids")
}

#[cfg(test)]
mod tests {
    use super::is_id;

    #[test]
    fn ids_are_known_by_their_last_word() {
        for name in ["id", "assetId", "asset_ids", "assetGUID", "guid", "ID", "parent-id"] {
            assert!(is_id(name), "{name}");
        }
        for name in ["valid", "idType", "grid", "android", "", "_", "é"] {
            assert!(!is_id(name), "{name}");
        }
    }
}
