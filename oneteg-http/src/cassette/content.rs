//! What a body contains, by its media type.

use http::{HeaderMap, header};
use serde_json::Value;

use super::{
    capture::Capture,
    format::{Body, Part},
    multipart,
};
use crate::header_value;

/// The content of a body before anything is replaced.
pub(super) fn read(headers: &HeaderMap, capture: &Capture) -> Option<Body> {
    if capture.length == 0 {
        return None;
    }
    let opaque = Body::Bytes(capture.length);
    let Some(content) = capture.content() else { return Some(opaque) };
    let media_type = headers.get(header::CONTENT_TYPE).map(header_value::to_string);
    let media_type = media_type.as_deref().unwrap_or_default();
    if let Some(boundary) = multipart::boundary(media_type) {
        let parts = multipart::parts(content, boundary);
        return Some(parts.map_or(opaque, |parts| Body::Parts(parts.iter().map(part).collect())));
    }
    // A coding of the content that the client did not undo.
    if headers.contains_key(header::CONTENT_ENCODING) {
        return Some(opaque);
    }
    Some(of_type(media_type, content).unwrap_or(opaque))
}

fn of_type(media_type: &str, content: &[u8]) -> Option<Body> {
    let media_type = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is = |part: &str| media_type.contains(part);
    let text = || std::str::from_utf8(content).ok().map(str::to_owned);
    if is("x-www-form-urlencoded") {
        return Some(Body::Form(url::form_urlencoded::parse(content).into_owned().collect()));
    }
    let looks_like_json = matches!(content.trim_ascii_start().first(), Some(b'{' | b'['));
    if is("json") || (looks_like_json && (media_type.is_empty() || is("text/"))) {
        if let Ok(json) = serde_json::from_slice(content) {
            return Some(Body::Json(json));
        }
        return text().map(Body::Text);
    }
    if media_type.is_empty() || is("text/") || is("xml") || is("html") {
        return text().map(Body::Text);
    }
    None
}

fn part(part: &multipart::RawPart<'_>) -> Part {
    let media_type = part.media_type.as_deref();
    let content = match (&part.file, media_type) {
        (Some(_), _) => None,
        (None, Some(media_type)) => of_type(media_type, part.content),
        (None, None) => of_type("text/plain", part.content).map(|body| match body {
            // What looks like JSON is text here.
            Body::Json(_) => Body::Text(String::from_utf8_lossy(part.content).into_owned()),
            other => other,
        }),
    };
    Part {
        name: part.name.clone(),
        file: part.file.clone(),
        content: content.unwrap_or(Body::Bytes(part.content.len() as u64)),
    }
}

/// Removes the id of a JSON-RPC document, which differs in every run.
pub(super) fn without_id(body: &mut Option<Body>) -> Option<Value> {
    match body {
        Some(Body::Json(Value::Object(members))) if members.contains_key("jsonrpc") => {
            members.remove("id")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use serde_json::json;

    use super::*;

    #[test]
    fn the_media_type_decides() {
        for (media_type, content, body) in [
            ("application/json", r#"{"a":1}"#, Body::Json(json!({"a": 1}))),
            ("application/problem+json; charset=utf-8", "[1]", Body::Json(json!([1]))),
            ("", "[1]", Body::Json(json!([1]))),
            ("text/plain", "[1]", Body::Json(json!([1]))),
            ("application/json", r#"{"a":"#, Body::Text(r#"{"a":"#.into())),
            ("text/html", "<p>", Body::Text("<p>".into())),
            ("application/xml", "<a/>", Body::Text("<a/>".into())),
            (
                "application/x-www-form-urlencoded",
                "a=%20b",
                Body::Form(vec![("a".into(), " b".into())]),
            ),
            ("image/svg+xml", "<svg/>", Body::Text("<svg/>".into())),
            ("application/octet-stream", "[1]", Body::Bytes(3)),
            ("multipart/form-data; boundary=x", "--x", Body::Bytes(3)),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_str(media_type).unwrap());
            assert_eq!(
                read(&headers, &Capture::of(content.as_bytes())),
                Some(body),
                "{media_type}"
            );
        }
        let not_utf8 = Capture::of(b"\xff");
        assert_eq!(read(&HeaderMap::new(), &not_utf8), Some(Body::Bytes(1)));
        assert_eq!(read(&HeaderMap::new(), &Capture::default()), None);
        let longer = Capture { bytes: Vec::new(), length: 7 };
        assert_eq!(read(&HeaderMap::new(), &longer), Some(Body::Bytes(7)));
    }
}
