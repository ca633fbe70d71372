//! Which responses to a streamed call are files.
//!
//! | Response | Is |
//! |---|---|
//! | 200; 206 to a request for a range, or one that carries the whole | a file |
//! | 202 | not ready: [`ErrorKind::Locked`], retried after its `Retry-After` if the operation is idempotent |
//! | another success status; 206 with a part that was not requested | [`ErrorKind::Integrity`] |
//! | a content coding that was not requested | [`ErrorKind::Integrity`] |
//! | HTML after a redirect, or for a name that does not denote HTML | [`ErrorKind::Html`] |

use std::{future::ready, path::Path};

use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt, stream};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use reqwest::Response;
use url::Url;

use crate::{Error, ErrorKind, answer::Answer, transfer::ContentRange};

/// How much of a body that is not a file is read, to show it.
const LONGEST_PREVIEW: usize = 64 * 1024;

/// How many bytes of a response are checked to see whether it is a page.
pub(crate) const BEGINNING: usize = 256;

/// Whether the first bytes of a response are those of a page.
pub(crate) type PageTest = fn(&[u8]) -> bool;

/// The `Accept-Encoding` of files: their bytes unchanged.
pub(crate) const AS_IT_IS: HeaderValue = HeaderValue::from_static("identity");

/// What was asked for.
pub(crate) struct Asked<'a> {
    pub(crate) url: &'a Url,
    pub(crate) headers: &'a [(http::HeaderName, HeaderValue)],
    pub(crate) idempotent: bool,
}

impl Asked<'_> {
    fn header(&self, name: &http::HeaderName) -> Option<&HeaderValue> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value)
    }
}

/// The response, if it is a file.
pub(crate) async fn accept(mut response: Response, asked: &Asked<'_>) -> Result<Response, Error> {
    if let Some(error) = refusal(&response, asked) {
        let about = error.with_status(response.status()).with_headers(response.headers());
        if response.headers().contains_key(header::CONTENT_ENCODING) {
            // Packed bytes tell nobody anything.
            return Err(about);
        }
        return Err(match Answer::read(&mut response, LONGEST_PREVIEW).await {
            Ok(answer) => about.with_body(&answer.body),
            Err(_) => about,
        });
    }
    let redirected = was_redirected(asked.url, response.url());
    let named = disposition_name(response.headers());
    let asked_for = asked.url.path_segments().and_then(|mut path| path.next_back());
    let is_other = |name: Option<&str>| name.is_some_and(is_no_html_name);
    let suspicious = redirected || is_other(named.as_deref()) || is_other(asked_for);
    let may_be_html = named.as_deref().is_some_and(is_html_name);
    let Some(is_page) = page_test(response.headers()).filter(|_| suspicious && !may_be_html) else {
        return Ok(response);
    };
    let (status, headers) = (response.status(), response.headers().clone());
    let mut first = BytesMut::new();
    while first.len() < BEGINNING {
        let Some(bytes) = response.chunk().await.map_err(Error::from_reqwest)? else { break };
        first.extend_from_slice(&bytes);
    }
    let first = first.freeze();
    let nothing_behind_redirect = redirected && first.is_empty() && is_html(&headers);
    if !is_page(&first) && !nothing_behind_redirect {
        return Ok(put_back(first, response));
    }
    let host = response.url().host_str().unwrap_or_default();
    let message = if redirected {
        format!(
            "the server redirected to a page of HTML on {host} instead of the file: check the sign-in"
        )
    } else {
        "a page of HTML came instead of the file: check the sign-in and any proxy".to_owned()
    };
    let error = Error::new(ErrorKind::Html, message).with_status(status).with_headers(&headers);
    Err(error.with_body(&first))
}

fn refusal(response: &Response, asked: &Asked<'_>) -> Option<Error> {
    let integrity = |message: String| Some(Error::new(ErrorKind::Integrity, message));
    match response.status() {
        StatusCode::OK => {}
        StatusCode::PARTIAL_CONTENT => {
            let whole = ContentRange::of(response.headers()).is_some_and(|range| range.is_whole());
            if asked.header(&header::RANGE).is_none() && !whole {
                let message =
                    "the server sent part of the file (206) although the whole file was requested";
                return integrity(message.to_owned());
            }
        }
        StatusCode::ACCEPTED if asked.idempotent => {
            let message =
                "the file is not ready yet: the server accepted the request (202); retry later";
            return Some(Error::new(ErrorKind::Locked, message));
        }
        status => {
            return integrity(format!("the server sent {status} where a file was expected"));
        }
    }
    let coding = coding(response.headers())?;
    let ours = asked.header(&header::ACCEPT_ENCODING).is_none_or(|asked| *asked == AS_IT_IS);
    let message = format!(
        "the server sent the file with the content coding `{coding}`, which was not requested: \
         its bytes are not those of the file"
    );
    ours.then(|| Error::new(ErrorKind::Integrity, message))
}

/// The content codings of a response, where they change its bytes (RFC 9110 section 8.4).
pub(crate) fn coding(headers: &HeaderMap) -> Option<String> {
    let values = headers.get_all(header::CONTENT_ENCODING).iter();
    let text: Vec<_> = values.map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
    let text = text.join(", ");
    let changes = |coding: &str| !coding.is_empty() && !coding.eq_ignore_ascii_case("identity");
    let coded = text.split(',').map(str::trim).any(changes);
    coded.then(|| text.chars().filter(|c| !c.is_control()).take(60).collect())
}

