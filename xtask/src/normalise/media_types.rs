//! Media types: one that can be sent for each request body, and none with wildcards.

use serde_json::{Map, Value};

use super::{
    Draft,
    content::{bodies, kind, locate, members, responses},
};
use crate::{
    model::{is_json, resolve},
    spec::child,
};

const JSON: &str = "application/json";
const MULTIPART: &str = "multipart/form-data";
const URL_ENCODED: &str = "application/x-www-form-urlencoded";
const BYTES: &str = "application/octet-stream";
const TEXT: &str = "text/plain";

/// Removes request bodies that have no media type: nothing can be sent in them.
pub(super) fn empty_bodies(draft: &mut Draft) {
    let root = &draft.spec.root;
    let is_empty = |pointer: &str| {
        let content = root.pointer(pointer).map(|body| &body["content"]);
        content.is_some_and(|content| {
            content.is_null() || content.as_object().is_some_and(Map::is_empty)
        })
    };
    let empty: Vec<String> = bodies(draft).into_iter().filter(|body| is_empty(body)).collect();
    for pointer in empty {
        draft.warn(
            &pointer,
            "the request body has no content, so it is left out",
            "add its media type to `content`, or remove it",
        );
        let users: Vec<String> = draft
            .operations()
            .into_iter()
            .filter(|operation| {
                let body = draft.spec.root.pointer(&child(operation, "requestBody"));
                let target = body.and_then(|body| body["$ref"].as_str());
                *operation == pointer.trim_end_matches("/requestBody")
                    || target.is_some_and(|target| target.strip_prefix('#') == Some(&pointer))
            })
            .collect();
        for operation in users {
            if let Some(operation) = draft.value(&operation).and_then(Value::as_object_mut) {
                operation.remove("requestBody");
            }
        }
        if let Some(name) = pointer.strip_prefix("/components/requestBodies/") {
            let name = name.replace("~1", "/").replace("~0", "~");
            let shared = draft.value("/components/requestBodies").and_then(Value::as_object_mut);
            shared.and_then(|shared| shared.remove(&name));
        }
    }
}

/// Replaces media types with wildcards, strings that are no media types, and JSON that is described as bytes, by what the
/// schema describes, and writes the others as the later steps know them.
pub(super) fn exact_media_types(draft: &mut Draft) {
    let bodies = bodies(draft).into_iter().map(|pointer| (pointer, true));
    let responses = responses(draft).into_iter().map(|pointer| (pointer, false));
    for (pointer, is_request) in bodies.chain(responses).collect::<Vec<_>>() {
        let pointer = child(&pointer, "content");
        for written in draft.spec.keys(&pointer) {
            let from = child(&pointer, &written);
            let schema = draft.spec.root.pointer(&from).map_or(&Value::Null, |of| &of["schema"]);
            let exact = exact(&draft.spec.root, &written, schema);
            if exact == written {
                continue;
            }
            let kind = match is_media_type(&written) {
                true if written.contains('*') => Some("has a wildcard"),
                true if is_json(&written) && exact == BYTES => Some("describes bytes"),
                true => None,
                false => Some("is none"),
            };
            if let Some(kind) = kind {
                let what = if is_request { "sent as" } else { "read as" };
                draft.warn(
                    &from,
                    format!("the media type `{written}` {kind}; it is {what} `{exact}`"),
                    "write the media type that the vendor uses",
                );
            }
            let Some(content) = draft.value(&pointer).and_then(Value::as_object_mut) else {
                continue;
            };
            if let Some(body) = content.remove(&written)
                && !content.contains_key(&exact)
            {
                content.insert(exact.clone(), body);
                locate(draft, &child(&pointer, &exact), &from);
            }
        }
    }
}

