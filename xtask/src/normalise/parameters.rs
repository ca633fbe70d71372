//! Rules about parameters: which are sent, and how they are written.

use serde_json::{Map, Value, json};

use super::Draft;
use crate::{
    model::{is_json, resolve},
    spec::child,
};

/// The headers that OpenAPI 3.0 requires to be ignored as parameters: media types and `security` describe them.
const IGNORED: [&str; 3] = ["accept", "content-type", "authorization"];

/// Removes the parameters that fit, and the shared ones that nothing else refers to. Returns where they were.
fn without(draft: &mut Draft, fits: impl Fn(&Value) -> bool) -> Vec<(String, String)> {
    let mut removed = Vec::new();
    draft.with_unreached(|draft| {
        for list in draft.parameter_lists() {
            let count =
                draft.spec.root.pointer(&list).and_then(Value::as_array).map_or(0, Vec::len);
            for index in (0..count).rev() {
                let pointer = format!("{list}/{index}");
                let parameter = draft.resolved(&pointer);
                if fits(&parameter) {
                    let name = parameter["name"].as_str().unwrap_or_default();
                    removed.push((pointer.clone(), name.to_owned()));
                }
            }
        }
        for (pointer, name) in &removed {
            warn_of(draft, pointer, name);
            draft.remove(pointer);
        }
    });
    removed
}

fn warn_of(draft: &mut Draft, pointer: &str, name: &str) {
    if draft.resolved(pointer)["in"] == "cookie" {
        draft.warn(
            pointer,
            format!("the cookie `{name}` is left out"),
            "an authenticator sends a credential that is a cookie",
        );
    }
}

/// `Accept`, `Content-Type` and `Authorization` are no parameters, whatever is listed.
pub(super) fn ignored_headers(draft: &mut Draft) {
    without(draft, |parameter| {
        let name = parameter["name"].as_str().unwrap_or_default();
        parameter["in"] == "header" && IGNORED.iter().any(|other| name.eq_ignore_ascii_case(other))
    });
}

/// Cookies are left out.
pub(super) fn cookies(draft: &mut Draft) {
    without(draft, |parameter| parameter["in"] == "cookie");
}

/// The keys of a schema that OpenAPI 2.0 has in the parameter itself.
const INLINE: [&str; 12] = [
    "type",
    "format",
    "items",
    "enum",
    "default",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "pattern",
    "minItems",
    "maxItems",
];

/// Every parameter has a `schema`. One with a media type is JSON in a query, and a string elsewhere.
pub(super) fn content(draft: &mut Draft) {
    for pointer in draft.parameters() {
        let Some(Value::Object(parameter)) = draft.value(&pointer) else { continue };
        if parameter.contains_key("schema") {
            parameter.remove("content");
            continue;
        }
        if let Some(Value::Object(content)) = parameter.remove("content") {
            let is_query = parameter.get("in") == Some(&json!("query"));
            let (media_type, body) = content.into_iter().next().unwrap_or_default();
            let schema = body.get("schema").cloned().unwrap_or_else(|| json!({}));
            let schema = match (is_json(&media_type), is_query) {
                (true, true) => {
                    parameter.insert("style".to_owned(), "json".into());
                    schema
                }
                (true, false) => {
                    draft.warn(
                        &pointer,
                        "the JSON of this parameter is given as a string",
                        "describe its members as parameters",
                    );
                    json!({ "type": "string" })
                }
                (false, _) => schema,
            };
            draft.set(&pointer, "schema", schema);
            let from = child(&child(&child(&pointer, "content"), &media_type), "schema");
            draft.spec.move_locations(&from, &child(&pointer, "schema"));
            continue;
        }
        let inline: Map<String, Value> = INLINE
            .iter()
            .filter_map(|key| Some(((*key).to_owned(), parameter.remove(*key)?)))
            .collect();
        if !inline.is_empty() {
            draft.set(&pointer, "schema", Value::Object(inline));
            draft.spec.set_location(&child(&pointer, "schema"), &pointer);
        }
    }
}

/// A style that the place of a parameter does not have is left out. For one value, all styles of a place are equal.
pub(super) fn styles(draft: &mut Draft) {
    for pointer in draft.parameters() {
        let parameter = draft.resolved(&pointer);
        let Some(style) = parameter["style"].as_str() else { continue };
        let schema = resolve(&draft.spec.root, &parameter["schema"]);
        let is_plain = schema["type"] != "array" && !is_object(schema);
        let (usual, known): (&str, &[&str]) = match parameter["in"].as_str() {
            Some("query") => {
                ("form", &["form", "deepObject", "spaceDelimited", "pipeDelimited", "json"])
            }
            Some("header") => ("simple", &["simple"]),
            // These change the text of the path itself.
            Some("path") => ("simple", &["simple", "label", "matrix"]),
            _ => continue,
        };
        if known.contains(&style) {
            continue;
        }
        if !is_plain {
            draft.warn(
                &child(&pointer, "style"),
                format!("the style `{style}` does not belong to this place; `{usual}` is used"),
                format!("write `style: {usual}`, or the style that the vendor reads"),
            );
        }
        draft.remove(&child(&pointer, "style"));
        if style == "simple" {
            draft.set(&pointer, "explode", false.into());
        }
    }
}

fn is_object(schema: &Value) -> bool {
    schema["type"] == "object" || schema.get("properties").is_some()
}

/// Values that cannot be written in their place: objects in paths and headers become strings, and nested values of a query
/// JSON, unless brackets show the levels.
pub(super) fn types(draft: &mut Draft) {
    for pointer in draft.parameters() {
        let parameter = draft.resolved(&pointer);
        let root = &draft.spec.root;
        let schema = resolve(root, &parameter["schema"]);
        let place = child(&pointer, "schema");
        let is_nested = nests(root, schema);
        if parameter["in"] == "query" {
            let style = parameter["style"].as_str();
            if is_nested && !matches!(style, Some("json" | "deepObject")) {
                draft.warn(
                    &place,
                    "the nested values of this query parameter are written as JSON",
                    "write `style: deepObject` for brackets, or `content` with `application/json` for JSON",
                );
                draft.set(&pointer, "style", "json".into());
            }
        } else if is_object(schema) || is_nested {
            draft.warn(
                &place,
                "this parameter is an object, which its place cannot hold; it is given as a string",
                "describe its members as parameters, or the whole as a string",
            );
            let schema = json!({ "type": "string" });
            draft.with_unreached(|draft| draft.set(&pointer, "schema", schema));
        }
    }
}

/// Whether a list or an object contains objects, or a list lists.
fn nests(root: &Value, schema: &Value) -> bool {
    let is_list = schema["type"] == "array";
    let inner: Vec<&Value> = if is_list {
        vec![&schema["items"]]
    } else {
        schema["properties"].as_object().into_iter().flatten().map(|(_, member)| member).collect()
    };
    inner.into_iter().map(|inner| resolve(root, inner)).any(|inner| {
        is_object(inner) || inner["type"] == "array" && (is_list || nests(root, inner))
    })
}
