//! What distinguishes the alternatives of a union: the kinds of their values, and the members of objects.

use std::collections::BTreeSet;

use serde_json::Value;

use super::resolve;

/// The depth to which unions within unions are followed.
const DEEPEST: usize = 4;

/// The kind of a JSON value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FormKind {
    #[default]
    Any,
    Object,
    Array,
    String,
    Integer,
    Number,
    Boolean,
}

/// One form of an alternative.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Form {
    pub kind: FormKind,
    pub required: Vec<String>,
    pub optional: Vec<String>,
    /// The values of the members that tell which alternative a value is.
    pub tags: Vec<(String, Vec<String>)>,
}

/// The forms of each alternative of a union. An alternative that is a union has several.
pub fn union_forms(root: &Value, union: &Value) -> Vec<Vec<Form>> {
    let of = |key: &str| union[key].as_array();
    let list = of("oneOf").or_else(|| of("anyOf")).into_iter().flatten();
    let forms = list.map(|alternative| {
        let mut all = Vec::new();
        collect(root, alternative, &union["x-forms"], &mut all, 0);
        all
    });
    forms.collect()
}

fn collect(root: &Value, alternative: &Value, given: &Value, all: &mut Vec<Form>, depth: usize) {
    let schema = resolve(root, alternative);
    let wrapped = schema["allOf"].as_array().filter(|parts| parts.len() == 1);
    let schema = wrapped.map_or(schema, |parts| resolve(root, &parts[0]));
    let inner = ["oneOf", "anyOf"].iter().find_map(|key| schema[*key].as_array());
    if let Some(inner) = inner.filter(|_| depth < DEEPEST) {
        for alternative in inner {
            collect(root, alternative, given, all, depth + 1);
        }
        return;
    }
    let mut members: Vec<(String, Value)> = Vec::new();
    let mut required = BTreeSet::new();
    parts(root, schema, &mut members, &mut required, 0);
    let kind = match schema["type"].as_str() {
        Some("array") => FormKind::Array,
        Some("string") => FormKind::String,
        Some("integer") => FormKind::Integer,
        Some("number") => FormKind::Number,
        Some("boolean") => FormKind::Boolean,
        Some("object") => FormKind::Object,
        _ if !members.is_empty() => FormKind::Object,
        _ => FormKind::Any,
    };
    let of_reference = alternative["$ref"].as_str().map(|target| &given["values"][target]);
    let tags = given["tags"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let tags = tags.filter_map(|tag| {
        let values = match of_reference {
            Some(Value::Array(values)) => values.clone(),
            _ => {
                let (_, member) = members.iter().find(|(name, _)| name == tag)?;
                known_values(root, member)?
            }
        };
        let values: Vec<String> = values.iter().map(scalar).collect();
        (!values.is_empty()).then(|| (tag.to_owned(), values))
    });
    let tags = tags.collect();
    let (mut needed, mut optional) = (Vec::new(), Vec::new());
    for (name, _) in members {
        if required.contains(&name) { needed.push(name) } else { optional.push(name) }
    }
    all.push(Form { kind, required: needed, optional, tags });
}

/// The members of an object and of its parts, and the names of the required ones.
fn parts(
    root: &Value,
    schema: &Value,
    members: &mut Vec<(String, Value)>,
    required: &mut BTreeSet<String>,
    depth: usize,
) {
    if depth > 12 {
        return;
    }
    let schema = resolve(root, schema);
    for part in schema["allOf"].as_array().into_iter().flatten() {
        parts(root, part, members, required, depth + 1);
    }
    let names = schema["required"].as_array().into_iter().flatten();
    required.extend(names.filter_map(|name| name.as_str().map(str::to_owned)));
    for (name, member) in schema["properties"].as_object().into_iter().flatten() {
        members.retain(|(other, _)| other != name);
        members.push((name.clone(), member.clone()));
    }
}

fn known_values(root: &Value, member: &Value) -> Option<Vec<Value>> {
    let schema = resolve(root, member);
    let wrapped = schema["allOf"].as_array().filter(|parts| parts.len() == 1);
    let schema = wrapped.map_or(schema, |parts| resolve(root, &parts[0]));
    schema["enum"].as_array().or_else(|| schema["x-tag-values"].as_array()).cloned()
}

/// A scalar as text; `3` and `"3"` are the same.
fn scalar(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
