//! Checks whether the response to a download is the file.
//!
//! | Response | Result |
//! |---|---|
//! | 200 | a file |
//! | 206 for a requested range, or with the whole file | a file |
//! | 202 to an idempotent operation | [`ErrorKind::Locked`]: the file is being prepared, and the call is retried |
//! | any other success status, or 206 with a part that was not requested | [`ErrorKind::Integrity`] |
//! | a content coding that was not requested | [`ErrorKind::Integrity`] |
//! | an HTML page after a redirect, or for a name that does not denote HTML | [`ErrorKind::Html`] |

use std::{future::ready, path::Path};

use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt, stream};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use reqwest::Response;
use url::Url;

use super::{BufferedResponse, ContentRange, buffered::content_codings};
use crate::{Error, ErrorKind, header_value, request::NO_CONTENT_CODING};

/// How much of a body that is not a file is read, to show it in the error.
const LONGEST_PREVIEW: usize = 64 * 1024;

/// How many bytes a [`PageTest`] needs.
pub(crate) const PAGE_TEST_BYTES: usize = 256;

/// Whether the first bytes of a response are those of an HTML page.
pub(crate) type PageTest = fn(&[u8]) -> bool;

/// The request for a file.
pub(crate) struct FileRequest<'a> {
    pub(crate) url: &'a Url,
    pub(crate) headers: &'a [(http::HeaderName, HeaderValue)],
    pub(crate) idempotent: bool,
}

impl FileRequest<'_> {
    fn header(&self, name: &http::HeaderName) -> Option<&HeaderValue> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value)
    }
}

/// The response, if it is the requested file.
pub(crate) async fn accept(
    mut response: Response,
    request: FileRequest<'_>,
) -> Result<Response, Error> {
    if let Some(error) = refusal(&response, &request) {
        let error = error.with_status(response.status()).with_headers(response.headers());
        if response.headers().contains_key(header::CONTENT_ENCODING) {
            // An encoded body is not readable.
            return Err(error);
        }
        return Err(match BufferedResponse::read(&mut response, LONGEST_PREVIEW).await {
            Ok(buffered) => error.with_body(&buffered.body),
            Err(_) => error,
        });
    }
    // The requested file may be HTML. A page is suspected only after a redirect, which may lead to a sign-in, or if
    // a name denotes another type.
    let redirected = was_redirected(request.url, response.url());
    let file_name = disposition_name(response.headers());
    let requested_name = request.url.path_segments().and_then(|mut path| path.next_back());
    let is_other = |name: Option<&str>| name.is_some_and(denotes_other_than_html);
    let suspicious = redirected || is_other(file_name.as_deref()) || is_other(requested_name);
    let may_be_html = file_name.as_deref().is_some_and(denotes_html);
    let Some(is_page) = page_test(response.headers()).filter(|_| suspicious && !may_be_html) else {
        return Ok(response);
    };
    let (status, headers) = (response.status(), response.headers().clone());
    let mut first = BytesMut::new();
    while first.len() < PAGE_TEST_BYTES {
        let Some(bytes) = response.chunk().await.map_err(Error::from_reqwest)? else { break };
        first.extend_from_slice(&bytes);
    }
    let first = first.freeze();
    let is_empty_page = redirected && first.is_empty() && is_html(&headers);
    if !is_page(&first) && !is_empty_page {
        return Ok(put_back(first, response));
    }
    let host = response.url().host_str().unwrap_or_default();
    let message = if redirected {
        format!(
            "the server redirected to an HTML page on {host} instead of the file: check the sign-in"
        )
    } else {
        "the server sent an HTML page instead of the file: check the sign-in and any proxy"
            .to_owned()
    };
    let error = Error::new(ErrorKind::Html, message).with_status(status).with_headers(&headers);
    Err(error.with_body(&first))
}

