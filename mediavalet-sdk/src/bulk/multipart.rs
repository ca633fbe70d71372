//! The format of bulk requests and responses: `multipart/mixed` (RFC 2046, section 5.1) with one
//! `application/http` part (RFC 9112, section 10.2) for each call.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, StatusCode};
use oneteg_http::{Error, ErrorKind, reqwest::Url};

use super::message::BulkCall;

/// The largest number of headers in a part's response.
const MAX_HEADERS: usize = 64;

/// Writes the body of a bulk request.
pub(super) fn encode(
    base: &Url,
    authorization: Option<&HeaderValue>,
    calls: &[&BulkCall],
    boundary: &str,
) -> Result<Vec<u8>, Error> {
    let invalid = |message: String| Error::new(ErrorKind::InvalidRequest, message);
    let mut body = Vec::new();
    for call in calls {
        let path = &call.path;
        // Other bytes, such as a line break, could start a header.
        if !path.starts_with('/') || !path.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(invalid(format!(
                "{path:?} is not a URL path; start it with `/` and percent-encode special characters"
            )));
        }
        let json = match &call.body {
            Some(Ok(json)) => json.as_str(),
            Some(Err(reason)) => {
                return Err(invalid(format!("a body cannot be written as JSON: {reason}")));
            }
            None => "",
        };
        if json.contains(boundary) {
            let message = "a body contains the random boundary; send the request again";
            return Err(invalid(message.to_owned()));
        }
        let prefix = base.path().trim_end_matches('/');
        let mut line = |line: &str| {
            body.extend_from_slice(line.as_bytes());
            body.extend_from_slice(b"\r\n");
        };
        line(&format!("--{boundary}"));
        line("Content-Type: application/http; msgtype=request");
        line("");
        line(&format!("{} {prefix}{path} HTTP/1.1", call.method));
        let host = base.host_str().unwrap_or_default();
        let port = base.port().map(|port| format!(":{port}")).unwrap_or_default();
        line(&format!("host: {host}{port}"));
        if let Some(authorization) = authorization {
            // Not a `str`: a header value may have bytes that are not UTF-8.
            body.extend_from_slice(b"Authorization: ");
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

/// Reads the body of a bulk response, which may also be wrapped in a JSON string. The error completes "the bulk
/// response ...".
pub(super) fn decode(
    media_type: Option<&str>,
    body: &[u8],
) -> Result<Vec<Response<Bytes>>, String> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let is_string = body.trim_ascii_start().starts_with(b"\"");
    let unwrapped = is_string.then(|| oneteg_http::codegen::any(body)).flatten();
    let unwrapped = unwrapped.as_ref().and_then(serde_json::Value::as_str);
    let body = unwrapped.map_or(body, str::as_bytes);
    let boundary = match media_type.and_then(boundary_parameter) {
        // In a JSON string, the media type is that of the string.
        Some(boundary) if unwrapped.is_none() => boundary,
        _ => first_boundary(body).ok_or("is not `multipart/mixed`")?,
    };
    let mut delimiter = b"--".to_vec();
    delimiter.extend_from_slice(&boundary);
    let mut responses = Vec::new();
    let mut part_start: Option<usize> = None;
    let mut line_end = 0;
    for line in body.split_inclusive(|byte| *byte == b'\n') {
        let line_start = line_end;
        line_end += line.len();
        let is_last = match line.strip_prefix(&*delimiter).map(<[u8]>::trim_ascii_end) {
            Some(b"") => false,
            Some(b"--") => true,
            _ => continue,
        };
        if let Some(start) = part_start.take() {
            // The line break before a delimiter belongs to the delimiter.
            let part = &body[start..line_start];
            let part = part.strip_suffix(b"\n").unwrap_or(part);
            responses.push(response_in(part.strip_suffix(b"\r").unwrap_or(part))?);
        }
        if is_last {
            return Ok(responses);
        }
        part_start = Some(line_end);
    }
    Err("has no closing boundary; it was cut off".to_owned())
}

/// The boundary that a multipart media type names.
fn boundary_parameter(media_type: &str) -> Option<Vec<u8>> {
    let (essence, parameters) = media_type.split_once(';')?;
    if !essence.trim().to_ascii_lowercase().starts_with("multipart/") {
        return None;
    }
    let value = parameters.split(';').find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("boundary").then(|| value.trim().trim_matches('"'))
    })?;
    (!value.is_empty()).then(|| value.as_bytes().to_vec())
}

/// The boundary in the first line that looks like a delimiter.
fn first_boundary(body: &[u8]) -> Option<Vec<u8>> {
    body.split(|byte| *byte == b'\n')
        .find_map(|line| Some(line.strip_prefix(b"--")?.trim_ascii_end().to_vec()))
        .filter(|boundary| !boundary.is_empty())
}