/// Whether the HTTP client, or we, followed a redirect.
fn was_redirected(asked: &Url, came: &Url) -> bool {
    // A response that a test made has this address.
    if came.host_str() == Some("no.url.provided.local") {
        return false;
    }
    let without_fragment = |url: &Url| {
        let mut url = url.clone();
        url.set_fragment(None);
        url
    };
    without_fragment(asked) != without_fragment(came)
}

/// Whether a response is labelled as a page.
fn is_html(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(header::CONTENT_TYPE) else { return false };
    let text = String::from_utf8_lossy(value.as_bytes()).to_ascii_lowercase();
    let media_type = text.split(';').next().unwrap_or_default().trim();
    matches!(media_type, "text/html" | "application/xhtml+xml")
}

/// A string without a leading byte order mark and white space.
fn trimmed(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start()
}

fn begins_with_markup(bytes: &[u8]) -> bool {
    let in_utf16 = bytes.starts_with(b"\xff\xfe<\0") || bytes.starts_with(b"\xfe\xff\0<");
    in_utf16 || trimmed(bytes).first() == Some(&b'<')
}

fn begins_as_html(bytes: &[u8]) -> bool {
    let mut bytes = trimmed(bytes);
    while let Some(comment) = bytes.strip_prefix(b"<!--") {
        let end = comment.windows(3).position(|three| three == b"-->");
        let Some(rest) = end.and_then(|end| comment.get(end + 3..)) else { return false };
        bytes = rest.trim_ascii_start();
    }
    [&b"<!doctype html"[..], b"<html", b"<head>", b"<body"]
        .iter()
        .any(|tag| bytes.get(..tag.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(tag)))
}

/// Whether a name's extension is known to be of a format that is not HTML, nor other text or markup.
pub(crate) fn is_no_html_name(name: &str) -> bool {
    let guess = mime_guess::from_path(Path::new(name)).first();
    guess.is_some_and(|media_type| {
        let (kind, format) = (media_type.type_().as_str(), media_type.subtype().as_str());
        let other =
            ["html", "octet-stream", "php", "x-sh"].iter().any(|part| format.contains(part));
        let is_markup = format == "xml" || media_type.suffix().is_some_and(|s| s == "xml");
        kind != "text" && !other && !is_markup
    })
}

fn is_html_name(name: &str) -> bool {
    let guess = mime_guess::from_path(Path::new(name)).first();
    guess.is_some_and(|media_type| media_type.subtype().as_str().contains("html"))
}

/// The name that a response gives its file (RFC 6266), as far as its extension goes.
fn disposition_name(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::CONTENT_DISPOSITION)?;
    let text = String::from_utf8_lossy(value.as_bytes());
    let (_, name) = text.rsplit_once("filename")?;
    let name = name.trim_start_matches(['*', '=', ' ', '"']);
    Some(name.split(['"', ';']).next().unwrap_or_default().trim().to_owned())
}

/// How to determine from its first bytes whether a response with these headers is a page; `None` if the headers
/// show that it is something else. Some servers label every file as HTML and others label nothing, so the bytes
/// decide.
fn page_test(headers: &HeaderMap) -> Option<PageTest> {
    if !headers.contains_key(header::CONTENT_TYPE) {
        return Some(begins_as_html);
    }
    is_html(headers).then_some(begins_with_markup)
}

/// As [`page_test`], for a stream that is saved under a name of something else.
pub(crate) fn page_test_of_stream(headers: &HeaderMap) -> Option<PageTest> {
    let named_html = disposition_name(headers).is_some_and(|name| is_html_name(&name));
    page_test(headers).filter(|_| !named_html)
}

/// A response whose first bytes were checked, unchanged.
fn put_back(first: Bytes, mut response: Response) -> Response {
    let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
    let body = stream::once(ready(Ok(first))).chain(response.bytes_stream());
    let mut whole = http::Response::new(reqwest::Body::wrap_stream(body));
    *whole.status_mut() = status;
    *whole.headers_mut() = headers;
    whole.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_what_is_not_html() {
        for name in ["a.jpg", "A.JPG", "film.mov", "b.pdf", "c.zip", "d.docx", "e.json", "f.mp3"] {
            assert!(is_no_html_name(name), "{name}");
        }
        for name in [
            "a.html", "a.htm", "a.xhtml", "a.php", "a.txt", "a.xml", "a.svg", "a.css", "a.bin",
            "a", "", "original", "a.aspx", "a.md", "a.csv",
        ] {
            assert!(!is_no_html_name(name), "{name}");
        }
        assert!(is_html_name("a.html") && is_html_name("a.HTM") && !is_html_name("a.jpg"));
    }

    #[test]
    fn the_name_in_a_disposition_is_read() {
        for (value, name) in [
            ("attachment; filename=\"a b.html\"", "a b.html"),
            ("attachment; filename=a.jpg; size=3", "a.jpg"),
            ("inline; filename=\"x.jpg\"; filename*=UTF-8''%C3%A9.html", "UTF-8''%C3%A9.html"),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_DISPOSITION, value.parse().unwrap());
            assert_eq!(disposition_name(&headers).as_deref(), Some(name));
        }
    }

    #[test]
    fn only_codings_that_change_bytes_count() {
        let read = |values: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(header::CONTENT_ENCODING, HeaderValue::from_static(value));
            }
            coding(&headers)
        };
        for plain in [&[][..], &["identity"], &["Identity"], &[""], &["identity, "]] {
            assert_eq!(read(plain), None, "{plain:?}");
        }
        assert_eq!(read(&["gzip"]).as_deref(), Some("gzip"));
        assert_eq!(read(&["identity", "br"]).as_deref(), Some("identity, br"));
    }
}
