//! Replays calls.
//!
//! A request gets the response of the first recorded call that equals it and was not replayed yet. Equal calls are
//! therefore replayed in the order in which they were made, and any others in any order.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use futures_util::stream;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use oneteg_auth::BoxFuture;
use reqwest::{Body as HttpBody, Request, Response, ResponseBuilderExt as _};
use serde_json::Value;
use url::Url;

use super::{
    capture::{Capture, ObservedBody, SharedCapture},
    content,
    format::{Body, Call, Failure},
    headers::distinguishing,
    matching::{self, Sent},
};
use crate::{
    Error, ErrorKind,
    pipeline::{Relay, RequestSender, SendTarget},
};

/// The size of the chunks of made-up content, in bytes.
const CHUNK: u64 = 64 * 1024;

/// The calls of a cassette, and how often each was replayed.
#[derive(Debug)]
pub(super) struct Player {
    calls: Vec<Call>,
    used: Mutex<Vec<bool>>,
}

impl Player {
    pub(super) fn new(calls: Vec<Call>) -> Self {
        Self { used: Mutex::new(vec![false; calls.len()]), calls }
    }

    pub(super) fn calls(&self) -> &[Call] {
        &self.calls
    }

    fn used(&self) -> MutexGuard<'_, Vec<bool>> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The calls that were not replayed.
    pub(super) fn unused(&self) -> Vec<&Call> {
        let used = self.used();
        self.calls.iter().zip(&*used).filter(|(_, used)| !**used).map(|(call, _)| call).collect()
    }

    pub(super) fn rewind(&self) {
        self.used().fill(false);
    }

    /// The call that equals a request.
    fn find(&self, sent: &Sent) -> Result<&Call, Error> {
        let mut used = self.used();
        let (mut nearest, mut equal) = (None::<(usize, matching::Differences)>, 0);
        for (index, call) in self.calls.iter().enumerate() {
            let differences = matching::compare(sent, call);
            if differences.is_empty() {
                if !used[index] {
                    used[index] = true;
                    return Ok(call);
                }
                equal += 1;
            } else if nearest
                .as_ref()
                .is_none_or(|(_, other)| differences.weight() < other.weight())
            {
                nearest = Some((index, differences));
            }
        }
        let line = matching::request_line(sent.operation, &sent.method, &sent.url);
        let message = match nearest {
            _ if equal > 0 => format!(
                "the cassette has {equal} call(s) {line}, and the program made one more; record it again if that is right"
            ),
            None => format!("the cassette has no calls, so none like {line}"),
            Some((index, differences)) => {
                let call = &self.calls[index];
                // The first line of the file is its header.
                let number = index + 2;
                let recorded = matching::request_line(&call.operation, &call.method, &call.url);
                format!(
                    "the cassette has no call {line}; the nearest is {recorded} in line {number}: {}. If the program passes \
                     the value itself, record with `keep` of it",
                    differences.shown()
                )
            }
        };
        Err(Error::new(ErrorKind::Configuration, message))
    }
}

impl Relay for Player {
    fn relay<'a>(
        self: Arc<Self>,
        mut request: Request,
        target: SendTarget<'a>,
        _: Option<&'a RequestSender>,
    ) -> BoxFuture<'a, Result<Response, Error>> {
        Box::pin(async move {
            let capture = read_body(request.body_mut().take()).await?;
            let mut body = content::read(request.headers(), &capture);
            let id = content::without_id(&mut body);
            let sent = Sent {
                operation: target.operation.id,
                method: request.method().to_string(),
                url: url_of(&target, request.url()),
                headers: distinguishing(request.headers()),
                body,
                length: capture.length,
            };
            let call = self.find(&sent)?;
            respond(call, request.method(), request.url(), id)
        })
    }
}

/// Reads a body to its end, as a server does, without keeping more than what is compared.
async fn read_body(body: Option<HttpBody>) -> Result<Capture, Error> {
    let Some(body) = body else { return Ok(Capture::default()) };
    if let Some(bytes) = body.as_bytes() {
        return Ok(Capture::of(bytes));
    }
    let capture = SharedCapture::default();
    let body = ObservedBody::wrap(body, capture.clone());
    let mut response = Response::from(http::Response::new(body));
    while response.chunk().await.map_err(Error::from_reqwest)?.is_some() {}
    Ok(capture.take())
}

/// The URL in the form in which the recorder writes it.
fn url_of(target: &SendTarget<'_>, url: &Url) -> String {
    if target.path.is_none() {
        let mut url = url.clone();
        url.set_fragment(None);
        return url.into();
    }
    let base = target.base_url.path().trim_end_matches('/');
    let whole = &url[url::Position::BeforePath..url::Position::AfterQuery];
    whole.strip_prefix(base).unwrap_or(whole).to_owned()
}

