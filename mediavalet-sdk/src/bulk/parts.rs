//! The wire form: RFC 2046 section 5.1 with a part of `application/http` (RFC 9112 section 10.2) for
//! every call.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use oneteg_http::{Error, ErrorKind, reqwest::Url};

use super::BulkCall;

/// An answer inside of the answer.
pub(super) struct Part {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

/// The most headers that an answer inside may have.
const MOST_HEADERS: usize = 64;

pub(super) fn write(
    base: &Url,
    authorization: Option<&HeaderValue>,
    calls: &[&BulkCall],
    boundary: &str,
) -> Result<Vec<u8>, Error> {
    let invalid = |message: String| Error::new(ErrorKind::InvalidRequest, message);
    let mut body = Vec::new();
    for call in calls {
        let path = &call.path;
        // What is no URL path could begin a header of its own.
        if !path.starts_with('/') || !path.bytes().all(|byte| byte.is_ascii_graphic()) {
            let message =
                format!("{path:?} is no path; begin it with `/` and encode what is special");
            return Err(invalid(message));
        }
        let json = match &call.body {
            Some(Ok(json)) => json.as_str(),
            Some(Err(why)) => {
                return Err(invalid(format!("a body cannot be written as JSON: {why}")));
            }
            None => "",
        };
        if json.contains(boundary) {
            return Err(invalid("a body contains the random boundary; try again".to_owned()));
        }
        let prefix = base.path().trim_end_matches('/');
        let mut text = |text: &str| body.extend_from_slice(text.as_bytes());
        text(&format!("--{boundary}\r\nContent-Type: application/http; msgtype=request\r\n\r\n"));
        text(&format!("{} {prefix}{path} HTTP/1.1\r\n", call.method));
        let host = base.host_str().unwrap_or_default();
        let port = base.port().map(|port| format!(":{port}")).unwrap_or_default();
        text(&format!("host: {host}{port}\r\n"));
        if let Some(authorization) = authorization {
            text("Authorization: ");
            body.extend_from_slice(authorization.as_bytes());
            body.extend_from_slice(b"\r\n");
        }
        if call.body.is_some() {
            body.extend_from_slice(b"content-type: application/json\r\n");
        }
        body.extend_from_slice(b"\r\n");
        body.extend_from_slice(json.as_bytes());
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    Ok(body)
}

/// Reads an answer, also where it is wrapped in a JSON string.
pub(super) fn read(media_type: Option<&str>, body: &[u8]) -> Result<Vec<Part>, String> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let is_string = body.trim_ascii_start().starts_with(b"\"");
    let unwrapped = is_string.then(|| oneteg_http::codegen::any(body)).flatten();
    let unwrapped = unwrapped.as_ref().and_then(serde_json::Value::as_str);
    let body = unwrapped.map_or(body, str::as_bytes);
    let boundary = match media_type.and_then(boundary_of) {
        Some(boundary) if unwrapped.is_none() => boundary,
        // The first line that begins like one.
        _ => lines(body)
            .find_map(|line| Some(line.strip_prefix(b"--")?.trim_ascii_end().to_vec()))
            .filter(|boundary| !boundary.is_empty())
            .ok_or("is not of the form multipart/mixed")?,
    };
    let mut delimiter = b"--".to_vec();
    delimiter.extend_from_slice(&boundary);
    let mut parts = Vec::new();
    let mut part: Option<std::ops::Range<usize>> = None;
    let mut at = 0;
    for line in body.split_inclusive(|byte| *byte == b'\n') {
        let start = at;
        at += line.len();
        let rest = line.strip_prefix(&*delimiter).map(<[u8]>::trim_ascii_end);
        let (is_delimiter, is_end) = (matches!(rest, Some(b"" | b"--")), rest == Some(b"--"));
        if is_delimiter {
            if let Some(part) = part.take() {
                // The line break before a delimiter belongs to it.
                let bytes = &body[part.start..start];
                let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
                parts.push(inner(bytes.strip_suffix(b"\r").unwrap_or(bytes))?);
            }
            if is_end {
                return Ok(parts);
            }
            part = Some(at..at);
        }
    }
    Err("has no end; it was cut off".to_owned())
}

fn lines(body: &[u8]) -> impl Iterator<Item = &[u8]> {
    body.split(|byte| *byte == b'\n')
}

fn boundary_of(media_type: &str) -> Option<Vec<u8>> {
    let (kind, parameters) = media_type.split_once(';')?;
    if !kind.trim().to_ascii_lowercase().starts_with("multipart/") {
        return None;
    }
    let value = parameters.split(';').find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("boundary").then(|| value.trim().trim_matches('"'))
    })?;
    (!value.is_empty()).then(|| value.as_bytes().to_vec())
}

