//! Names of types: every object, enum and union that has none gets one, from what contains it.
//!
//! The name is that of the parent, the member, and a number if another type has the same. Later steps then find types
//! in `components.schemas` only, and none can silently get the name of another.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde_json::{Map, Value};

use super::{
    Draft,
    moved::{move_to, rewrite},
    schemas::{COMPOSITIONS, bare},
};
use crate::{
    model::{METHODS, form_type, params_type, resolve},
    names,
    spec::child,
};

/// The mark of an enum that got its name here. Its values are in the samples of what contains it.
pub(super) const UNNAMED: &str = "x-unnamed";

/// The type names of a document.
pub(super) struct Names {
    taken: BTreeSet<String>,
}

impl Names {
    pub(super) fn of(root: &Value) -> Self {
        let schemas = root["components"]["schemas"].as_object().into_iter().flatten();
        let mut taken: BTreeSet<String> = schemas.map(|(name, _)| names::pascal(name)).collect();
        for operation in operations(root) {
            let id = operation["operationId"].as_str().unwrap_or_default();
            taken.insert(form_type(id));
            taken.insert(params_type(id));
        }
        Self { taken }
    }

    /// The wanted name, with a number if it is taken.
    pub(super) fn unique(&mut self, wanted: &str) -> String {
        let mut name = wanted.to_owned();
        let mut number = 2;
        while names::RESERVED_SCHEMAS.contains(&name.as_str()) || !self.taken.insert(name.clone()) {
            name = format!("{wanted}{number}");
            number += 1;
        }
        name
    }
}

pub(super) fn operations(root: &Value) -> impl Iterator<Item = &Value> {
    let items = root["paths"].as_object().into_iter().flatten();
    items.flat_map(|(_, item)| METHODS.iter().filter_map(move |method| item.get(*method)))
}

/// Renames schemas with the name of a type that the generator makes for an operation.
pub(super) fn free_names(draft: &mut Draft) {
    let root = &draft.spec.root;
    let mut made = BTreeSet::new();
    for operation in operations(root) {
        let id = operation["operationId"].as_str().unwrap_or_default();
        let body = resolve(root, &operation["requestBody"]);
        if operation.get("x-rpc-params").is_some() {
            made.insert(params_type(id));
        }
        if body["content"].get("multipart/form-data").is_some() {
            made.insert(form_type(id));
        }
    }
    let schemas = root["components"]["schemas"].as_object().into_iter().flatten();
    let clashing = schemas.map(|(name, _)| name.clone());
    let clashing: Vec<String> =
        clashing.filter(|name| made.contains(&names::pascal(name))).collect();
    let mut names = Names::of(root);
    for name in clashing {
        let pointer = child("/components/schemas", &name);
        let Some(schema) = draft.value(&pointer).map(Value::take) else { continue };
        let new = names.unique(&names::pascal(&name));
        draft.warn(
            &pointer,
            format!("the schema `{name}` has the name of a type of an operation; it is `{new}`"),
            "rename it",
        );
        move_to(draft, &pointer, &new, schema);
        if let Some(schemas) = draft.value("/components/schemas").and_then(Value::as_object_mut) {
            schemas.remove(&name);
        }
        rewrite(&mut draft.spec.root, &pointer, &child("/components/schemas", &new));
    }
}

/// Moves unnamed types to `components.schemas`.
pub(super) fn named_types(draft: &mut Draft) {
    let mut hoist = Hoist { names: Names::of(&draft.spec.root), same: BTreeMap::new() };
    let mut pending: VecDeque<String> = VecDeque::new();
    for (name, _) in draft.spec.root["components"]["schemas"].as_object().into_iter().flatten() {
        pending.push_back(child("/components/schemas", name));
    }
    for group in ["parameters", "requestBodies", "responses"] {
        let pointer = child("/components", group);
        tops(&draft.spec.root["components"][group], &pointer, &mut pending);
    }
    tops(&draft.spec.root["paths"], "/paths", &mut pending);
    while let Some(pointer) = pending.pop_front() {
        let mut found = Vec::new();
        if let Some(schema) = draft.spec.root.pointer(&pointer) {
            let is_component = pointer.starts_with("/components/schemas/");
            let keeps_place =
                is_component || is_form(&pointer) || is_rpc(&draft.spec.root, &pointer);
            unnamed(schema, pointer.clone(), keeps_place, is_plain_place(&pointer), &mut found);
        }
        for pointer in found {
            pending.extend(hoist.schema(draft, &pointer));
        }
    }
}

