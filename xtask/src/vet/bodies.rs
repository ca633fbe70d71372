//! Rules about request bodies.

use super::context::{Context, Report};
use crate::{openapi::Kind, spec::child};

/// The media type of a request body can be sent.
pub fn media_types(context: &Context<'_>, report: &mut Report<'_>) {
    for node in context.each(Kind::RequestBody).filter(|node| !node.is_reference()) {
        let pointer = child(&node.pointer, "content");
        for (media_type, _) in node.value["content"].as_object().into_iter().flatten() {
            if !is_media_type(media_type) {
                report.error(
                    &child(&pointer, media_type),
                    format!("`{media_type}` is not a media type"),
                    "write one such as `application/json`, or `application/octet-stream` for any bytes",
                );
            }
        }
    }
}

/// Whether a string is a media type, with or without parameters (RFC 9110 section 8.3.1).
fn is_media_type(string: &str) -> bool {
    let is_token = |half: &str| {
        !half.is_empty()
            && half.chars().all(|c| c.is_ascii_alphanumeric() || "!#$&-^_.+".contains(c))
    };
    let plain = string.split(';').next().unwrap_or_default().trim();
    plain.split_once('/').is_some_and(|(kind, sub)| is_token(kind) && is_token(sub))
}
