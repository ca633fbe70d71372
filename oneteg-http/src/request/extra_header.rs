//! Headers that a caller or an interceptor adds to a request.

use http::{HeaderName, HeaderValue, header};

use crate::{Error, error::is_secret_header};

/// Credentials have their own path, so that they are refreshed and redacted, and reach one server only.
const CREDENTIALS: [HeaderName; 3] =
    [header::AUTHORIZATION, header::PROXY_AUTHORIZATION, header::COOKIE];

/// Set by the HTTP client: another value would break the framing of the message.
const FRAMING: [HeaderName; 8] = [
    header::CONNECTION,
    header::CONTENT_LENGTH,
    header::EXPECT,
    header::HOST,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

/// Checks a header that is added to a request. A value whose name suggests a secret is marked sensitive.
pub(crate) fn extra_header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), Error> {
    let refused = |reason: &str| Error::invalid_request(format!("the header `{name}` {reason}"));
    let Ok(header) = HeaderName::from_bytes(name.as_bytes()) else {
        // Not quoted: it may be a mixed-up value.
        return Err(Error::invalid_request("the name of an added header is not a header name"));
    };
    if CREDENTIALS.contains(&header) {
        return Err(refused("carries a credential; set the credential on the client"));
    }
    if FRAMING.contains(&header) {
        return Err(refused("is set by the HTTP client"));
    }
    if [header::RANGE, header::IF_RANGE].contains(&header) {
        return Err(refused("selects a part of a file; use `CallOptions::range`"));
    }
    if header == header::ACCEPT_ENCODING {
        return Err(refused("is set by the client; enable its feature `gzip` for compression"));
    }
    // Without the source, which would quote the value.
    let Ok(mut value) = HeaderValue::from_str(value) else {
        return Err(refused("has a value with a character that headers do not allow"));
    };
    value.set_sensitive(is_secret_header(&header));
    Ok((header, value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    #[test]
    fn credentials_framing_and_malformed_headers_are_refused() {
        for (name, value) in [
            ("Authorization", "canary"),
            ("proxy-authorization", "canary"),
            ("Cookie", "canary"),
            ("Host", "canary"),
            ("content-length", "canary"),
            ("Range", "canary"),
            ("accept-encoding", "canary"),
            ("canary name", "canary"),
            ("x-note", "canary\r\nx: y"),
        ] {
            let error = extra_header(name, value).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{name}");
            assert!(!format!("{error} {error:?}").contains("canary"), "{error}");
        }
        let sensitive = |name| extra_header(name, "v").unwrap().1.is_sensitive();
        assert!(sensitive("x-api-key") && !sensitive("x-tenant"));
    }
}
