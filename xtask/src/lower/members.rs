//! Rules about members with an extension or a time.
//!
//! The schema loses the mark, and [`Lowered`] gets the member, so that the emitters can put an attribute
//! on its field. Only members of named schemas have such a field.

use serde_json::{Value, json};

use super::{CLOSED, Lowered, each_operation, each_schema};
use crate::{model::Flag, spec::Spec};

/// Removes `x-aliases`, which become `#[serde(alias)]`: typify cannot express a second name.
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

/// Removes `x-lenient`: typify cannot express a number that may be sent as a string.
pub(super) fn lenient_members(_: &Spec, lowered: &mut Lowered) {
    let found = take_marked(lowered, "x-lenient");
    lowered.lenient.extend(found);
}

/// Removes `x-secret`: the emitters write the `Debug` of types with secrets.
pub(super) fn secret_members(_: &Spec, lowered: &mut Lowered) {
    let found = take_marked(lowered, "x-secret");
    lowered.secret.extend(found);
}

/// Removes an extension from all members. Returns those that had it as `true`, by type name and wire name.
fn take_marked(lowered: &mut Lowered, key: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    each_schema(&mut lowered.document, |owner, schema| {
        for (name, property) in
            schema.get_mut("properties").and_then(Value::as_object_mut).into_iter().flatten()
        {
            let mark = property.as_object_mut().and_then(|property| property.remove(key));
            if !owner.is_empty() && mark == Some(Value::Bool(true)) {
                found.push((owner.to_owned(), name.clone()));
            }
        }
    });
    found
}

/// Makes flags, integers of which only 0 and 1 are known, booleans. The emitters write them as numbers.
pub(super) fn flags(_: &Spec, lowered: &mut Lowered) {
    fn boolean(schema: &mut Value) {
        if let Some(schema) = schema.as_object_mut() {
            schema.retain(|key, _| !matches!(key.as_str(), "enum" | "format"));
            schema.insert("type".to_owned(), "boolean".into());
        }
    }
    let mut found = Vec::new();
    each_schema(&mut lowered.document, |owner, schema| {
        let properties = schema.get_mut("properties").and_then(Value::as_object_mut);
        for (name, property) in properties.into_iter().flatten().filter(|_| !owner.is_empty()) {
            if Flag::of(property).is_some() {
                boolean(property);
                found.push((owner.to_owned(), name.clone()));
            }
        }
    });
    lowered.flags.extend(found);
    each_operation(&mut lowered.document, |_, operation| {
        let parameters = operation.get_mut("parameters").and_then(Value::as_array_mut);
        let schemas =
            parameters.into_iter().flatten().filter_map(|parameter| parameter.get_mut("schema"));
        schemas.filter(|schema| Flag::of(schema).is_some()).for_each(boolean);
    });
}

/// Makes times optional dates, read by a module that accepts what vendors send: milliseconds, and dates
/// without a time zone.
pub(super) fn times(_: &Spec, lowered: &mut Lowered) {
    let mut found = Vec::new();
    let forms: Vec<String> = lowered.forms.keys().cloned().collect();
    each_schema(&mut lowered.document, |owner, schema| {
        let is_form = forms.iter().any(|form| form == owner) && schema.get(CLOSED).is_some();
        for (name, property) in
            schema.get_mut("properties").and_then(Value::as_object_mut).into_iter().flatten()
        {
            // The parts of a form are not read.
            if is_form {
                continue;
            }
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
    // Elsewhere, such as in parameters and list items, a time is the number that is sent.
    each_schema(&mut lowered.document, |_, schema| {
        if schema["format"] == "unix-ms" {
            schema["format"] = "int64".into();
        }
    });
}
