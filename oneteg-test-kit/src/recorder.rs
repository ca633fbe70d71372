//! A server on loopback that keeps every request and answers what the test wants.
//!
//! It fails the test when it cannot do its work, like the test itself.
#![allow(clippy::expect_used, clippy::panic, clippy::missing_panics_doc)]

use std::{
    fmt::Write as _,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{FromRequest as _, Multipart, Request},
    http::{HeaderMap, Method, Response, Uri, header},
};
use serde_json::{Value, json};

/// The credential of tests. It must never show up in anything but the header it is meant for.
pub const CANARY: &str = "canary-5fd1c0de-token";

/// One request as it arrived.
#[derive(Clone, Debug)]
pub struct RecordedRequest {
    /// The method.
    pub method: Method,
    /// Path and query.
    pub uri: Uri,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

/// One part of a multipart form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormPart {
    /// The name of the member.
    pub name: String,
    /// The name of the file, for a file.
    pub file_name: Option<String>,
    /// The media type, where one is sent.
    pub content_type: Option<String>,
    /// The header that name and file name were read from.
    pub disposition: String,
    /// The content.
    pub bytes: Vec<u8>,
}

/// The server. It ends with the test's runtime.
pub struct RequestRecorder {
    /// Its base URL.
    pub url: String,
    requests: Arc<Mutex<Vec<RecordedRequest>>>,
}

impl RequestRecorder {
    /// Answers remote procedures with this result in the envelope of the request's id.
    pub async fn json_rpc(result: Value) -> Self {
        Self::start(move |request| {
            let id = &request.json()["id"];
            let answer = json!({"jsonrpc": "2.0", "id": id, "result": result});
            json_response(answer.to_string())
        })
        .await
    }

    /// Answers everything with this body.
    pub async fn with_body(body: impl Into<Bytes>) -> Self {
        let body = body.into();
        Self::start(move |_| json_response(body.clone())).await
    }

    /// Answers as the function says.
    pub async fn start<F>(answer: F) -> Self
    where
        F: Fn(&RecordedRequest) -> Response<Body> + Clone + Send + Sync + 'static,
    {
        let requests = Arc::new(Mutex::new(Vec::new()));
        let kept = requests.clone();
        let app = Router::new().fallback(async move |request: Request| {
            let (head, body) = request.into_parts();
            let Ok(body) = axum::body::to_bytes(body, usize::MAX).await else {
                // The client gave up in the middle, as it does when an upload's source fails.
                return Response::default();
            };
            let recorded =
                RecordedRequest { method: head.method, uri: head.uri, headers: head.headers, body };
            let response = answer(&recorded);
            kept.lock().expect("the list of requests").push(recorded);
            response
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("the port");
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { url: format!("http://{address}"), requests }
    }

    /// What was sent so far, in order.
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.requests.lock().expect("the list of requests").clone()
    }

    /// The only request that was sent.
    pub fn only_request(&self) -> RecordedRequest {
        let requests = self.requests();
        assert_eq!(requests.len(), 1, "one request was to be sent: {requests:#?}");
        requests[0].clone()
    }
}

/// An answer of JSON.
pub fn json_response(body: impl Into<Body>) -> Response<Body> {
    Response::builder()
        .header(header::CONTENT_TYPE, "application/json")
        .body(body.into())
        .expect("an answer")
}

impl RecordedRequest {
    /// The body as JSON; `null` when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    fn boundary(&self) -> Option<String> {
        let media_type = self.headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
        let (_, boundary) = media_type.split_once("multipart/form-data; boundary=")?;
        Some(boundary.trim_matches('"').to_owned())
    }

    /// The parts of a multipart body.
    pub async fn parts(&self) -> Vec<FormPart> {
        let mut request = Request::new(Body::from(self.body.clone()));
        *request.headers_mut() = self.headers.clone();
        let mut form = Multipart::from_request(request, &()).await.expect("a multipart form");
        let mut parts = Vec::new();
        while let Some(field) = form.next_field().await.expect("a well-formed part") {
            parts.push(FormPart {
                name: field.name().unwrap_or_default().to_owned(),
                file_name: field.file_name().map(str::to_owned),
                content_type: field.content_type().map(str::to_owned),
                disposition: field
                    .headers()
                    .get(header::CONTENT_DISPOSITION)
                    .map(|value| value.as_bytes().escape_ascii().to_string())
                    .unwrap_or_default(),
                bytes: field.bytes().await.expect("the part's bytes").to_vec(),
            });
        }
        parts
    }

    /// The request as text for a snapshot: everything that is on the wire, except what differs from
    /// run to run or is a secret.
    pub async fn snapshot(&self) -> String {
        let boundary = self.boundary();
        let mut headers: Vec<String> = self
            .headers
            .iter()
            // Another crate of the build may switch decompression on in the HTTP client.
            .filter(|(name, _)| *name != header::ACCEPT_ENCODING)
            .map(|(name, value)| {
                let value = value.to_str().expect("a header of text");
                let value = match name.as_str() {
                    "host" => "[host]".to_owned(),
                    "user-agent" => value.replace(env!("CARGO_PKG_VERSION"), "[version]"),
                    "content-length" if boundary.is_some() => "[length]".to_owned(),
                    _ => match &boundary {
                        Some(boundary) => value.replace(boundary, "[boundary]"),
                        None => value.to_owned(),
                    },
                };
                format!("{name}: {}", value.replace(CANARY, "[token]"))
            })
            .collect();
        headers.sort();
        let mut text = format!("{} {}\n{}\n", self.method, self.uri, headers.join("\n"));
        if boundary.is_some() {
            for part in self.parts().await {
                let _ = write!(text, "\npart {}", part.disposition);
                if let Some(media_type) = &part.content_type {
                    let _ = write!(text, ", {media_type}");
                }
                let _ = write!(text, ":\n{}\n", part.bytes.escape_ascii());
            }
        } else if !self.body.is_empty() {
            let _ = match serde_json::from_slice::<Value>(&self.body) {
                Ok(json) => write!(text, "\n{json:#}\n"),
                Err(_) => write!(text, "\n{}\n", self.body.escape_ascii()),
            };
        }
        text
    }
}
