//! Many small calls in one request: `POST /bulk`, `multipart/mixed` with `application/http` parts.
//!
//! The vendor documents that the endpoint exists; what is sent is known from one program that uses it and
//! from a call of the vendor's web application, the responses from the program alone. So begin with reads,
//! and compare the responses.
//!
//! ```no_run
//! # async fn run(client: mediavalet_sdk::Client) -> Result<(), mediavalet_sdk::Error> {
//! use mediavalet_sdk::{Method, bulk::BulkCall, types::Asset};
//!
//! let ids = ["2c6b34da-c2fd-41ea-84ee-3ab32219b591", "7d4bd8b4-6b46-4a8b-9f0f-2d0fb1c1b1de"];
//! let calls = ids.map(|id| BulkCall::new(Method::GET, format!("/assets/{id}")));
//! for answer in client.bulk(calls).await? {
//!     match answer.value::<Asset>() {
//!         Ok(asset) => println!("{:?}", asset.title),
//!         Err(error) => println!("{error}"),
//!     }
//! }
//! # Ok(()) }
//! ```

mod answer;
mod parts;

use std::fmt;

use http::{HeaderMap, header};
use oneteg_auth::{AuthRequest, CredentialVersion, Recovery};
use oneteg_http::{ByteStream, Error, ErrorKind, Method, UploadSource};
use serde::Serialize;

use crate::Client;

pub use answer::BulkAnswer;

/// The most bytes of an answer that are read.
const LONGEST: usize = 64 << 20;

/// One call among many.
#[derive(Clone)]
pub struct BulkCall {
    method: Method,
    path: String,
    body: Option<Result<String, String>>,
}

impl BulkCall {
    /// A call of a path below the base URL, with its query.
    pub fn new(method: Method, path: impl Into<String>) -> Self {
        Self { method, path: path.into(), body: None }
    }

    /// Sets a JSON body.
    #[must_use]
    pub fn json<T: Serialize + ?Sized>(mut self, value: &T) -> Self {
        self.body = Some(serde_json::to_string(value).map_err(|error| error.to_string()));
        self
    }
}

// Neither query nor body: both may have secrets.
impl fmt::Debug for BulkCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = self.body.as_ref().map(|body| body.as_ref().map_or(0, String::len));
        f.debug_struct("BulkCall")
            .field("method", &self.method)
            .field("path", &self.path.split('?').next().unwrap_or_default())
            .field("body_bytes", &bytes)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// Makes many calls in one request. The answers come in the order of the calls.
    ///
    /// A call whose access token was refused is made once more with a newer one. No other failure is
    /// tried again: some of the calls may have acted.
    ///
    /// # Errors
    /// Those of the request as a whole; what became of each call is in its answer.
    /// [`ErrorKind::InvalidRequest`] for a path that cannot be sent; [`ErrorKind::Envelope`] when the answer
    /// is none to these calls.
    pub async fn bulk(
        &self,
        calls: impl IntoIterator<Item = BulkCall>,
    ) -> Result<Vec<BulkAnswer>, Error> {
        let calls: Vec<BulkCall> = calls.into_iter().collect();
        if calls.is_empty() {
            return Ok(Vec::new());
        }
        let all: Vec<&BulkCall> = calls.iter().collect();
        let (version, mut answers) = self.bulk_once(&all).await?;
        let refused: Vec<usize> = (0..answers.len()).filter(|n| answers[*n].is_refused()).collect();
        if !refused.is_empty() && self.authenticator.refused(version).await? == Recovery::Retry {
            let again: Vec<&BulkCall> = refused.iter().map(|n| &calls[*n]).collect();
            let (_, newer) = self.bulk_once(&again).await?;
            for (n, answer) in refused.into_iter().zip(newer) {
                answers[n] = answer;
            }
        }
        Ok(answers)
    }

    async fn bulk_once(
        &self,
        calls: &[&BulkCall],
    ) -> Result<(CredentialVersion, Vec<BulkAnswer>), Error> {
        let base = self.runtime().base_url();
        // Each part carries the credential itself, as the one known program sends it.
        let mut headers = HeaderMap::new();
        let request = AuthRequest::new(base, &mut headers);
        let version = self.authenticator.authorize(request).await?;
        let boundary: String = std::iter::repeat_with(fastrand::alphanumeric).take(32).collect();
        let authorization = headers.get(header::AUTHORIZATION);
        let body = parts::write(base, authorization, calls, &boundary)?;
        let media_type = format!("multipart/mixed; boundary={boundary}");
        let request = self.request(Method::POST, "/bulk").header("content-type", &media_type);
        let answer = request.body(UploadSource::bytes(body)).send_stream().await?;
        let media_type = answer.headers().get(header::CONTENT_TYPE).cloned();
        let media_type = media_type.as_ref().and_then(|value| value.to_str().ok());
        let body = read(answer.into_inner()).await?;
        let answers: Vec<BulkAnswer> = parts::read(media_type, &body)
            .map_err(|why| Error::new(ErrorKind::Envelope, format!("the bulk answer {why}")))?
            .into_iter()
            .map(|part| BulkAnswer::new(self, part))
            .collect();
        if answers.len() != calls.len() {
            let (came, sent) = (answers.len(), calls.len());
            let message = format!("the bulk answer has {came} parts for {sent} calls");
            return Err(Error::new(ErrorKind::Envelope, message));
        }
        Ok((version, answers))
    }
}

async fn read(body: ByteStream) -> Result<Vec<u8>, Error> {
    body.collect(LONGEST).await
}