/// The schemas of parameters, bodies and responses.
fn tops(value: &Value, pointer: &str, all: &mut VecDeque<String>) {
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                match key.as_str() {
                    "schema" => all.push_back(child(pointer, key)),
                    "example" | "examples" | "headers" => {}
                    _ => tops(member, &child(pointer, key), all),
                }
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                tops(item, &format!("{pointer}/{index}"), all);
            }
        }
        _ => {}
    }
}

/// The parts of a form are members of a type that the generator makes.
fn is_form(pointer: &str) -> bool {
    pointer.ends_with("/multipart~1form-data/schema")
}

/// The parameters of a remote procedure have a type as well.
fn is_rpc(root: &Value, pointer: &str) -> bool {
    let operation = pointer.split("/requestBody/").next().and_then(|of| root.pointer(of));
    pointer.ends_with("/requestBody/content/application~1json/schema")
        && operation.is_some_and(|operation| operation.get("x-rpc-params").is_some())
}

/// Where the values of enums are written as text, lowering names them.
fn is_plain_place(pointer: &str) -> bool {
    pointer.contains("/parameters/")
        || pointer.contains("/multipart~1form-data/")
        || pointer.contains("/application~1x-www-form-urlencoded/")
}

/// The outermost schemas that need a name.
fn unnamed(schema: &Value, pointer: String, keeps_place: bool, plain: bool, all: &mut Vec<String>) {
    if !keeps_place && needs_name(schema, plain) {
        all.push(pointer);
        return;
    }
    for (key, member) in schema.as_object().into_iter().flatten() {
        let pointer = child(&pointer, key);
        match key.as_str() {
            "properties" => {
                for (name, property) in member.as_object().into_iter().flatten() {
                    unnamed(property, child(&pointer, name), false, plain, all);
                }
            }
            "items" | "additionalProperties" => unnamed(member, pointer, false, plain, all),
            key if COMPOSITIONS.contains(&key) => {
                for (index, part) in member.as_array().into_iter().flatten().enumerate() {
                    let is_part = key == "allOf";
                    unnamed(part, format!("{pointer}/{index}"), is_part, plain, all);
                }
            }
            _ => {}
        }
    }
}

fn needs_name(schema: &Value, plain: bool) -> bool {
    let has = |key: &str| schema[key].as_object().is_some_and(|members| !members.is_empty());
    let count = |key: &str| schema[key].as_array().map_or(0, Vec::len);
    let is_enum = schema["type"] == "string" && schema["enum"].is_array();
    has("properties")
        || (is_enum && !plain)
        || count("oneOf") > 0
        || count("anyOf") > 0
        || count("allOf") > 1
}

struct Hoist {
    names: Names,
    /// The named types by their wanted name and their schema, so that equal ones share one.
    same: BTreeMap<(String, String), String>,
}

impl Hoist {
    /// Moves a schema, and returns the pointer to its new place.
    fn schema(&mut self, draft: &mut Draft, pointer: &str) -> Option<String> {
        let wanted = name_of(&draft.spec.root, pointer);
        let place = draft.value(pointer)?;
        let mut schema = place.take();
        let members = schema.as_object_mut()?;
        let mut reference = Map::new();
        if members.remove("nullable").is_some_and(|nullable| nullable == true) {
            reference.insert("nullable".to_owned(), true.into());
        }
        // These belong to the member.
        for key in ["x-evidence", "x-aliases", "x-lenient", "x-secret"] {
            if let Some(value) = members.remove(key) {
                reference.insert(key.to_owned(), value);
            }
        }
        if let Some(description) = members.get("description") {
            reference.insert("description".to_owned(), description.clone());
        }
        for key in ["default", "readOnly", "writeOnly"] {
            members.remove(key);
        }
        if members.get("enum").is_some() {
            members.insert(UNNAMED.to_owned(), true.into());
        }
        let key = (wanted.clone(), bare(&schema).to_string());
        let known = self.same.get(&key).cloned();
        let name = known.clone().unwrap_or_else(|| self.names.unique(&wanted));
        reference.insert("$ref".to_owned(), format!("#/components/schemas/{name}").into());
        if let Some(place) = draft.value(pointer) {
            *place = Value::Object(reference);
        }
        if known.is_some() {
            return None;
        }
        self.same.insert(key, name.clone());
        move_to(draft, pointer, &name, schema)
    }
}

