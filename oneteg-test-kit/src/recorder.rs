//! A server on loopback that records every request and responds as the test wants.
//!
//! Like a test, it panics when something fails.
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

/// The credential of tests. It must never appear anywhere but in its header.
pub const CANARY: &str = "canary-5fd1c0de-token";

/// A request as it was received.
#[derive(Clone, Debug)]
#[non_exhaustive]
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
#[non_exhaustive]
pub struct FormPart {
    /// The name of the form field.
    pub name: String,
    /// The file name, if it is a file.
    pub file_name: Option<String>,
    /// The media type, if it has one.
    pub content_type: Option<String>,
    /// The header with the names.
    pub disposition: String,
    /// The content.
    pub bytes: Vec<u8>,
}

/// The server. It stops with the test's runtime.
pub struct RequestRecorder {
    /// Its base URL.
    pub url: String,
    requests: Arc<Mutex<Vec<RecordedRequest>>>,
}

impl RequestRecorder {
    /// Responds to JSON-RPC requests with this result.
    pub async fn json_rpc(result: Value) -> Self {
        Self::start(move |request| {
            let id = &request.json()["id"];
            let response = json!({"jsonrpc": "2.0", "id": id, "result": result});
            json_response(response.to_string())
        })
        .await
    }

    /// Responds to every request with this JSON body.
    pub async fn with_body(body: impl Into<Bytes>) -> Self {
        let body = body.into();
        Self::start(move |_| json_response(body.clone())).await
    }

    /// Responds to every request with the result of the function.
    pub async fn start<F>(respond: F) -> Self
    where
        F: Fn(&RecordedRequest) -> Response<Body> + Clone + Send + Sync + 'static,
    {
        let requests = Arc::new(Mutex::new(Vec::new()));
        let recorded_requests = requests.clone();
        let app = Router::new().fallback(async move |request: Request| {
            let (head, body) = request.into_parts();
            let Ok(body) = axum::body::to_bytes(body, usize::MAX).await else {
                // The client stopped in the middle, as it does when the source of an upload fails.
                return Response::default();
            };
            let recorded =
                RecordedRequest { method: head.method, uri: head.uri, headers: head.headers, body };
            let response = respond(&recorded);
            recorded_requests.lock().expect("the list of requests").push(recorded);
            response
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("the port");
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { url: format!("http://{address}"), requests }
    }

    /// The requests so far, in order.
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.requests.lock().expect("the list of requests").clone()
    }

    /// The only request.
    pub fn only_request(&self) -> RecordedRequest {
        let requests = self.requests();
        assert_eq!(requests.len(), 1, "expected one request: {requests:#?}");
        requests[0].clone()
    }
}

/// A response with a JSON body.
pub fn json_response(body: impl Into<Body>) -> Response<Body> {
    Response::builder()
        .header(header::CONTENT_TYPE, "application/json")
        .body(body.into())
        .expect("a valid response")
}

impl RecordedRequest {
    /// The body as JSON; `null` if it is not JSON.
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

    /// The request for a snapshot: everything on the wire, except secrets and what differs from run to run.
    pub async fn snapshot(&self) -> String {
        let boundary = self.boundary();
        let mut headers: Vec<String> = self
            .headers
            .iter()
            // Another crate in the build may enable decompression in the HTTP client.
            .filter(|(name, _)| *name != header::ACCEPT_ENCODING)
            .map(|(name, value)| {
                let value = value.to_str().expect("a printable header");
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
        let mut snapshot = format!("{} {}\n{}\n", self.method, self.uri, headers.join("\n"));
        if boundary.is_some() {
            for part in self.parts().await {
                let _ = write!(snapshot, "\npart {}", part.disposition);
                if let Some(media_type) = &part.content_type {
                    let _ = write!(snapshot, ", {media_type}");
                }
                let _ = write!(snapshot, ":\n{}\n", part.bytes.escape_ascii());
            }
        } else if !self.body.is_empty() {
            let _ = match serde_json::from_slice::<Value>(&self.body) {
                Ok(json) => write!(snapshot, "\n{json:#}\n"),
                Err(_) => write!(snapshot, "\n{}\n", self.body.escape_ascii()),
            };
        }
        snapshot
    }
}
