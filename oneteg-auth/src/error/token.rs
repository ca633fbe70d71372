use std::{fmt, time::Duration};

/// Why a token request failed, grouped by what that means for the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TokenErrorKind {
    /// `invalid_grant`: the refresh token or code was used before, has expired or was revoked.
    InvalidGrant,
    /// `invalid_client`: the client id or secret is wrong.
    InvalidClient,
    /// Another OAuth error code: the provider does not allow the request as configured.
    Refused,
    /// No connection could be made.
    Unreachable,
    /// There was no complete response in time.
    Timeout,
    /// The connection was lost before the response was complete.
    ConnectionLost,
    /// The server asks for fewer requests (429).
    RateLimited,
    /// The server failed (5xx).
    ServerFailure,
    /// The endpoint responded with a redirect, which is never followed with credentials.
    Redirected,
    /// The response is longer than 1 MiB.
    TooLarge,
    /// The response is not an OAuth response: HTML from a proxy, a compressed body, or incomplete JSON.
    NotAnOAuthResponse,
}

/// A failed token request. It holds the error code and the status, never any part of the response's body.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TokenError {
    /// What the failure means for the session.
    pub kind: TokenErrorKind,
    /// The HTTP status, if there was a response.
    pub status: Option<u16>,
    /// The OAuth error code (RFC 6749 section 5.2), if it is a registered one.
    pub code: Option<&'static str>,
    /// How long the server asks to wait (`Retry-After`), at most one hour.
    pub retry_after: Option<Duration>,
    /// What was received instead of an OAuth response, such as `HTML or XML`.
    pub received: Option<&'static str>,
}

impl TokenError {
    /// A failure without a response.
    pub fn new(kind: TokenErrorKind) -> Self {
        Self { kind, status: None, code: None, retry_after: None, received: None }
    }

    /// A response that is not an OAuth response, and what it is instead.
    #[cfg(feature = "oauth")]
    pub(crate) fn not_oauth(received: &'static str) -> Self {
        Self { received: Some(received), ..Self::new(TokenErrorKind::NotAnOAuthResponse) }
    }

    /// Adds the status of the response.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// Adds how long the server asks to wait.
    #[must_use]
    pub fn with_retry_after(mut self, wait: Option<Duration>) -> Self {
        self.retry_after = wait;
        self
    }

    /// The error of an OAuth error code. A code that is not registered is not kept: it could contain anything.
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
        Self { kind, status: None, code, retry_after: None, received: None }
    }

    /// Whether the same request may succeed later without any change.
    pub fn is_transient(&self) -> bool {
        !matches!(
            self.kind,
            TokenErrorKind::InvalidGrant | TokenErrorKind::InvalidClient | TokenErrorKind::Refused
        )
    }

    /// Whether the provider may have granted tokens although no usable response arrived.
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
        if let Some(received) = self.received {
            write!(f, "the token endpoint responded with {received}; ")?;
            f.write_str("check the token URL and any proxy")?;
            return self.write_status(f);
        }
        f.write_str(match self.kind {
            TokenErrorKind::InvalidGrant => {
                "the provider no longer accepts the grant; sign in again"
            }
            TokenErrorKind::InvalidClient => {
                "the provider does not accept the client; check the client id and secret"
            }
            TokenErrorKind::Refused => {
                "the provider refused the token request; check grant type, scopes and redirect URI"
            }
            TokenErrorKind::Unreachable => "the token endpoint could not be reached; check the URL",
            TokenErrorKind::Timeout => "the token endpoint did not respond in time; retry",
            TokenErrorKind::ConnectionLost => {
                "the connection to the token endpoint was lost; retry"
            }
            TokenErrorKind::RateLimited => {
                "the token endpoint asks for fewer requests; retry later"
            }
            TokenErrorKind::ServerFailure => "the token endpoint failed; retry later",
            TokenErrorKind::Redirected => {
                "the token endpoint redirects, which is not followed; correct the token URL"
            }
            TokenErrorKind::TooLarge => "the response of the token endpoint is longer than 1 MiB",
            TokenErrorKind::NotAnOAuthResponse => {
                "the response is not an OAuth response; check the token URL and any proxy"
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_decides_whether_the_session_ends() {
        for (code, kind, transient) in [
            ("invalid_grant", TokenErrorKind::InvalidGrant, false),
            ("INVALID_GRANT", TokenErrorKind::InvalidGrant, false),
            ("invalid_client", TokenErrorKind::InvalidClient, false),
            ("invalid_scope", TokenErrorKind::Refused, false),
            ("server_error", TokenErrorKind::ServerFailure, true),
            ("temporarily_unavailable", TokenErrorKind::ServerFailure, true),
            ("slow_down", TokenErrorKind::RateLimited, true),
        ] {
            let error = TokenError::from_code(code);
            assert_eq!((error.kind, error.is_transient()), (kind, transient), "{code}");
            assert_eq!(error.code, Some(code.to_ascii_lowercase().as_str()));
        }
    }

    #[test]
    fn an_unregistered_code_is_not_kept() {
        let error = TokenError::from_code("canary").with_status(400);
        assert_eq!((error.kind, error.code), (TokenErrorKind::Refused, None));
        assert!(!format!("{error} {error:?}").contains("canary"));
    }

    /// Everything but a clear refusal or a request that was never sent may have spent a refresh token.
    #[test]
    fn what_may_have_been_granted() {
        use TokenErrorKind::*;
        for (kind, maybe) in [
            (InvalidGrant, false),
            (InvalidClient, false),
            (Refused, false),
            (Unreachable, false),
            (RateLimited, false),
            (Redirected, false),
            (Timeout, true),
            (ConnectionLost, true),
            (ServerFailure, true),
            (TooLarge, true),
            (NotAnOAuthResponse, true),
        ] {
            assert_eq!(TokenError::new(kind).may_have_been_granted(), maybe, "{kind:?}");
        }
    }
}
