//! `POST /bulk`: many requests in one, as `multipart/mixed` with a part of the type `application/http` for each.
//!
//! The vendor documents only that the call exists. The form of the request is known from a published client and from
//! the vendor's web application, that of the response from the client alone.

use axum::http::header::{CONTENT_TYPE, HeaderName};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri};
use bytes::Bytes;
use serde_json::json;

use super::response::ApiError;

/// The largest number of requests.
const MAX_PARTS: usize = 1000;

/// The boundary of responses. The published client reads the first 38 characters, so it has the length of a UUID.
const BOUNDARY: &str = "b0a4da47-0000-4000-8000-000000000001";

/// A request in a part. Headers of the whole, such as the subscription key, apply to it as well.
pub(crate) fn requests(outer: &Parts, body: &Bytes) -> Result<Vec<(Parts, Bytes)>, ApiError> {
    let refused = |reason: &str| ApiError::bad_request(format!("The body {reason}"));
    let media_type = outer.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let boundary = media_type
        .and_then(boundary)
        .ok_or_else(|| refused("is not multipart/mixed with a boundary"))?;
    let mut requests = Vec::new();
    for part in parts(body, &boundary).ok_or_else(|| refused("has no closing boundary"))? {
        let part = request(outer, part).ok_or_else(|| {
            refused(&format!("has no HTTP request in part {}", requests.len() + 1))
        })?;
        requests.push(part);
        if requests.len() > MAX_PARTS {
            return Err(refused(&format!("has more than {MAX_PARTS} parts")));
        }
    }
    Ok(requests)
}

fn boundary(media_type: &str) -> Option<String> {
    let (essence, parameters) = media_type.split_once(';')?;
    if !essence.trim().eq_ignore_ascii_case("multipart/mixed") {
        return None;
    }
    let value = parameters.split(';').find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("boundary").then(|| value.trim().trim_matches('"'))
    });
    value.filter(|value| !value.is_empty()).map(str::to_owned)
}

/// The parts between the delimiters (RFC 2046, section 5.1.1); `None` if the last delimiter is missing.
fn parts<'a>(body: &'a [u8], boundary: &str) -> Option<Vec<&'a [u8]>> {
    let delimiter = format!("--{boundary}");
    let (mut parts, mut start, mut position) = (Vec::new(), None, 0);
    for line in body.split_inclusive(|byte| *byte == b'\n') {
        let line_start = position;
        position += line.len();
        let is_last = match line.strip_prefix(delimiter.as_bytes()).map(<[u8]>::trim_ascii_end) {
            Some(b"") => false,
            Some(b"--") => true,
            _ => continue,
        };
        if let Some(start) = start {
            parts.push(body.get(start..line_start)?);
        }
        if is_last {
            return Some(parts);
        }
        start = Some(position);
    }
    None
}

/// The request in a part, after the headers of the part.
fn request(outer: &Parts, part: &[u8]) -> Option<(Parts, Bytes)> {
    let (_, message) = split_head(part)?;
    let (head, body) = split_head(message).unwrap_or((message, &[]));
    let mut lines = std::str::from_utf8(head).ok()?.lines();
    let mut words = lines.next()?.split(' ');
    let (method, target, version) = (words.next()?, words.next()?, words.next()?);
    if !version.starts_with("HTTP/1.") {
        return None;
    }
    let mut headers = outer.headers.clone();
    headers.remove(CONTENT_TYPE);
    for line in lines {
        let (name, value) = line.split_once(':')?;
        let name = HeaderName::from_bytes(name.trim().as_bytes()).ok()?;
        headers.insert(name, HeaderValue::from_str(value.trim()).ok()?);
    }
    // The storage is at the address that the client reached, not at the one in the part.
    restore_host(&mut headers, &outer.headers);
    let mut request = Request::new(());
    *request.method_mut() = method.parse::<Method>().ok()?;
    *request.uri_mut() = target.parse::<Uri>().ok()?;
    *request.headers_mut() = headers;
    // The line break before a delimiter belongs to the delimiter; JSON does not mind others.
    Some((request.into_parts().0, Bytes::copy_from_slice(body.trim_ascii())))
}

