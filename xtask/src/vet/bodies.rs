//! Rules about request bodies.

use serde_json::Value;

use super::context::{Context, Report};
use crate::openapi::Kind;
use crate::spec::child;

/// A request body has one media type, and one that can be sent.
pub fn one_media_type(context: &Context<'_>, report: &mut Report<'_>) {
    for node in context.each(Kind::RequestBody).filter(|node| !node.is_reference()) {
        let pointer = child(&node.pointer, "content");
        let content = node.value["content"].as_object();
        match content.map_or(0, serde_json::Map::len) {
            0 => report.error(
                &pointer,
                "the request body has no content",
                "add its media type to `content`",
            ),
            1 => {}
            count => report.error(
                &pointer,
                format!("the request body has {count} media types"),
                "keep the one that the client should send",
            ),
        }
        for (media_type, _) in content.into_iter().flatten() {
            let is_plain = media_type.split(';').next().is_some_and(|kind| {
                let mut halves = kind.trim().split('/');
                let half = |half: Option<&str>| {
                    half.is_some_and(|half| {
                        !half.is_empty()
                            && half
                                .chars()
                                .all(|c| c.is_ascii_alphanumeric() || "!#$&-^_.+".contains(c))
                    })
                };
                half(halves.next()) && half(halves.next()) && halves.next().is_none()
            });
            if !is_plain {
                report.error(
                    &child(&pointer, media_type),
                    format!("`{media_type}` is not a media type that can be sent"),
                    "write one without wildcards, such as `application/octet-stream` for any bytes",
                );
            }
        }
    }
}

/// The bodies of a media type: their pointer and their resolved schema.
fn forms<'a>(context: &Context<'a>, name: &str) -> Vec<(String, &'a Value)> {
    let mut found = Vec::new();
    for node in context.each(Kind::RequestBody) {
        if let Some(content) = node.value["content"].get(name) {
            let pointer = child(&child(&node.pointer, "content"), name);
            found.push((pointer, context.resolve(&content["schema"])));
        }
    }
    found
}

/// A multipart form is a closed object whose members are the parts.
pub fn multipart(context: &Context<'_>, report: &mut Report<'_>) {
    for (pointer, schema) in forms(context, "multipart/form-data") {
        if schema["properties"].as_object().is_none_or(serde_json::Map::is_empty) {
            report.error(
                &pointer,
                "the multipart body lists no parts",
                "describe an object with a property for each part",
            );
        }
        let is_open = schema.get("additionalProperties").is_some_and(|open| *open != false);
        if is_open || ["allOf", "oneOf", "anyOf"].iter().any(|key| schema.get(key).is_some()) {
            report.error(
                &pointer,
                "the multipart body does not list all parts",
                "list them in `properties`, without `allOf`, `oneOf`, `anyOf` or `additionalProperties`",
            );
        }
    }
}

/// Every part of a multipart form is a file or a plain value.
pub fn multipart_members(context: &Context<'_>, report: &mut Report<'_>) {
    for (pointer, schema) in forms(context, "multipart/form-data") {
        for (name, member) in schema["properties"].as_object().into_iter().flatten() {
            let member = context.resolve(member);
            let part = match member["type"].as_str() {
                Some("array") => context.resolve(&member["items"]),
                _ => member,
            };
            let is_plain =
                matches!(part["type"].as_str(), Some("string" | "integer" | "number" | "boolean"));
            let is_time = matches!(part["format"].as_str(), Some("date-time" | "unix-ms"));
            if !is_plain || is_time {
                report.error(
                    &pointer,
                    format!("the part `{name}` is neither a file nor a plain value"),
                    "describe it as a string, integer, number or boolean, or as a list of one of \
                     them; for times and JSON, describe a string and its format",
                );
            }
        }
    }
}

/// A URL-encoded form is an object of plain values.
pub fn urlencoded(context: &Context<'_>, report: &mut Report<'_>) {
    for (pointer, schema) in forms(context, "application/x-www-form-urlencoded") {
        if schema["type"] != "object" {
            report.error(
                &pointer,
                "the form is not an object",
                "describe an object with a property for each field",
            );
        }
        for (name, member) in schema["properties"].as_object().into_iter().flatten() {
            let member = context.resolve(member);
            if member["type"] == "object" || member.get("properties").is_some() {
                report.error(
                    &pointer,
                    format!("the field `{name}` of the form is an object"),
                    "use plain values and lists of them; describe JSON as a string",
                );
            }
        }
    }
}
