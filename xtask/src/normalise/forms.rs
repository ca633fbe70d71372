//! Forms: objects whose members are fields or parts, each of which can be written.

use serde_json::{Map, Value, json};

use super::{
    Draft,
    content::{Form, bodies, form, is_object, kind, locate, members, required},
};
use crate::{model::resolve, spec::child};

const MULTIPART: &str = "multipart/form-data";
const URL_ENCODED: &str = "application/x-www-form-urlencoded";

/// Makes multipart forms objects that list their parts: parts of compositions become parts of the form, and a form
/// that does not list any accepts all.
pub(super) fn multipart_forms(draft: &mut Draft) {
    draft.with_unreached(|draft| {
        for body in bodies(draft) {
            let Some(of) = form(draft, &body, MULTIPART) else { continue };
            let root = &draft.spec.root;
            if of.schema.is_null() {
                set_schema(draft, &of.pointer, any_object());
                continue;
            }
            if is_object(root, &of.schema) == Some(false) || is_composed_of_others(root, &of.schema)
            {
                any_parts(
                    draft,
                    &of,
                    "the multipart body is not an object, so it accepts any parts",
                );
                continue;
            }
            let has_alternatives =
                ["oneOf", "anyOf"].iter().any(|key| of.schema.get(key).is_some());
            if has_alternatives || of.schema.get("allOf").is_some() {
                if has_alternatives {
                    draft.warn(
                    &of.origin,
                    "the multipart body has alternatives; its form has the parts of all of them",
                    "list the parts in `properties`",
                );
                }
                merge(draft, &of);
            }
            let schema = resolved_mut(draft, &of.pointer);
            if let Some(schema) = schema {
                schema.insert("type".to_owned(), "object".into());
                let is_empty =
                    schema.get("properties").and_then(Value::as_object).is_none_or(Map::is_empty);
                if is_empty {
                    schema.insert("additionalProperties".to_owned(), true.into());
                }
            }
        }
    });
}

/// Makes URL-encoded forms objects, and states how their nested fields are written.
pub(super) fn url_encoded_forms(draft: &mut Draft) {
    draft.with_unreached(|draft| {
        for body in bodies(draft) {
            let Some(of) = form(draft, &body, URL_ENCODED) else { continue };
            let root = &draft.spec.root;
            if of.schema.as_object().is_none_or(Map::is_empty) {
                set_schema(draft, &of.pointer, any_object());
                continue;
            }
            let is_composed =
                ["allOf", "oneOf", "anyOf"].iter().any(|key| of.schema.get(key).is_some());
            let may_be_object = match is_object(root, &of.schema) {
                Some(is_object) => is_object,
                None => is_composed && !is_composed_of_others(root, &of.schema),
            };
            if !may_be_object {
                any_parts(draft, &of, "the form is not an object, so it accepts any fields");
                continue;
            }
            encodings(draft, &of);
        }
    });
}

/// States the style of fields that hold nested values: brackets, unless the specification states another.
fn encodings(draft: &mut Draft, of: &Form) {
    let root = &draft.spec.root;
    let encoding = root.pointer(&of.pointer).map(|media_type| media_type["encoding"].clone());
    let is_stated = |name: &str| encoding.as_ref().is_some_and(|of| of.get(name).is_some());
    let nested: Vec<String> = members(root, &of.schema, &of.origin)
        .into_iter()
        .filter(|(name, pointer)| {
            !is_stated(name) && root.pointer(pointer).is_some_and(|member| is_nested(root, member))
        })
        .map(|(name, _)| name)
        .collect();
    if nested.is_empty() {
        return;
    }
    let list: Vec<String> = nested.iter().map(|name| format!("`{name}`")).collect();
    draft.warn(
        &of.pointer,
        format!(
            "the form does not state how nested values are written; its fields {} are written in brackets",
            list.join(", ")
        ),
        "state it in `encoding`: `style: deepObject` for brackets, `contentType: application/json` for JSON",
    );
    if let Some(media_type) = draft.value(&of.pointer) {
        if !media_type["encoding"].is_object() {
            media_type["encoding"] = json!({});
        }
        for name in nested {
            media_type["encoding"][name] = json!({ "style": "deepObject", "explode": true });
        }
    }
}

/// Whether a field is an object, or a list of objects or lists.
fn is_nested(root: &Value, schema: &Value) -> bool {
    match kind(root, schema) {
        Some("object") => true,
        Some("array") => {
            let items = &resolve(root, schema)["items"];
            matches!(kind(root, items), Some("object" | "array"))
        }
        _ => false,
    }
}

/// Whether a schema without a type is a composition of values that are not objects.
fn is_composed_of_others(root: &Value, schema: &Value) -> bool {
    if is_object(root, schema).is_some() {
        return false;
    }
    let parts = ["allOf", "oneOf", "anyOf"].iter().filter_map(|key| schema[*key].as_array());
    let mut kinds = parts.flatten().filter_map(|part| kind(root, part));
    kinds.any(|kind| kind != "object")
}

/// Replaces the schema of a form by an object of any members.
fn any_parts(draft: &mut Draft, of: &Form, message: &str) {
    draft.warn(&of.origin, message, "describe an object with a property for each part");
    set_schema(draft, &of.pointer, any_object());
}

fn any_object() -> Value {
    json!({ "type": "object", "additionalProperties": true })
}

/// Replaces the schema of a form by one with the members of all its parts.
fn merge(draft: &mut Draft, of: &Form) {
    let root = &draft.spec.root;
    let members = members(root, &of.schema, &of.origin);
    let required = required(root, &of.schema);
    let mut properties = Map::new();
    for (name, pointer) in &members {
        properties.insert(name.clone(), root.pointer(pointer).cloned().unwrap_or_default());
    }
    let mut schema = json!({ "type": "object", "properties": properties });
    if !required.is_empty() {
        schema["required"] = required.into();
    }
    if let Some(description) = of.schema.get("description") {
        schema["description"] = description.clone();
    }
    set_schema(draft, &of.pointer, schema);
    let target = child(&child(&of.pointer, "schema"), "properties");
    for (name, origin) in members {
        locate(draft, &child(&target, &name), &origin);
    }
}

fn set_schema(draft: &mut Draft, media_type: &str, schema: Value) {
    if let Some(media_type) = draft.value(media_type) {
        media_type["schema"] = schema;
    }
}

/// The schema of a media type, where it is written.
fn resolved_mut<'a>(draft: &'a mut Draft, media_type: &str) -> Option<&'a mut Map<String, Value>> {
    let mut pointer = child(media_type, "schema");
    for _ in 0..32 {
        let target = draft.spec.root.pointer(&pointer)?["$ref"].as_str();
        match target.and_then(|target| target.strip_prefix('#')) {
            Some(target) => pointer = target.to_owned(),
            None => break,
        }
    }
    draft.value(&pointer)?.as_object_mut()
}