/// The response of a recorded call.
fn respond(call: &Call, method: &Method, url: &Url, id: Option<Value>) -> Result<Response, Error> {
    let Some(status) = call.status else {
        return Err(match call.failure {
            Some(Failure::Timeout) => {
                Error::new(ErrorKind::Timeout, "the server did not respond in time")
            }
            Some(Failure::Connect) => {
                Error::new(ErrorKind::Connect, "no connection to the server could be made")
            }
            _ => Error::new(ErrorKind::Transport, "the connection broke"),
        });
    };
    let damaged = |source: http::Error| {
        Error::new(ErrorKind::Configuration, "the cassette has no valid response")
            .with_source(source)
    };
    let mut builder = http::Response::builder()
        .status(StatusCode::from_u16(status).map_err(|error| damaged(error.into()))?)
        .url(url.clone());
    for (name, value) in &call.headers {
        builder = builder.header(name, value);
    }
    let (length, content) = match &call.response {
        None => (0, Content::Whole(Bytes::new())),
        Some(Body::Bytes(length)) => {
            let start = builder.headers_ref().map_or(0, first_byte);
            (*length, Content::MadeUp { seed: seed(url), start })
        }
        Some(Body::Json(json)) => {
            let mut json = json.clone();
            if let (Some(id), Value::Object(members)) = (id, &mut json)
                && members.contains_key("jsonrpc")
            {
                members.entry("id").or_insert(id);
            }
            let bytes = Bytes::from(json.to_string());
            (bytes.len() as u64, Content::Whole(bytes))
        }
        Some(Body::Text(text)) => (text.len() as u64, Content::Whole(text.clone().into())),
        Some(Body::Form(_) | Body::Parts(_)) => (0, Content::Whole(Bytes::new())),
    };
    let breaks = call.failure.is_some();
    if !breaks && (length > 0 || *method != Method::HEAD) && status != 204 && status != 304 {
        builder = builder.header(header::CONTENT_LENGTH, length);
    }
    let body = match content {
        Content::Whole(bytes) if !breaks => HttpBody::from(bytes),
        Content::Whole(bytes) => broken(stream::iter([Ok(bytes)])),
        Content::MadeUp { seed, start } if !breaks => {
            HttpBody::wrap_stream(stream::iter(made_up(seed, start, length)))
        }
        Content::MadeUp { seed, start } => broken(stream::iter(made_up(seed, start, length))),
    };
    Ok(builder.body(body).map_err(damaged)?.into())
}

enum Content {
    Whole(Bytes),
    /// Bytes that were not recorded.
    MadeUp {
        seed: u64,
        start: u64,
    },
}

type Chunk = Result<Bytes, std::io::Error>;

/// A body that breaks after what was received.
fn broken(received: impl futures_util::Stream<Item = Chunk> + Send + 'static) -> HttpBody {
    use futures_util::StreamExt as _;
    let failure = stream::once(async {
        Err(std::io::Error::new(std::io::ErrorKind::ConnectionReset, "the connection broke"))
    });
    HttpBody::wrap_stream(received.chain(failure))
}

/// The content of a file from a position on. The same URL has the same content, also in ranges.
fn made_up(seed: u64, start: u64, length: u64) -> impl Iterator<Item = Chunk> + Send + 'static {
    let mut at = start;
    let end = start.saturating_add(length);
    std::iter::from_fn(move || {
        if at >= end {
            return None;
        }
        let chunk = CHUNK.min(end - at);
        let bytes = (at..at + chunk).map(|position| byte(seed, position));
        at += chunk;
        Some(Ok(bytes.collect::<Vec<u8>>().into()))
    })
}

/// The byte at a position (SplitMix64).
fn byte(seed: u64, position: u64) -> u8 {
    let mut z = seed.wrapping_add((position / 8 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (z ^ (z >> 31)).to_le_bytes()[usize::try_from(position % 8).unwrap_or_default()]
}

/// A number for the path of a URL (FNV-1a).
fn seed(url: &Url) -> u64 {
    let bytes = url.path().bytes();
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// The position of the first byte in `Content-Range: bytes 7-9/20`.
fn first_byte(headers: &HeaderMap) -> u64 {
    let range =
        headers.get(header::CONTENT_RANGE).and_then(|value: &HeaderValue| value.to_str().ok());
    range
        .and_then(|range| range.strip_prefix("bytes ")?.split('-').next()?.parse().ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_up_content_is_the_same_in_ranges() {
        let all = |start, length| -> Vec<u8> {
            made_up(7, start, length).flat_map(|chunk| chunk.unwrap().to_vec()).collect()
        };
        let whole = all(0, 200_000);
        assert_eq!(whole.len(), 200_000);
        assert_eq!(all(70_001, 1000), whole[70_001..71_001]);
        assert_eq!(all(5, 0), Vec::<u8>::new());
        let distinct: std::collections::BTreeSet<&u8> = whole.iter().collect();
        assert!(distinct.len() > 250);
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_RANGE, HeaderValue::from_static("bytes 7-9/20"));
        assert_eq!(first_byte(&headers), 7);
    }
}
