//! Compositions: `allOf`, and alternatives next to other parts of a schema.
//!
//! | Written | Read as |
//! |---|---|
//! | a part without a type, such as a description | a description of the whole |
//! | one reference with annotations | the reference |
//! | objects that agree | left to lowering, which merges them |
//! | objects that differ in a member | one object; the last part decides |
//! | members next to alternatives | alternatives that all have these members |
//! | alternatives that only require members | nothing: the members stay optional |

use serde_json::{Map, Value, json};

use super::{
    Draft,
    schemas::{COMPOSITIONS, MAX_DEPTH, bare, each_with, is_annotation, is_any, kind, members},
};
use crate::{model::resolve, names};

/// Rewrites compositions so that each schema has one, which lowering or the rule about unions knows.
pub(super) fn compositions(draft: &mut Draft) {
    each_with(draft, &COMPOSITIONS, |draft, pointer, schema| {
        composed(draft, pointer, schema, 0);
    });
}

fn composed(draft: &mut Draft, pointer: &str, schema: &mut Map<String, Value>, depth: usize) {
    for key in COMPOSITIONS {
        if schema.get(key).is_some_and(|list| list.as_array().is_none_or(Vec::is_empty)) {
            schema.remove(key);
        }
    }
    lift_annotations(schema);
    if schema.get("allOf").and_then(Value::as_array).is_some_and(Vec::is_empty) {
        schema.remove("allOf");
    }
    let is_choice = schema.contains_key("oneOf") || schema.contains_key("anyOf");
    let parts = schema.get("allOf").and_then(Value::as_array).map_or(0, Vec::len);
    let has_own = schema.contains_key("properties");
    match (parts, is_choice, has_own) {
        (0, false, _) => {}
        (0, true, false) if !(schema.contains_key("oneOf") && schema.contains_key("anyOf")) => {
            // The type of the alternatives, and names that they require.
            schema.remove("required");
        }
        (1, false, false) => one_part(schema),
        _ => several(draft, pointer, schema, depth),
    }
}

/// Moves what only annotates out of the parts.
fn lift_annotations(schema: &mut Map<String, Value>) {
    let Some(Value::Array(parts)) = schema.get_mut("allOf") else { return };
    let mut lifted = Map::new();
    let mut nullable = false;
    parts.retain(|part| {
        let is_silent = is_any(part);
        if is_silent {
            let members = part.as_object().into_iter().flatten();
            lifted.extend(members.map(|(key, value)| (key.clone(), value.clone())));
        }
        !is_silent
    });
    if let [Value::Object(part)] = parts.as_mut_slice()
        && part.contains_key("$ref")
    {
        nullable = part.remove("nullable").is_some_and(|nullable| nullable == true);
        if let Some(description) = part.remove("description") {
            lifted.insert("description".to_owned(), description);
        }
    }
    for (key, value) in lifted {
        if is_annotation(&key) {
            schema.entry(key).or_insert(value);
        }
    }
    if nullable {
        schema.insert("nullable".to_owned(), true.into());
    }
}

/// One part: a reference stays in its `allOf`, next to the annotations; another schema replaces the composition.
fn one_part(schema: &mut Map<String, Value>) {
    let Some(Value::Array(parts)) = schema.get("allOf") else { return };
    let Some(Value::Object(part)) = parts.first().cloned() else { return };
    if part.contains_key("$ref") {
        // Keys of the same object, such as `type`, repeat what the reference describes.
        let is_kept = |key: &String| key == "allOf" || is_annotation(key);
        let has_more =
            ["required", "additionalProperties"].iter().any(|key| schema.contains_key(*key));
        if has_more {
            let own: Map<String, Value> = schema
                .iter()
                .filter(|(key, _)| !is_kept(key))
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect();
            if let Some(Value::Array(parts)) = schema.get_mut("allOf") {
                parts.push(Value::Object(own));
            }
        }
        schema.retain(|key, _| is_kept(key));
        return;
    }
    schema.remove("allOf");
    for (key, value) in part {
        schema.entry(key).or_insert(value);
    }
}