fn restore_host(headers: &mut HeaderMap, outer: &HeaderMap) {
    if let Some(host) = outer.get("host") {
        headers.insert("host", host.clone());
    }
}

/// Splits at the first blank line.
fn split_head(message: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut position = 0;
    for line in message.split_inclusive(|byte| *byte == b'\n') {
        let start = position;
        position += line.len();
        if line.trim_ascii().is_empty() {
            return Some((message.get(..start)?, message.get(position..)?));
        }
    }
    None
}

/// The response of the whole. A refusal has the members that the published client reads from one.
pub(crate) fn response(responses: Vec<(StatusCode, HeaderMap, Bytes)>) -> Response<Vec<u8>> {
    let mut body = Vec::new();
    for (status, headers, content) in responses {
        let reason = status.canonical_reason().unwrap_or("Unknown");
        let is_json = headers.get(CONTENT_TYPE).is_some_and(|it| it == "application/json");
        let content = match status.is_success() {
            true => content,
            false => Bytes::from(refusal(&content)),
        };
        let has_type = is_json || !status.is_success();
        let head = format!(
            "--{BOUNDARY}\r\nContent-Type: application/http; msgtype=response\r\n\r\n\
             HTTP/1.1 {} {reason}\r\n{}\r\n",
            status.as_u16(),
            if has_type { "Content-Type: application/json; charset=utf-8\r\n" } else { "" },
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(&content);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    let mut response = Response::new(body);
    let media_type = format!("multipart/mixed; boundary=\"{BOUNDARY}\"");
    if let Ok(media_type) = HeaderValue::from_str(&media_type) {
        response.headers_mut().insert(CONTENT_TYPE, media_type);
    }
    response
}

fn refusal(content: &[u8]) -> String {
    let message = String::from_utf8_lossy(content);
    // In this order, and as strings without quotes, since the published client searches for them.
    let message = json!(message.replace('"', "'")).to_string();
    format!(
        "{{\"Message\":{message},\"ExceptionMessage\":{message},\"ExceptionType\":\"ApiException\"}}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outer() -> Parts {
        let request = Request::builder()
            .header(CONTENT_TYPE, "multipart/mixed; boundary=\"b\"")
            .header("host", "127.0.0.1:1")
            .header("ocp-apim-subscription-key", "k");
        request.body(()).unwrap().into_parts().0
    }

    #[test]
    fn requests_are_read_with_the_headers_of_the_whole() {
        let body = "--b\r\nContent-Type: application/http; msgtype=request\r\n\r\n\
            POST /assets/1/keywords?runAsync=True HTTP/1.1\r\nhost: elsewhere\r\nAuthorization: Bearer t\r\n\
            content-type: application/json\r\n\r\n[\"a\"]\r\n\r\n\
            --b\r\nContent-Type: application/http\r\n\r\nGET / HTTP/1.1\r\n\r\n\r\n--b--\r\n";
        let requests = requests(&outer(), &Bytes::from(body)).unwrap();
        let (first, content) = &requests[0];
        assert_eq!((first.method.as_str(), &content[..]), ("POST", &b"[\"a\"]"[..]));
        assert_eq!(first.uri.to_string(), "/assets/1/keywords?runAsync=True");
        assert_eq!(first.headers["host"], "127.0.0.1:1");
        assert_eq!(first.headers["ocp-apim-subscription-key"], "k");
        assert_eq!((requests.len(), requests[1].1.len()), (2, 0));
    }

    #[test]
    fn other_bodies_are_refused() {
        for body in
            ["", "--b\r\n", "--b\r\n\r\n\r\n--b--", "--b\r\n\r\nGET /\r\n\r\n--b--", "--c--"]
        {
            assert!(requests(&outer(), &Bytes::from(body)).is_err(), "{body:?}");
        }
        let mut other = outer();
        other.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        assert!(requests(&other, &Bytes::from("--b--")).is_err());
    }
}
