//! Rules about schemas and parameters.

use serde_json::{Value, json};

use super::{Lowered, each_schema};
use crate::spec::Spec;

/// Styles and cookies are the runtime's business: to progenitor every parameter is a plain one, whose
/// type is all that is taken from its output. An object in a query has a struct or is any value.
pub(super) fn plain_parameters(_: &Spec, lowered: &mut Lowered) {
    const STYLES: [&str; 5] =
        ["style", "explode", "allowReserved", "allowEmptyValue", "deprecated"];
    fn plain(parameter: &mut Value) {
        if let Some(parameter) = parameter.as_object_mut()
            && !parameter.contains_key("$ref")
        {
            parameter.retain(|key, _| !STYLES.contains(&key.as_str()));
            parameter.entry("schema").or_insert_with(|| json!({ "type": "string" }));
        }
    }
    let document = &mut lowered.document;
    if let Some(named) =
        document.pointer_mut("/components/parameters").and_then(Value::as_object_mut)
    {
        named.values_mut().for_each(plain);
    }
    if let Some(paths) = document.get_mut("paths").and_then(Value::as_object_mut) {
        for item in paths.values_mut().filter_map(Value::as_object_mut) {
            for (key, member) in item.iter_mut() {
                let list =
                    if key == "parameters" { Some(member) } else { member.get_mut("parameters") };
                list.and_then(Value::as_array_mut).into_iter().flatten().for_each(plain);
            }
        }
    }
}

/// Other spellings are not a matter of types. Only members of named schemas: elsewhere there is no field
/// to mark.
pub(super) fn aliases(_: &Spec, lowered: &mut Lowered) {
    let mut found = Vec::new();
    each_schema(&mut lowered.document, |owner, schema| {
        for (name, property) in
            schema.get_mut("properties").and_then(Value::as_object_mut).into_iter().flatten()
        {
            let Some(aliases) = property.as_object_mut().and_then(|p| p.remove("x-aliases")) else {
                continue;
            };
            let aliases: Vec<String> = serde_json::from_value(aliases).unwrap_or_default();
            if !owner.is_empty() && !aliases.is_empty() {
                found.push(((owner.to_owned(), name.clone()), aliases));
            }
        }
    });
    lowered.aliases.extend(found);
}

/// Whether a value comes as a number or as a text is not a matter of types either.
pub(super) fn lenient_members(_: &Spec, lowered: &mut Lowered) {
    let found = take_flag(lowered, "x-lenient");
    lowered.lenient.extend(found);
}

/// Nor is what may be shown of it.
pub(super) fn secret_members(_: &Spec, lowered: &mut Lowered) {
    let found = take_flag(lowered, "x-secret");
    lowered.secret.extend(found);
}

/// Takes a mark off the members that have it, and names them by type and wire name.
fn take_flag(lowered: &mut Lowered, key: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    each_schema(&mut lowered.document, |owner, schema| {
        for (name, property) in
            schema.get_mut("properties").and_then(Value::as_object_mut).into_iter().flatten()
        {
            let flag = property.as_object_mut().and_then(|property| property.remove(key));
            if !owner.is_empty() && flag == Some(Value::Bool(true)) {
                found.push((owner.to_owned(), name.clone()));
            }
        }
    });
    found
}

/// typify reads these formats strictly, and one value that is not quite right would fail the answer.
pub(super) fn plain_strings(_: &Spec, lowered: &mut Lowered) {
    each_schema(&mut lowered.document, |_, schema| {
        let is_strict = ["uuid", "ip", "ipv4", "ipv6"].iter().any(|f| schema["format"] == *f);
        if is_strict && let Some(schema) = schema.as_object_mut() {
            schema.remove("format");
        }
    });
}