/// Several parts, or parts next to members and alternatives.
fn several(draft: &mut Draft, pointer: &str, schema: &mut Map<String, Value>, depth: usize) {
    let root = &draft.spec.root;
    let mut merger = Merger::default();
    merger.add(root, &Value::Object(schema.clone()), 0);
    merger.choices.retain(|list| {
        // Alternatives that only name required members are conditions between members.
        !list.iter().all(|alternative| {
            bare(alternative).as_object().is_some_and(|keys| {
                keys.keys().all(|key| {
                    matches!(
                        key.as_str(),
                        "required" | "not" | "type" | "allOf" | "anyOf" | "oneOf"
                    )
                })
            }) && !has_type(root, alternative)
        })
    });
    let annotations: Map<String, Value> = schema
        .iter()
        .filter(|(key, _)| is_annotation(key))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    let has_members = !merger.object.is_empty();
    if merger.choices.is_empty() && merger.is_plain() {
        // Lowering merges them. Conditions are gone, own members are a part.
        schema.remove("oneOf");
        schema.remove("anyOf");
        return;
    }
    match (merger.choices.len(), has_members) {
        (0, _) => {
            if let Some(what) = merger.contradiction.clone() {
                draft.warn(
                    pointer,
                    format!("the parts of this schema contradict each other about {what}; the last one decides"),
                    "correct one of the parts",
                );
            }
            *schema = merger.schema();
        }
        (1, false) => {
            let list = merger.choices.remove(0);
            schema.clear();
            schema.insert("oneOf".to_owned(), list.into());
        }
        (1, true) if depth < 2 => {
            let list = merger.choices.remove(0);
            let base = Value::Object(merger.schema());
            let list = list.into_iter().map(|alternative| {
                let annotations = alternative.as_object().into_iter().flatten();
                let mut whole: Map<String, Value> = annotations
                    .filter(|(key, _)| is_annotation(key) && *key != "nullable")
                    .map(|(key, value)| (key.clone(), value.clone()))
                    .collect();
                whole.insert("allOf".to_owned(), json!([base, alternative]));
                composed(draft, pointer, &mut whole, depth + 1);
                Value::Object(whole)
            });
            let list: Vec<Value> = list.collect();
            schema.clear();
            schema.insert("oneOf".to_owned(), list.into());
        }
        _ => {
            // The members of all alternatives, none of them required.
            draft.warn(
                pointer,
                "alternatives of which several apply at once are read as one object with all their members",
                "describe an object with optional members",
            );
            let choices = std::mem::take(&mut merger.choices);
            let root = draft.spec.root.clone();
            for alternative in choices.iter().flatten() {
                for (name, member) in members(&root, alternative) {
                    merger.member(&root, &name, &member);
                }
            }
            *schema = merger.schema();
            schema.entry("additionalProperties").or_insert(true.into());
        }
    }
    for (key, value) in annotations {
        schema.insert(key, value);
    }
}

/// Whether a schema describes members or values, rather than conditions.
fn has_type(root: &Value, schema: &Value) -> bool {
    let resolved = resolve(root, schema);
    if schema.get("$ref").is_some()
        || resolved.get("properties").is_some()
        || resolved.get("enum").is_some()
    {
        return true;
    }
    COMPOSITIONS
        .iter()
        .any(|key| resolved[*key].as_array().into_iter().flatten().any(|part| has_type(root, part)))
}

/// The parts of a composition as one schema.
#[derive(Default)]
struct Merger {
    /// Keys of values that are no objects, and the type.
    keys: Map<String, Value>,
    object: Map<String, Value>,
    required: Vec<Value>,
    additional: Option<Value>,
    choices: Vec<Vec<Value>>,
    contradiction: Option<String>,
    /// Whether lowering cannot merge the parts.
    is_special: bool,
}

impl Merger {
    /// Whether lowering merges the parts as they are.
    fn is_plain(&self) -> bool {
        let is_object = self.keys.iter().all(|(key, value)| key == "type" && value == "object");
        let mut fields = std::collections::BTreeSet::new();
        let distinct = self.object.keys().all(|name| fields.insert(names::snake(name)));
        is_object && distinct && !self.is_special && self.contradiction.is_none()
    }