/// The error of a response whose status or headers show that it is not the file.
fn refusal(response: &Response, request: &FileRequest<'_>) -> Option<Error> {
    let integrity = |message: String| Some(Error::new(ErrorKind::Integrity, message));
    match response.status() {
        StatusCode::OK => {}
        StatusCode::PARTIAL_CONTENT => {
            let whole = ContentRange::of(response.headers()).is_some_and(|range| range.is_whole());
            if request.header(&header::RANGE).is_none() && !whole {
                let message =
                    "the server sent part of the file (206) although the whole file was requested";
                return integrity(message.to_owned());
            }
        }
        StatusCode::ACCEPTED if request.idempotent => {
            let message =
                "the file is not ready yet: the server accepted the request (202); retry later";
            return Some(Error::new(ErrorKind::Locked, message));
        }
        status => {
            return integrity(format!("the server sent {status} where a file was expected"));
        }
    }
    let coding = content_codings(response.headers())?;
    let is_unrequested =
        request.header(&header::ACCEPT_ENCODING).is_none_or(|value| *value == NO_CONTENT_CODING);
    let message = format!(
        "the server sent the file with the content coding `{coding}`, which was not requested: \
         its bytes are not those of the file"
    );
    is_unrequested.then(|| Error::new(ErrorKind::Integrity, message))
}

/// Whether the response is from another URL than the requested one.
fn was_redirected(requested: &Url, responded: &Url) -> bool {
    // The URL of a response that was built in a test.
    if responded.host_str() == Some("no.url.provided.local") {
        return false;
    }
    let without_fragment = |url: &Url| {
        let mut url = url.clone();
        url.set_fragment(None);
        url
    };
    without_fragment(requested) != without_fragment(responded)
}

/// Whether a response is labelled as HTML.
fn is_html(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(header::CONTENT_TYPE) else { return false };
    let value = header_value::to_string(value).to_ascii_lowercase();
    let media_type = value.split(';').next().unwrap_or_default().trim();
    matches!(media_type, "text/html" | "application/xhtml+xml")
}

/// The bytes after a byte order mark and leading white space.
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

/// Whether the extension of a name denotes a format other than HTML, text or markup.
pub(crate) fn denotes_other_than_html(name: &str) -> bool {
    let guess = mime_guess::from_path(Path::new(name)).first();
    guess.is_some_and(|media_type| {
        let (kind, format) = (media_type.type_().as_str(), media_type.subtype().as_str());
        let other =
            ["html", "octet-stream", "php", "x-sh"].iter().any(|part| format.contains(part));
        let is_markup = format == "xml" || media_type.suffix().is_some_and(|s| s == "xml");
        kind != "text" && !other && !is_markup
    })
}

fn denotes_html(name: &str) -> bool {
    let guess = mime_guess::from_path(Path::new(name)).first();
    guess.is_some_and(|media_type| media_type.subtype().as_str().contains("html"))
}

/// The file name in `Content-Disposition` (RFC 6266). Only its extension is needed, so it is not decoded.
fn disposition_name(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::CONTENT_DISPOSITION)?;
    name_in_disposition(&header_value::to_string(value))
}

/// The file name in the value of a `Content-Disposition`, as it is encoded there.
pub(crate) fn name_in_disposition(value: &str) -> Option<String> {
    let (_, name) = value.rsplit_once("filename")?;
    let name = name.trim_start_matches(['*', '=', ' ', '"']);
    Some(name.split(['"', ';']).next().unwrap_or_default().trim().to_owned())
}

/// How to recognise an HTML page by its first bytes; `None` if the headers show that the response is not one.
/// The bytes decide because some servers label every file as HTML, and others label nothing.
fn page_test(headers: &HeaderMap) -> Option<PageTest> {
    if !headers.contains_key(header::CONTENT_TYPE) {
        return Some(begins_as_html);
    }
    is_html(headers).then_some(begins_with_markup)
}

/// Like [`page_test`], but `None` if the response names its file as HTML.
pub(crate) fn page_test_of_stream(headers: &HeaderMap) -> Option<PageTest> {
    let named_html = disposition_name(headers).is_some_and(|name| denotes_html(&name));
    page_test(headers).filter(|_| !named_html)
}

/// The whole response, after its first bytes were read.
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
    fn extensions_show_what_is_not_html() {
        for name in ["a.jpg", "A.JPG", "film.mov", "b.pdf", "c.zip", "d.docx", "e.json", "f.mp3"] {
            assert!(denotes_other_than_html(name), "{name}");
        }
        for name in [
            "a.html", "a.htm", "a.xhtml", "a.php", "a.txt", "a.xml", "a.svg", "a.css", "a.bin",
            "a", "", "original", "a.aspx", "a.md", "a.csv",
        ] {
            assert!(!denotes_other_than_html(name), "{name}");
        }
        assert!(denotes_html("a.html") && denotes_html("a.HTM") && !denotes_html("a.jpg"));
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
}