/// Milliseconds are dates to people, and dates come without a zone: both become optional dates whose
/// module reads what vendors send. Only members of named schemas: elsewhere there is no field to mark.
pub(super) fn times(_: &Spec, lowered: &mut Lowered) {
    let mut found = Vec::new();
    each_schema(&mut lowered.document, |owner, schema| {
        for (name, property) in
            schema.get_mut("properties").and_then(Value::as_object_mut).into_iter().flatten()
        {
            let module = match property["format"].as_str() {
                Some("unix-ms") => "unix_ms",
                Some("date-time") => "lenient_date_time",
                _ => continue,
            };
            let description = property.get("description").cloned().unwrap_or_default();
            *property = json!({ "type": "string", "format": "date-time", "nullable": true });
            if description.is_string() {
                property["description"] = description;
            }
            found.push(((owner.to_owned(), name.clone()), module));
        }
    });
    lowered.times.extend(found);
    // What is left is a parameter, a list item or the like: the number or text as it is sent.
    each_schema(&mut lowered.document, |_, schema| {
        if schema["format"] == "unix-ms" {
            schema["format"] = "int64".into();
        }
    });
}

/// typify decodes an optional list from "absent" only: a `null` fails, and an empty list cannot be
/// told from none. A nullable one is an `Option`.
pub(super) fn nullable_collections(_: &Spec, lowered: &mut Lowered) {
    each_schema(&mut lowered.document, |_, schema| {
        let required: Vec<String> = schema["required"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|name| name.as_str().map(str::to_owned))
            .collect();
        for (name, property) in
            schema.get_mut("properties").and_then(Value::as_object_mut).into_iter().flatten()
        {
            let is_collection = property["type"] == "array" || property["type"] == "object";
            if is_collection && !required.contains(name) {
                property["nullable"] = true.into();
            }
        }
    });
}

/// Limits are enforced on answers too, where a server's word goes; in requests the server checks them.
/// They stay in the specification for people.
pub(super) fn no_constraints(_: &Spec, lowered: &mut Lowered) {
    const LIMITS: [&str; 15] = [
        "minLength",
        "maxLength",
        "pattern",
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "multipleOf",
        "minItems",
        "maxItems",
        "uniqueItems",
        "minProperties",
        "maxProperties",
        "readOnly",
        "writeOnly",
    ];
    each_schema(&mut lowered.document, |_, schema| {
        if let Some(schema) = schema.as_object_mut() {
            schema.retain(|key, _| !LIMITS.contains(&key.as_str()));
        }
    });
}

/// typify *sends* defaults: an update would overwrite what the caller did not mention.
pub(super) fn no_defaults(_: &Spec, lowered: &mut Lowered) {
    each_schema(&mut lowered.document, |_, schema| {
        if let Some(schema) = schema.as_object_mut() {
            schema.remove("default");
        }
    });
}

/// typify names unnamed schemas by their title and merges two of one title, dropping members.
pub(super) fn no_titles(_: &Spec, lowered: &mut Lowered) {
    each_schema(&mut lowered.document, |_, schema| {
        if let Some(schema) = schema.as_object_mut()
            && schema.get("title").is_some_and(Value::is_string)
        {
            schema.remove("title");
        }
    });
}

/// `additionalProperties: true` drops unknown members and `false` refuses them: an open object keeps
/// them in `extra`, and a closed one ignores them.
pub(super) fn open_objects(_: &Spec, lowered: &mut Lowered) {
    each_schema(&mut lowered.document, |_, schema| match schema.get("additionalProperties") {
        Some(Value::Bool(true)) => schema["additionalProperties"] = json!({}),
        Some(Value::Bool(false)) => {
            if let Some(schema) = schema.as_object_mut() {
                schema.remove("additionalProperties");
            }
        }
        _ => {}
    });
    // A description beside a reference is lost, unless the reference is wrapped.
    each_schema(&mut lowered.document, |_, schema| {
        let is_described = schema.get("description").is_some() || schema.get("nullable").is_some();
        if is_described && let Some(target) = schema.as_object_mut().and_then(|s| s.remove("$ref"))
        {
            schema["allOf"] = json!([{ "$ref": target }]);
        }
    });
}
