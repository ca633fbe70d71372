//! Unions: `oneOf` and `anyOf`.
//!
//! | Alternatives | Become |
//! |---|---|
//! | one and `null` | the one, nullable |
//! | enums, also of one value each | one enum with all values |
//! | a string and an enum | the enum, which is open |
//! | strings of several formats; integers and numbers | one string; one number |
//! | equal ones | one of them |
//! | the rest | a union, whose alternatives lowering distinguishes by the members that [`FORMS`] names |

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{
    Draft,
    enums::TAG_VALUES,
    schemas::{annotated, bare, each_with, is_annotation, is_any, kind, members, required},
};
use crate::{model::resolve, names, spec::child};

/// How the alternatives of a union are distinguished, where their types and required members do not suffice: `tags` are
/// members with other values in each, `values` are the values of these by reference, where the alternatives do not
/// list them.
pub const FORMS: &str = "x-forms";

/// Reads alternatives that are one type as that type.
pub(super) fn merged_alternatives(draft: &mut Draft) {
    each_with(draft, &["oneOf", "anyOf"], |draft, _, schema| {
        let key = if schema.contains_key("oneOf") { "oneOf" } else { "anyOf" };
        let Some(Value::Array(list)) = schema.get(key).cloned() else { return };
        let mut list = flat(list);
        if without_null(&draft.spec.root, &mut list) {
            schema.insert("nullable".to_owned(), true.into());
        }
        let discriminator = schema.get("discriminator").cloned();
        list = distinct(list);
        list = texts(&draft.spec.root, list);
        list = numbers(&draft.spec.root, list);
        booleans(&draft.spec.root, &mut list);
        let own = schema.clone();
        schema.retain(|key, _| is_annotation(key));
        match list.as_slice() {
            [] => {}
            [one] => *schema = annotated(one.clone(), schema),
            _ if list.iter().all(is_any) => {}
            _ => {
                schema.insert(key.to_owned(), list.into());
                if let Some(discriminator) = discriminator {
                    schema.insert("discriminator".to_owned(), discriminator);
                }
            }
        }
        // A type next to alternatives that say none.
        if !schema.contains_key("oneOf")
            && !schema.contains_key("anyOf")
            && is_any(&Value::Object(schema.clone()))
        {
            for key in ["type", "format", "additionalProperties", "items"] {
                if let Some(value) = own.get(key) {
                    schema.insert(key.to_owned(), value.clone());
                }
            }
        }
    });
}

/// Alternatives that are themselves unnamed unions are alternatives.
fn flat(list: Vec<Value>) -> Vec<Value> {
    let mut all = Vec::new();
    for alternative in list {
        let inner = ["oneOf", "anyOf"].iter().find_map(|key| alternative[*key].as_array().cloned());
        match inner {
            Some(inner) => {
                let is_nullable = alternative["nullable"] == true;
                all.extend(flat(inner));
                if is_nullable {
                    all.push(json!({ "nullable": true }));
                }
            }
            None => all.push(alternative),
        }
    }
    all
}

/// Removes `null` from the alternatives. Returns whether it was there.
fn without_null(root: &Value, list: &mut Vec<Value>) -> bool {
    let mut nullable = false;
    let is_null = |alternative: &Value| is_any(alternative) && alternative["nullable"] == true;
    let has_others = list.iter().any(|alternative| !is_null(alternative));
    list.retain(|alternative| {
        let null = has_others && (is_null(alternative) || is_null(resolve(root, alternative)));
        nullable |= null;
        !null
    });
    for alternative in list {
        if let Some(members) = alternative.as_object_mut() {
            nullable |= members.remove("nullable").is_some_and(|nullable| nullable == true);
        }
    }
    nullable
}

/// The alternatives without those that accept the same as another one.
fn distinct(list: Vec<Value>) -> Vec<Value> {
    let mut seen: Vec<Value> = Vec::new();
    let keep = |alternative: &Value| {
        let bare = bare(alternative);
        // Enums are merged with their descriptions.
        let is_new = alternative.get("enum").is_some() || !seen.contains(&bare);
        seen.push(bare);
        is_new
    };
    let mut keep = keep;
    list.into_iter().filter(|alternative| keep(alternative)).collect()
}

fn is_kind(root: &Value, alternative: &Value, wanted: &str) -> bool {
    let resolved = resolve(root, alternative);
    kind(root, alternative) == Some(wanted)
        && resolved.get("oneOf").is_none()
        && resolved.get("anyOf").is_none()
}