/// The response in a part: the part's own headers, then status line, headers and body.
fn inner(part: &[u8]) -> Result<Part, String> {
    let message = if part.starts_with(b"HTTP/") { part } else { after_blank_line(part)? };
    let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut response = httparse::Response::new(&mut headers);
    let torn = || "has a part that is no HTTP response".to_owned();
    // A response without a body may end without the blank line.
    let padded;
    let (message, length) = match response.parse(message).map_err(|_| torn())? {
        httparse::Status::Complete(length) => (message, length),
        httparse::Status::Partial => {
            padded = [message, b"\r\n\r\n"].concat();
            headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
            response = httparse::Response::new(&mut headers);
            match response.parse(&padded) {
                Ok(httparse::Status::Complete(length)) => (&*padded, length),
                _ => return Err(torn()),
            }
        }
    };
    let status = response.code.and_then(|code| StatusCode::from_u16(code).ok()).ok_or_else(torn)?;
    let mut named = HeaderMap::new();
    for header in response.headers.iter() {
        let name = HeaderName::from_bytes(header.name.as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(header.value)) {
            named.append(name, value);
        }
    }
    let body = Bytes::copy_from_slice(message.get(length..).unwrap_or_default());
    Ok(Part { status, headers: named, body })
}

fn after_blank_line(part: &[u8]) -> Result<&[u8], String> {
    let mut at = 0;
    for line in part.split_inclusive(|byte| *byte == b'\n') {
        at += line.len();
        if line.trim_ascii().is_empty() {
            return Ok(&part[at..]);
        }
    }
    Err("has a part without content".to_owned())
}

#[cfg(test)]
mod tests {
    use oneteg_http::Method;

    use super::*;

    #[test]
    fn calls_are_written_as_the_one_known_program_writes_them() {
        let base = "https://api.mediavalet.com".parse().unwrap();
        let token = HeaderValue::from_static("Bearer t");
        let call = BulkCall::new(Method::POST, "/assets/1/keywords").json(&["snow"]);
        let read = BulkCall::new(Method::GET, "/assets?count=1");
        let body = write(&base, Some(&token), &[&call, &read], "b").unwrap();
        let expected = "--b\r\nContent-Type: application/http; msgtype=request\r\n\r\n\
            POST /assets/1/keywords HTTP/1.1\r\nhost: api.mediavalet.com\r\nAuthorization: Bearer t\r\n\
            content-type: application/json\r\n\r\n[\"snow\"]\r\n\
            --b\r\nContent-Type: application/http; msgtype=request\r\n\r\n\
            GET /assets?count=1 HTTP/1.1\r\nhost: api.mediavalet.com\r\nAuthorization: Bearer t\r\n\r\n\r\n\
            --b--\r\n";
        assert_eq!(String::from_utf8(body).unwrap(), expected);
        for bad in ["assets", "/a b", "/a\r\nx: y", ""] {
            let call = BulkCall::new(Method::GET, bad);
            assert_eq!(
                write(&base, None, &[&call], "b").unwrap_err().kind(),
                ErrorKind::InvalidRequest
            );
        }
    }

    const ANSWER: &str = "preamble\r\n--x y\r\nContent-Type: application/http; msgtype=response\r\n\r\n\
        HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{\"payload\":1}\r\n--x y\r\n\
        Content-Type: application/http\r\n\r\nHTTP/1.1 404 Not Found\r\n\r\n\r\n--x y\r\n\r\n\
        HTTP/1.1 204 No Content\r\nX: 1\r\n--x y--\r\nepilogue";

    fn summary(parts: Result<Vec<Part>, String>) -> Vec<(u16, usize, String)> {
        let parts = parts.unwrap().into_iter();
        parts
            .map(|part| {
                let body = String::from_utf8(part.body.to_vec()).unwrap();
                (part.status.as_u16(), part.headers.len(), body.trim_end().to_owned())
            })
            .collect()
    }

    #[test]
    fn answers_are_read_in_every_dress() {
        let expected = vec![
            (200, 1, "{\"payload\":1}".to_owned()),
            (404, 0, String::new()),
            (204, 1, String::new()),
        ];
        let plain = ANSWER.as_bytes();
        let quoted = Some("multipart/mixed; charset=x; boundary=\"x y\"");
        assert_eq!(summary(read(quoted, plain)), expected);
        assert_eq!(summary(read(None, plain)), expected);
        let wrapped = serde_json::to_vec(ANSWER).unwrap();
        assert_eq!(summary(read(Some("application/json"), &wrapped)), expected);
        assert_eq!(summary(read(quoted, &wrapped)), expected);
        let unix = ANSWER.replace("\r\n", "\n");
        assert_eq!(summary(read(quoted, unix.as_bytes())), expected);
    }

    #[test]
    fn what_is_no_answer_is_an_error_and_never_a_panic() {
        let whole = ANSWER.as_bytes();
        let end = ANSWER.find("--x y--").unwrap();
        for length in 0..end + 5 {
            assert!(read(Some("multipart/mixed; boundary=\"x y\""), &whole[..length]).is_err());
        }
        for bad in ["", "--", "--b\r\n--b--", "--b\r\n\r\nHTTP/9\r\n--b--", "\"", "{}"] {
            assert!(read(None, bad.as_bytes()).is_err(), "{bad:?}");
        }
    }
}
