//! Refusals by the storage: a status, a code and a message in XML.

use axum::http::header::{CONTENT_TYPE, HeaderValue};
use axum::http::{HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::mediavalet::shared_access::SignatureError;
use crate::mediavalet::state::BlockError;

/// A refusal with one of Azure's codes.
#[derive(Debug)]
pub(crate) struct StorageError {
    status: StatusCode,
    code: &'static str,
    message: &'static str,
    detail: Option<String>,
}

impl StorageError {
    const fn new(status: StatusCode, code: &'static str, message: &'static str) -> Self {
        Self { status, code, message, detail: None }
    }

    fn authentication(detail: impl Into<String>) -> Self {
        let message = "Server failed to authenticate the request. Make sure the value of the \
                       signature is formed correctly.";
        let failure = Self::new(StatusCode::FORBIDDEN, "AuthenticationFailed", message);
        Self { detail: Some(detail.into()), ..failure }
    }

    fn missing_permission() -> Self {
        let message =
            "This request is not authorized to perform this operation using this permission.";
        Self::new(StatusCode::FORBIDDEN, "AuthorizationPermissionMismatch", message)
    }

    /// The sandbox's own check: the request carries a credential that is not meant for the storage.
    pub(super) fn leaked_credential() -> Self {
        let message = "The request carries a header that is meant for MediaValet's API.";
        Self::new(StatusCode::BAD_REQUEST, "InvalidAuthenticationInfo", message)
    }

    pub(super) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "BlobNotFound", "The specified blob does not exist.")
    }

    pub(super) fn missing_header(message: &'static str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "MissingRequiredHeader", message)
    }

    pub(super) fn invalid_header(message: &'static str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "InvalidHeaderValue", message)
    }

    pub(super) fn invalid_query(message: &'static str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "InvalidQueryParameterValue", message)
    }

    pub(super) fn md5_mismatch() -> Self {
        let message = "The MD5 value specified in the request did not match with the MD5 value calculated \
                       by the server.";
        Self::new(StatusCode::BAD_REQUEST, "Md5Mismatch", message)
    }

    pub(super) fn too_large() -> Self {
        let message = "The request body is too large and exceeds the maximum permissible limit.";
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "RequestBodyTooLarge", message)
    }

    pub(super) fn invalid_xml() -> Self {
        let message = "The XML specified is not syntactically valid.";
        Self::new(StatusCode::BAD_REQUEST, "InvalidXmlDocument", message)
    }

    fn unknown_block() -> Self {
        let message = "The specified block list is invalid.";
        Self::new(StatusCode::BAD_REQUEST, "InvalidBlockList", message)
    }

    fn block_list_too_long() -> Self {
        let message = "The block list may not contain more than 50,000 blocks.";
        Self::new(StatusCode::BAD_REQUEST, "BlockListTooLong", message)
    }

    fn block_id_length() -> Self {
        let message = "The specified blob or block content is invalid.";
        Self::new(StatusCode::BAD_REQUEST, "InvalidBlobOrBlock", message)
    }

    pub(super) fn condition_not_met() -> Self {
        let message = "The condition specified using HTTP conditional header(s) is not met.";
        Self::new(StatusCode::PRECONDITION_FAILED, "ConditionNotMet", message)
    }
}

impl From<SignatureError> for StorageError {
    fn from(error: SignatureError) -> Self {
        match error {
            SignatureError::Mismatch => Self::authentication("Signature did not match."),
            SignatureError::OutsideTimeFrame { start, expiry, now } => {
                Self::authentication(format!(
                    "Signature not valid in the specified time frame: Start [{start}] - \
                     Expiry [{expiry}] - Current [{now}]"
                ))
            }
            SignatureError::MissingPermission => Self::missing_permission(),
        }
    }
}

impl From<BlockError> for StorageError {
    fn from(error: BlockError) -> Self {
        match error {
            BlockError::IdLength => Self::block_id_length(),
            BlockError::ListTooLong => Self::block_list_too_long(),
            BlockError::UnknownBlock => Self::unknown_block(),
        }
    }
}

impl IntoResponse for StorageError {
    fn into_response(self) -> Response {
        let detail = self
            .detail
            .map(|detail| {
                format!("<AuthenticationErrorDetail>{detail}</AuthenticationErrorDetail>")
            })
            .unwrap_or_default();
        let body = format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>{}</Code><Message>{}</Message>{detail}\
             </Error>",
            self.code, self.message
        );
        let mut response = (self.status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/xml"));
        let name = HeaderName::from_static("x-ms-error-code");
        headers.insert(name, HeaderValue::from_static(self.code));
        response
    }
}