/// The HTTP response in a part, after the headers of the part.
fn response_in(part: &[u8]) -> Result<Response<Bytes>, String> {
    let message = if part.starts_with(b"HTTP/") { part } else { after_blank_line(part)? };
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut parsed = httparse::Response::new(&mut headers);
    let malformed = || "has a part that is not an HTTP response".to_owned();
    // A response without a body may lack the blank line after its headers.
    let padded;
    let (message, head_length) = match parsed.parse(message).map_err(|_| malformed())? {
        httparse::Status::Complete(length) => (message, length),
        httparse::Status::Partial => {
            padded = [message, b"\r\n\r\n"].concat();
            headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
            parsed = httparse::Response::new(&mut headers);
            match parsed.parse(&padded) {
                Ok(httparse::Status::Complete(length)) => (&*padded, length),
                _ => return Err(malformed()),
            }
        }
    };
    let status = parsed.code.and_then(|code| StatusCode::from_u16(code).ok());
    let body = Bytes::copy_from_slice(message.get(head_length..).unwrap_or_default());
    let mut response = Response::new(body);
    *response.status_mut() = status.ok_or_else(malformed)?;
    for header in parsed.headers.iter() {
        let name = HeaderName::from_bytes(header.name.as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(header.value)) {
            response.headers_mut().append(name, value);
        }
    }
    Ok(response)
}

fn after_blank_line(part: &[u8]) -> Result<&[u8], String> {
    let mut line_end = 0;
    for line in part.split_inclusive(|byte| *byte == b'\n') {
        line_end += line.len();
        if line.trim_ascii().is_empty() {
            return Ok(&part[line_end..]);
        }
    }
    Err("has a part without content".to_owned())
}

#[cfg(test)]
mod tests {
    use oneteg_http::Method;

    use super::*;

    #[test]
    fn calls_are_written_as_in_the_published_program() {
        let base = "https://api.mediavalet.com".parse().unwrap();
        let token = HeaderValue::from_static("Bearer t");
        let call = BulkCall::new(Method::POST, "/assets/1/keywords").json(&["snow"]);
        let read = BulkCall::new(Method::GET, "/assets?count=1");
        let body = encode(&base, Some(&token), &[&call, &read], "b").unwrap();
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
                encode(&base, None, &[&call], "b").unwrap_err().kind(),
                ErrorKind::InvalidRequest
            );
        }
    }

    #[test]
    fn the_prefix_and_port_of_the_base_url_are_kept_and_the_boundary_stays_unique() {
        let base = "http://localhost:8080/api/".parse().unwrap();
        let call = BulkCall::new(Method::GET, "/assets");
        let body = String::from_utf8(encode(&base, None, &[&call], "b").unwrap()).unwrap();
        assert!(body.contains("GET /api/assets HTTP/1.1\r\nhost: localhost:8080\r\n"), "{body}");
        let call = BulkCall::new(Method::POST, "/assets").json("has the boundary");
        assert!(encode(&base, None, &[&call], "boundary").is_err());
        assert_eq!(encode(&base, None, &[], "b").unwrap(), b"--b--\r\n");
    }

    const RESPONSE: &str = "preamble\r\n--x y\r\nContent-Type: application/http; msgtype=response\r\n\r\n\
        HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{\"payload\":1}\r\n--x y\r\n\
        Content-Type: application/http\r\n\r\nHTTP/1.1 404 Not Found\r\n\r\n\r\n--x y\r\n\r\n\
        HTTP/1.1 204 No Content\r\nX: 1\r\n--x y--\r\nepilogue";

    fn summary(responses: Result<Vec<Response<Bytes>>, String>) -> Vec<(u16, usize, String)> {
        let responses = responses.unwrap().into_iter();
        responses
            .map(|response| {
                let body = String::from_utf8(response.body().to_vec()).unwrap();
                (response.status().as_u16(), response.headers().len(), body.trim_end().to_owned())
            })
            .collect()
    }

    #[test]
    fn responses_are_read_in_every_format() {
        let expected = vec![
            (200, 1, "{\"payload\":1}".to_owned()),
            (404, 0, String::new()),
            (204, 1, String::new()),
        ];
        let plain = RESPONSE.as_bytes();
        let quoted = Some("multipart/mixed; charset=x; boundary=\"x y\"");
        assert_eq!(summary(decode(quoted, plain)), expected);
        assert_eq!(summary(decode(None, plain)), expected);
        let wrapped = serde_json::to_vec(RESPONSE).unwrap();
        assert_eq!(summary(decode(Some("application/json"), &wrapped)), expected);
        assert_eq!(summary(decode(quoted, &wrapped)), expected);
        let unix = RESPONSE.replace("\r\n", "\n");
        assert_eq!(summary(decode(quoted, unix.as_bytes())), expected);
    }

    #[test]
    fn other_bytes_are_an_error_and_never_a_panic() {
        let whole = RESPONSE.as_bytes();
        let end = RESPONSE.find("--x y--").unwrap();
        for length in 0..end + 5 {
            assert!(decode(Some("multipart/mixed; boundary=\"x y\""), &whole[..length]).is_err());
        }
        for bad in ["", "--", "--b\r\n--b--", "--b\r\n\r\nHTTP/9\r\n--b--", "\"", "{}"] {
            assert!(decode(None, bad.as_bytes()).is_err(), "{bad:?}");
        }
    }
}