    fn add(&mut self, root: &Value, part: &Value, depth: usize) {
        if depth > MAX_DEPTH {
            self.is_special = true;
            return;
        }
        let resolved = resolve(root, part);
        for inner in resolved["allOf"].as_array().into_iter().flatten() {
            self.add(root, inner, depth + 1);
        }
        for (key, value) in resolved.as_object().into_iter().flatten() {
            match key.as_str() {
                "allOf" | "$ref" => {}
                "oneOf" | "anyOf" => {
                    self.choices.extend(value.as_array().cloned());
                }
                "properties" => {
                    for (name, member) in value.as_object().into_iter().flatten() {
                        self.member(root, name, member);
                    }
                }
                "required" => {
                    for name in value.as_array().into_iter().flatten() {
                        if !self.required.contains(name) {
                            self.required.push(name.clone());
                        }
                    }
                }
                "additionalProperties" => match (&self.additional, value) {
                    (Some(before), value) if before != value => {
                        self.is_special = true;
                        // What one part closes, another one opens.
                        if *value != false {
                            self.additional = Some(value.clone());
                        }
                    }
                    _ => self.additional = Some(value.clone()),
                },
                "type" => self.kind(value),
                "enum" => self.values(value),
                // The annotations of the whole are put back later.
                key if is_annotation(key) => {}
                _ => {
                    self.keys.insert(key.clone(), value.clone());
                }
            }
        }
    }

    fn kind(&mut self, value: &Value) {
        match self.keys.get("type") {
            Some(before) if before != value => {
                let is_number = |kind: &Value| kind == "integer" || kind == "number";
                if is_number(before) && is_number(value) {
                    self.keys.insert("type".to_owned(), "integer".into());
                } else {
                    self.contradiction = Some("the type".to_owned());
                    self.keys.insert("type".to_owned(), value.clone());
                }
            }
            _ => {
                self.keys.insert("type".to_owned(), value.clone());
            }
        }
    }

    fn values(&mut self, value: &Value) {
        let both = match (self.keys.get("enum").and_then(Value::as_array), value.as_array()) {
            (Some(before), Some(after)) => {
                before.iter().filter(|value| after.contains(value)).cloned().collect()
            }
            _ => Vec::new(),
        };
        let value = if both.is_empty() { value.clone() } else { both.into() };
        self.keys.insert("enum".to_owned(), value);
    }

    /// A member; of two descriptions of the same one, the later is taken if it describes a type.
    fn member(&mut self, root: &Value, name: &str, member: &Value) {
        let Some(before) = self.object.get(name) else {
            self.object.insert(name.to_owned(), member.clone());
            return;
        };
        if before == member {
            return;
        }
        self.is_special = true;
        if is_any(member) {
            return;
        }
        let kinds = (kind(root, before), kind(root, member));
        if let (Some(one), Some(other)) = kinds
            && one != other
        {
            self.contradiction = Some(format!("the member `{name}`"));
        }
        // An enum is stricter than the string that it limits.
        let is_wider = kinds.0 == kinds.1
            && resolve(root, before).get("enum").is_some()
            && resolve(root, member).get("enum").is_none();
        if !is_wider {
            self.object.insert(name.to_owned(), member.clone());
        }
    }

    fn schema(&mut self) -> Map<String, Value> {
        let mut schema = std::mem::take(&mut self.keys);
        if !self.object.is_empty() || self.additional.is_some() {
            schema.insert("type".to_owned(), "object".into());
            if !self.object.is_empty() {
                let known = &self.object;
                self.required
                    .retain(|name| name.as_str().is_some_and(|name| known.contains_key(name)));
                schema.insert("properties".to_owned(), std::mem::take(&mut self.object).into());
                if !self.required.is_empty() {
                    schema.insert("required".to_owned(), std::mem::take(&mut self.required).into());
                }
            }
            schema.retain(|key, _| matches!(key.as_str(), "type" | "properties" | "required"));
        }
        if let Some(additional) = self.additional.take() {
            schema.insert("additionalProperties".to_owned(), additional);
        }
        schema
    }
}