/// Replaces the alternatives for which `is` holds by one, at the place of the first.
fn replaced(list: Vec<Value>, is: &dyn Fn(&Value) -> bool, by: Value) -> Vec<Value> {
    let mut by = Some(by);
    let mut all = Vec::new();
    for alternative in list {
        if is(&alternative) {
            all.extend(by.take());
        } else {
            all.push(alternative);
        }
    }
    all
}

/// Strings and enums become one string or one enum.
fn texts(root: &Value, list: Vec<Value>) -> Vec<Value> {
    let is_text = |alternative: &Value| is_kind(root, alternative, "string");
    let found: Vec<&Value> = list.iter().filter(|alternative| is_text(alternative)).collect();
    if found.len() < 2 {
        return list;
    }
    let is_enum = |alternative: &&&Value| resolve(root, alternative)["enum"].is_array();
    let enums: Vec<&Value> = found.iter().filter(is_enum).copied().collect();
    let merged = match enums.as_slice() {
        [] => text(root, &found),
        // A named enum is open, so it is the string as well.
        [one] if one.get("$ref").is_some() => (*one).clone(),
        enums => merged_enum(root, enums),
    };
    replaced(list, &is_text, merged)
}

fn text(root: &Value, found: &[&Value]) -> Value {
    let formats: BTreeSet<Option<&str>> =
        found.iter().map(|alternative| resolve(root, alternative)["format"].as_str()).collect();
    let format = match formats.len() {
        1 => formats.first().copied().flatten(),
        _ => formats.contains(&Some("binary")).then_some("binary"),
    };
    match format {
        Some(format) => json!({ "type": "string", "format": format }),
        None => json!({ "type": "string" }),
    }
}

/// One enum with the values of all, and their descriptions.
fn merged_enum(root: &Value, enums: &[&Value]) -> Value {
    let (mut values, mut descriptions, mut variants): (Vec<Value>, Vec<Value>, Vec<Value>) =
        (vec![], vec![], vec![]);
    let kind = resolve(root, enums[0])["type"].clone();
    for alternative in enums {
        let resolved = resolve(root, alternative);
        let list: &[Value] = resolved["enum"].as_array().map_or(&[], Vec::as_slice);
        for (index, value) in list.iter().enumerate() {
            if values.contains(value) {
                continue;
            }
            let description = match list {
                [_] => alternative.get("description").or_else(|| resolved.get("description")),
                _ => resolved["x-enum-descriptions"].get(index),
            };
            let derived = value.as_str().map(names::variant).unwrap_or_default();
            let variant = resolved["x-enum-names"].get(index).cloned();
            values.push(value.clone());
            descriptions.push(description.cloned().unwrap_or_else(|| "".into()));
            variants.push(variant.unwrap_or_else(|| derived.into()));
        }
    }
    let mut merged = json!({ "type": kind, "enum": values });
    if descriptions.iter().any(|description| description != "") {
        merged["x-enum-descriptions"] = descriptions.into();
    }
    let has_names = enums.iter().any(|of| resolve(root, of).get("x-enum-names").is_some());
    let distinct: BTreeSet<String> = variants.iter().map(Value::to_string).collect();
    if has_names && distinct.len() == variants.len() {
        merged["x-enum-names"] = variants.into();
    }
    merged
}

/// Integers and numbers become one number, integer enums one enum.
fn numbers(root: &Value, list: Vec<Value>) -> Vec<Value> {
    let is_integer = |alternative: &Value| is_kind(root, alternative, "integer");
    let is_number =
        |alternative: &Value| is_integer(alternative) || is_kind(root, alternative, "number");
    let found: Vec<&Value> = list.iter().filter(|alternative| is_number(alternative)).collect();
    if found.len() < 2 {
        return list;
    }
    let all_enums = found.iter().all(|alternative| resolve(root, alternative)["enum"].is_array());
    let merged = if all_enums {
        merged_enum(root, &found)
    } else if found.iter().all(|alternative| is_integer(alternative)) {
        let formats: BTreeSet<Option<&str>> =
            found.iter().map(|alternative| resolve(root, alternative)["format"].as_str()).collect();
        match (formats.len(), formats.first().copied().flatten()) {
            (1, Some(format)) => json!({ "type": "integer", "format": format }),
            _ => json!({ "type": "integer" }),
        }
    } else {
        json!({ "type": "number" })
    };
    replaced(list, &is_number, merged)
}

