//! Many small calls in one request: `POST /bulk`, `multipart/mixed` with `application/http` parts.
//!
//! The vendor documents that the endpoint exists, but not its format. The request format is known from one
//! published program and from a call of the vendor's web application, the response format from that program
//! alone. So try it with reads first, and check the responses.
//!
//! ```no_run
//! # async fn run(client: mediavalet_sdk::Client) -> Result<(), mediavalet_sdk::Error> {
//! use mediavalet_sdk::{Method, bulk::BulkCall, types::Asset};
//!
//! let ids = ["2c6b34da-c2fd-41ea-84ee-3ab32219b591", "7d4bd8b4-6b46-4a8b-9f0f-2d0fb1c1b1de"];
//! let calls = ids.map(|id| BulkCall::new(Method::GET, format!("/assets/{id}")));
//! for response in client.bulk(calls).await? {
//!     match response.value::<Asset>() {
//!         Ok(asset) => println!("{:?}", asset.title),
//!         Err(error) => println!("{error}"),
//!     }
//! }
//! # Ok(()) }
//! ```

mod message;
mod multipart;

use http::{HeaderMap, header};
use oneteg_auth::{AuthRequest, CredentialVersion, Recovery};
use oneteg_http::{Error, ErrorKind, Method, UploadSource};

use crate::Client;

pub use message::{BulkCall, BulkResponse};

/// The largest response that is read, in bytes.
const MAX_RESPONSE_SIZE: usize = 64 << 20;

impl Client {
    /// Sends many calls in one request. The responses are in the order of the calls.
    ///
    /// Calls whose access token is refused (401) are sent once more with a refreshed one; if that fails, the refusals
    /// are their responses. No other failure is retried, since some of the calls may have taken effect.
    ///
    /// # Errors
    /// Those of the request as a whole: [`ErrorKind::InvalidRequest`] for a path that cannot be sent,
    /// [`ErrorKind::Envelope`] if the response does not have one part for each call, and those of every call.
    /// The result of each call is in its [`BulkResponse`].
    pub async fn bulk(
        &self,
        calls: impl IntoIterator<Item = BulkCall>,
    ) -> Result<Vec<BulkResponse>, Error> {
        let calls: Vec<BulkCall> = calls.into_iter().collect();
        if calls.is_empty() {
            return Ok(Vec::new());
        }
        let all: Vec<&BulkCall> = calls.iter().collect();
        let (version, mut responses) = self.bulk_once(&all).await?;
        let refused: Vec<usize> =
            (0..responses.len()).filter(|n| responses[*n].is_unauthorized()).collect();
        // A failure is not returned: other calls may have taken effect, and their responses would be lost.
        if !refused.is_empty()
            && let Ok(Recovery::Retry) = self.authenticator.refused(version).await
        {
            let retried: Vec<&BulkCall> = refused.iter().map(|n| &calls[*n]).collect();
            if let Ok((_, newer)) = self.bulk_once(&retried).await {
                for (n, response) in refused.into_iter().zip(newer) {
                    responses[n] = response;
                }
            }
        }
        Ok(responses)
    }

    async fn bulk_once(
        &self,
        calls: &[&BulkCall],
    ) -> Result<(CredentialVersion, Vec<BulkResponse>), Error> {
        let base = self.runtime().base_url();
        // Each part carries the credential, as in the published program.
        let mut headers = HeaderMap::new();
        let request = AuthRequest::new(base, &mut headers);
        let version = self.authenticator.authorize(request).await?;
        let boundary: String = std::iter::repeat_with(fastrand::alphanumeric).take(32).collect();
        let authorization = headers.get(header::AUTHORIZATION);
        let body = multipart::encode(base, authorization, calls, &boundary)?;
        let media_type = format!("multipart/mixed; boundary={boundary}");
        let request = self.request(Method::POST, "/bulk").header("content-type", &media_type);
        let response = request.body(UploadSource::bytes(body)).send_stream().await?;
        let media_type = response.headers().get(header::CONTENT_TYPE).cloned();
        let media_type = media_type.as_ref().and_then(|value| value.to_str().ok());
        let body = response.into_inner().collect(MAX_RESPONSE_SIZE).await?;
        let responses: Vec<BulkResponse> = multipart::decode(media_type, &body)
            .map_err(|reason| {
                Error::new(ErrorKind::Envelope, format!("the bulk response {reason}"))
            })?
            .into_iter()
            .map(|part| BulkResponse::new(self, part))
            .collect();
        if responses.len() != calls.len() {
            let (parts, sent) = (responses.len(), calls.len());
            let message = format!("the bulk response has {parts} parts for {sent} calls");
            return Err(Error::new(ErrorKind::Envelope, message));
        }
        Ok((version, responses))
    }
}