/// The media type that one stands for.
fn exact(root: &Value, written: &str, schema: &Value) -> String {
    let plain = written.split(';').next().unwrap_or_default().trim().to_lowercase();
    if [MULTIPART, URL_ENCODED].contains(&plain.as_str()) {
        return plain;
    }
    let (kind_of, sub) = match plain.split_once('/') {
        Some(halves) if is_media_type(written) => halves,
        // Words such as `json` and `form-data`.
        _ if plain.ends_with("json") => ("application", "x+json"),
        _ if plain.contains("form-data") => ("multipart", "*"),
        _ => ("*", "*"),
    };
    if is_json(&plain) && is_bytes(root, schema) {
        return BYTES.to_owned();
    }
    if is_media_type(written) && !plain.contains('*') {
        let is_json_in_capitals = is_json(&plain) && !is_json(written);
        return if is_json_in_capitals { plain } else { written.trim().to_owned() };
    }
    match (kind_of, sub) {
        (_, sub) if sub.ends_with("+json") => JSON.to_owned(),
        ("text", _) => TEXT.to_owned(),
        ("multipart", _) => MULTIPART.to_owned(),
        ("*" | "application", _) => match kind(root, schema) {
            Some("string") if is_bytes(root, schema) => BYTES.to_owned(),
            Some("string") => TEXT.to_owned(),
            None if schema.as_object().is_none_or(Map::is_empty) => BYTES.to_owned(),
            _ => JSON.to_owned(),
        },
        _ => BYTES.to_owned(),
    }
}

/// Whether a schema describes bytes, which JSON cannot contain.
fn is_bytes(root: &Value, schema: &Value) -> bool {
    let schema = resolve(root, schema);
    schema["type"] == "string" && schema["format"] == "binary"
}

/// Whether a string is a media type or a range of them, with or without parameters (RFC 9110 sections 8.3.1 and 12.5.1).
fn is_media_type(string: &str) -> bool {
    let is_token = |half: &str| {
        !half.is_empty()
            && half.chars().all(|c| c.is_ascii_alphanumeric() || "!#$&-^_.+*".contains(c))
    };
    let plain = string.split(';').next().unwrap_or_default().trim();
    plain.split_once('/').is_some_and(|(kind, sub)| is_token(kind) && is_token(sub))
}

/// Keeps one media type of each request body: a form if it contains a file, JSON otherwise, then forms, then the others
/// in their order.
pub(super) fn one_request_media_type(draft: &mut Draft) {
    draft.with_unreached(|draft| {
        for pointer in bodies(draft) {
            let pointer = child(&pointer, "content");
            let all = draft.spec.keys(&pointer);
            let root = &draft.spec.root;
            let schema = |media_type: &str| {
                root.pointer(&child(&pointer, media_type)).map_or(&Value::Null, |of| &of["schema"])
            };
            let origin = |media_type: &str| child(&child(&pointer, media_type), "schema");
            let rank = |media_type: &String| {
                rank(root, media_type, schema(media_type), &origin(media_type))
            };
            let Some(kept) = all.iter().min_by_key(|media_type| rank(media_type)) else { continue };
            let is_same = |other: &String| {
                is_json(other)
                    && is_json(kept)
                    && resolve(root, schema(other)) == resolve(root, schema(kept))
            };
            if !all.iter().all(|other| other == kept || is_same(other)) {
                let count = all.len();
                let kept = kept.clone();
                draft.warn(
                    &pointer,
                    format!("the request body has {count} media types; only `{kept}` is sent"),
                    "keep the one that the client should send",
                );
            }
            let kept = kept.clone();
            if let Some(content) = draft.value(&pointer).and_then(Value::as_object_mut) {
                content.retain(|media_type, _| *media_type == kept);
            }
        }
    });
}

/// The place of a media type in the order of preference.
fn rank(root: &Value, media_type: &str, schema: &Value, origin: &str) -> u8 {
    match media_type {
        MULTIPART if has_file(root, schema, origin) => 0,
        JSON => 1,
        json if is_json(json) => 2,
        MULTIPART => 3,
        URL_ENCODED => 4,
        xml if xml.contains("xml") => 6,
        _ => 5,
    }
}

/// Whether a form has a part that only it can send well.
fn has_file(root: &Value, schema: &Value, origin: &str) -> bool {
    let is_file = |schema: &Value| resolve(root, schema)["format"] == "binary";
    members(root, schema, origin).iter().any(|(_, pointer)| {
        let Some(member) = root.pointer(pointer) else { return false };
        is_file(member) || is_file(&resolve(root, member)["items"])
    })
}