/// Of several booleans, the first is kept.
fn booleans(root: &Value, list: &mut Vec<Value>) {
    let mut has_one = false;
    list.retain(|alternative| {
        let is_boolean = is_kind(root, alternative, "boolean");
        let keep = !is_boolean || !has_one;
        has_one |= is_boolean;
        keep
    });
}

/// Finds how the alternatives of each union are distinguished.
pub(super) fn distinguished_alternatives(draft: &mut Draft) {
    each_with(draft, &["oneOf", "anyOf"], |draft, pointer, schema| {
        let key = if schema.contains_key("oneOf") { "oneOf" } else { "anyOf" };
        let Some(Value::Array(mut list)) = schema.get(key).cloned() else { return };
        let discriminator = schema.remove("discriminator");
        if schema.contains_key(FORMS) {
            return;
        }
        let root = &draft.spec.root;
        let count = list.len();
        list.retain(|alternative| !is_any(resolve(root, alternative)));
        let has_any = list.len() < count;
        if list.is_empty() {
            schema.remove(key);
            return;
        }
        let forms = by_tag(root, &list, discriminator.as_ref());
        let unclear = forms.is_none().then(|| ambiguous(root, &list)).flatten();
        match (forms, unclear) {
            (Some(forms), _) => {
                schema.insert(FORMS.to_owned(), forms);
            }
            (None, Some((first, second))) => {
                let tags = partial_tags(root, &list);
                schema.insert(FORMS.to_owned(), json!({ "tags": tags }));
                if tags.is_empty() {
                    draft.warn(
                        &child(pointer, key),
                        format!(
                            "alternative {} also accepts the values of alternative {}; a value is read as the one \
                             with which it has the most members in common",
                            first + 1,
                            second + 1
                        ),
                        "require a member that only one of them has, if the API does",
                    );
                }
            }
            (None, None) if has_any || list.len() == 1 => {
                schema.insert(FORMS.to_owned(), json!({ "tags": [] }));
            }
            (None, None) => {}
        }
        schema.insert(key.to_owned(), list.into());
    });
}

/// The values of a member that tell which alternative a value is.
fn tag_values(root: &Value, member: &Value) -> Option<Vec<Value>> {
    let resolved = resolve(root, member);
    let inner = resolved["allOf"].as_array().filter(|parts| parts.len() == 1);
    let resolved = inner.map_or(resolved, |parts| resolve(root, &parts[0]));
    let values = resolved["enum"].as_array().or_else(|| resolved[TAG_VALUES].as_array())?;
    (!values.is_empty()).then(|| values.clone())
}

/// The values of a tag in an alternative, which may be a union of alternatives with the tag.
fn values_of(root: &Value, alternative: &Value, tag: &str, depth: usize) -> Option<Vec<Value>> {
    let resolved = resolve(root, alternative);
    let inner = ["oneOf", "anyOf"].iter().find_map(|key| resolved[*key].as_array());
    match inner.filter(|_| depth < 4) {
        Some(inner) => {
            let values: Option<Vec<Vec<Value>>> = inner
                .iter()
                .map(|alternative| values_of(root, alternative, tag, depth + 1))
                .collect();
            Some(values?.concat())
        }
        None => tag_values(root, members(root, alternative).get(tag)?),
    }
}