/// The name of the schema at a pointer: what contains it, and the members on the way.
pub(super) fn name_of(root: &Value, pointer: &str) -> String {
    let keys: Vec<String> =
        pointer.split('/').skip(1).map(|key| key.replace("~1", "/").replace("~0", "~")).collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let (mut name, inside) = match keys.as_slice() {
        ["components", group, own, inside @ ..] => {
            let own = names::pascal(own);
            match *group {
                "responses" if !own.ends_with("Response") => (format!("{own}Response"), inside),
                "requestBodies" if !own.ends_with("Body") => (format!("{own}Body"), inside),
                _ => (own, inside),
            }
        }
        ["paths", path, method, inside @ ..] if METHODS.contains(method) => {
            let operation = &root["paths"][*path][*method];
            let own = match operation["operationId"].as_str() {
                Some(id) => names::pascal(id),
                None => names::pascal(&format!("{method} {path}")),
            };
            let (word, inside): (String, &[&str]) = match inside {
                ["requestBody", rest @ ..] => {
                    let word = match operation.get("x-rpc-params") {
                        Some(_) => "Params",
                        None if rest.contains(&"multipart/form-data") => "Form",
                        None => "Body",
                    };
                    (word.to_owned(), rest)
                }
                ["responses", _, rest @ ..] => ("Response".to_owned(), rest),
                ["parameters", index, rest @ ..] => {
                    let index: usize = index.parse().unwrap_or_default();
                    let parameter = operation["parameters"][index]["name"].as_str();
                    (parameter.map(names::pascal).unwrap_or_default(), rest)
                }
                rest => (String::new(), rest),
            };
            (format!("{own}{word}"), inside)
        }
        ["paths", path, "parameters", index, inside @ ..] => {
            let index: usize = index.parse().unwrap_or_default();
            let parameter = root["paths"][*path]["parameters"][index]["name"].as_str();
            (names::pascal(&format!("{path} {}", parameter.unwrap_or_default())), inside)
        }
        _ => ("Unnamed".to_owned(), [].as_slice()),
    };
    let from = inside.iter().position(|key| *key == "schema").map_or(0, |index| index + 1);
    let is_enum = root.pointer(pointer).is_some_and(|schema| schema["enum"].is_array());
    let mut inside = &inside[from.min(inside.len())..];
    while let [key, rest @ ..] = inside {
        inside = match (*key, rest) {
            ("properties", [member, rest @ ..]) => {
                name.push_str(&names::pascal(member));
                rest
            }
            ("items" | "additionalProperties", []) if is_enum => rest,
            ("items", rest) => {
                name.push_str("Item");
                rest
            }
            ("additionalProperties", rest) => {
                name.push_str("Value");
                rest
            }
            ("oneOf" | "anyOf", [index, rest @ ..]) => {
                let schema = if rest.is_empty() { root.pointer(pointer) } else { None };
                let number: usize = index.parse().unwrap_or_default();
                let word = schema.and_then(alternative_word);
                name.push_str(&word.unwrap_or_else(|| (number + 1).to_string()));
                rest
            }
            ("allOf", [_, rest @ ..]) => rest,
            (_, rest) => rest,
        };
    }
    if name.is_empty() { "Unnamed".to_owned() } else { name }
}

/// A word for an alternative: the only value of a member that it requires, or its title.
fn alternative_word(schema: &Value) -> Option<String> {
    let constant = |name: &Value| {
        let values = schema["properties"][name.as_str()?]["enum"].as_array()?;
        let [value] = values.as_slice() else { return None };
        value.as_str()
    };
    let mut required = schema["required"].as_array().into_iter().flatten();
    let word = required.find_map(constant).or_else(|| schema["title"].as_str())?;
    let is_plain =
        word.len() <= 40 && word.is_ascii() && word.contains(|c: char| c.is_ascii_alphabetic());
    is_plain.then(|| names::pascal(word).trim_end_matches('_').to_owned())
}
