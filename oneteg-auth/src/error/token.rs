use std::{fmt, time::Duration};

/// Why a token request failed, by what it means for the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TokenErrorKind {
    /// `invalid_grant`: the refresh token or code is used up, expired or revoked.
    InvalidGrant,
    /// `invalid_client`: the client id or secret is wrong.
    InvalidClient,
    /// Another OAuth error code: the request as configured is not allowed.
    Refused,
    /// No connection was made.
    Unreachable,
    /// No complete answer in time.
    Timeout,
    /// The connection broke, or the answer was cut off.
    ConnectionLost,
    /// The server asked to slow down (429).
    RateLimited,
    /// The server failed (5xx).
    ServerFailure,
    /// The endpoint answered with a redirect, which is never followed with credentials.
    Redirected,
    /// The answer is longer than 1 MiB.
    TooLarge,
    /// The answer is not that of a token endpoint: HTML from a proxy, compressed, or incomplete JSON.
    NotAnOAuthResponse,
}

/// A failed token request. It has the error code and status, never a word of the answer's text.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TokenError {
    /// What it means for the session.
    pub kind: TokenErrorKind,
    /// The HTTP status, when there was an answer.
    pub status: Option<u16>,
    /// The OAuth error code (RFC 6749 section 5.2), when it is one of the registered ones.
    pub code: Option<&'static str>,
    /// How long the server asked to wait, at most one hour.
    pub retry_after: Option<Duration>,
    /// What came in place of an OAuth response, such as `HTML or XML`.
    pub seen: Option<&'static str>,
}

impl TokenError {
    /// A failure without an answer.
    pub fn new(kind: TokenErrorKind) -> Self {
        Self { kind, status: None, code: None, retry_after: None, seen: None }
    }

    /// A response that is no OAuth response, with what it is instead.
    pub(crate) fn not_oauth(seen: &'static str) -> Self {
        Self { seen: Some(seen), ..Self::new(TokenErrorKind::NotAnOAuthResponse) }
    }

    /// Adds the status of the answer.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// Adds how long the server asked to wait.
    #[must_use]
    pub fn with_retry_after(mut self, wait: Option<Duration>) -> Self {
        self.retry_after = wait;
        self
    }

    /// From an OAuth error code. Codes that are not registered are not kept: they could hold anything.
    pub fn from_code(code: &str) -> Self {
        const REFUSALS: [&str; 9] = [
            "invalid_request",
            "invalid_scope",
            "invalid_target",
            "unauthorized_client",
            "unsupported_grant_type",
            "unsupported_token_type",
            "access_denied",
            "invalid_dpop_proof",
            "use_dpop_nonce",
        ];
        let (kind, code) = match code.to_ascii_lowercase().as_str() {
            "invalid_grant" => (TokenErrorKind::InvalidGrant, Some("invalid_grant")),
            "invalid_client" => (TokenErrorKind::InvalidClient, Some("invalid_client")),
            "temporarily_unavailable" => {
                (TokenErrorKind::ServerFailure, Some("temporarily_unavailable"))
            }
            "server_error" => (TokenErrorKind::ServerFailure, Some("server_error")),
            "slow_down" => (TokenErrorKind::RateLimited, Some("slow_down")),
            other => (
                TokenErrorKind::Refused,
                REFUSALS.iter().copied().find(|registered| *registered == other),
            ),
        };
        Self { kind, status: None, code, retry_after: None, seen: None }
    }

    /// Whether the same request may succeed later without anybody's doing.
    pub fn is_transient(&self) -> bool {
        !matches!(
            self.kind,
            TokenErrorKind::InvalidGrant | TokenErrorKind::InvalidClient | TokenErrorKind::Refused
        )
    }

    /// Whether the provider may have carried the request out although no usable answer came back.
    pub fn may_have_been_granted(&self) -> bool {
        matches!(
            self.kind,
            TokenErrorKind::Timeout
                | TokenErrorKind::ConnectionLost
                | TokenErrorKind::ServerFailure
                | TokenErrorKind::TooLarge
                | TokenErrorKind::NotAnOAuthResponse
        )
    }
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(seen) = self.seen {
            write!(f, "the token endpoint responded with {seen}; ")?;
            f.write_str("check the token URL and any proxy")?;
            return self.write_status(f);
        }
        f.write_str(match self.kind {
            TokenErrorKind::InvalidGrant => {
                "the provider no longer accepts the grant; sign in again"
            }
            TokenErrorKind::InvalidClient => {
                "the provider does not accept the client; check client id and secret"
            }
            TokenErrorKind::Refused => {
                "the provider refused the token request; check grant type, scopes and redirect URI"
            }
            TokenErrorKind::Unreachable => "the token endpoint could not be reached; check the URL",
            TokenErrorKind::Timeout => "the token endpoint gave no answer in time; try again",
            TokenErrorKind::ConnectionLost => {
                "the answer of the token endpoint was cut off; try again"
            }
            TokenErrorKind::RateLimited => "the token endpoint asks to slow down; try again later",
            TokenErrorKind::ServerFailure => "the token endpoint failed; try again later",
            TokenErrorKind::Redirected => {
                "the token endpoint redirects, which is not followed; correct the token URL"
            }
            TokenErrorKind::TooLarge => "the answer of the token endpoint is longer than 1 MiB",
            TokenErrorKind::NotAnOAuthResponse => {
                "the answer is not that of a token endpoint; check the token URL and any proxy"
            }
        })?;
        self.write_status(f)
    }
}

impl TokenError {
    fn write_status(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.status, self.code) {
            (Some(status), Some(code)) => write!(f, " (status {status}, {code})"),
            (Some(status), None) => write!(f, " (status {status})"),
            (None, Some(code)) => write!(f, " ({code})"),
            (None, None) => Ok(()),
        }
    }
}

impl std::error::Error for TokenError {}