/// The forms of a union whose objects have a member with other values in each.
fn by_tag(root: &Value, list: &[Value], discriminator: Option<&Value>) -> Option<Value> {
    let objects: Vec<&Value> =
        list.iter().filter(|alternative| is_object(root, alternative, 0)).collect();
    if objects.len() < 2 {
        return None;
    }
    let given = discriminator.and_then(|discriminator| discriminator["propertyName"].as_str());
    if let Some(tag) = given {
        let mapping = discriminator.and_then(|discriminator| discriminator["mapping"].as_object());
        let mut values = Map::new();
        for object in &objects {
            let mut own: Vec<Value> = values_of(root, object, tag, 0).unwrap_or_default();
            if let Some(target) = object["$ref"].as_str() {
                let name = target.rsplit('/').next().unwrap_or_default();
                let leads = |to: &Value| to.as_str().is_some_and(|to| to == target || to == name);
                let mapped = mapping.into_iter().flatten().filter(|(_, to)| leads(to));
                let mapped: Vec<Value> = mapped.map(|(value, _)| value.as_str().into()).collect();
                if own.is_empty() && mapped.is_empty() {
                    own.push(name.into());
                }
                if own.len() != 1 {
                    // Several types share the enum of all tags.
                    own = if mapped.is_empty() { own } else { mapped };
                }
                values.insert(target.to_owned(), own.clone().into());
            }
        }
        let all: Vec<&Value> = values.values().collect();
        if values.len() == objects.len() && disjoint(&all) {
            return Some(json!({ "tags": [tag], "values": values }));
        }
    }
    let first = members(root, objects[0]);
    let mut candidates: Vec<&String> = first.keys().collect();
    // Required tags first, and those with the usual names.
    let is_required = required(root, objects[0]);
    candidates.sort_by_key(|name| {
        let is_usual = matches!(name.as_str(), "type" | "kind" | "object" | "@type");
        (!is_required.contains(name), !is_usual, (*name).clone())
    });
    let tag = candidates.into_iter().find(|tag| {
        let values: Option<Vec<Value>> =
            objects.iter().map(|object| values_of(root, object, tag, 0).map(Value::from)).collect();
        values.is_some_and(|values| disjoint(&values.iter().collect::<Vec<_>>()))
    })?;
    Some(json!({ "tags": [tag] }))
}

/// Members that exclude some of the alternatives for some values.
fn partial_tags(root: &Value, list: &[Value]) -> Vec<String> {
    let mut values: Vec<(String, Vec<Value>)> = Vec::new();
    for alternative in list {
        for (name, member) in members(root, alternative) {
            // More values are a state of the object rather than its kind.
            if let Some(found) = tag_values(root, &member).filter(|found| found.len() == 1) {
                values.push((name, found));
            }
        }
    }
    let mut tags = BTreeSet::new();
    for (index, (name, one)) in values.iter().enumerate() {
        let differs = values[..index].iter().any(|(other, of)| other == name && of != one);
        if differs {
            tags.insert(name.clone());
        }
    }
    tags.into_iter().collect()
}

fn is_object(root: &Value, schema: &Value, depth: usize) -> bool {
    let resolved = resolve(root, schema);
    let inner = ["oneOf", "anyOf"].iter().find_map(|key| resolved[*key].as_array());
    match inner.filter(|_| depth < 4) {
        Some(inner) => inner.iter().all(|alternative| is_object(root, alternative, depth + 1)),
        None => kind(root, resolved) == Some("object"),
    }
}

/// Whether no value is in two lists.
fn disjoint(lists: &[&Value]) -> bool {
    let mut seen = BTreeSet::new();
    lists.iter().all(|list| {
        let values = list.as_array().into_iter().flatten();
        let own: BTreeSet<String> = values.map(Value::to_string).collect();
        let is_new = !own.is_empty() && own.iter().all(|value| !seen.contains(value));
        seen.extend(own);
        is_new
    })
}

/// The first pair of alternatives of which the earlier one accepts the values of the later one.
pub fn ambiguous(root: &Value, list: &[Value]) -> Option<(usize, usize)> {
    for (second, later) in list.iter().enumerate() {
        for (first, earlier) in list[..second].iter().enumerate() {
            if accepts(root, earlier, later) {
                return Some((first, second));
            }
        }
    }
    None
}

/// Whether the earlier alternative accepts values of the later one, as far as types and members tell.
fn accepts(root: &Value, earlier: &Value, later: &Value) -> bool {
    let inner = |schema: &Value| {
        let resolved = resolve(root, schema);
        ["oneOf", "anyOf"].iter().find_map(|key| resolved[*key].as_array().cloned())
    };
    if let Some(alternatives) = inner(earlier) {
        return alternatives.iter().any(|alternative| accepts(root, alternative, later));
    }
    if let Some(alternatives) = inner(later) {
        return alternatives.iter().any(|alternative| accepts(root, earlier, alternative));
    }
    match (kind(root, earlier), kind(root, later)) {
        (Some("object"), Some("object")) => {
            let known = members(root, later);
            required(root, earlier).iter().all(|name| known.contains_key(name))
        }
        (Some("array"), Some("array")) => false,
        // A format accepts fewer strings.
        (Some("string"), Some("string")) => resolve(root, earlier).get("format").is_none(),
        (Some("number"), Some("integer")) | (None, _) => true,
        (one, other) => one == other,
    }
}
