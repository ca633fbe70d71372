//! Reads the responses of a token endpoint (RFC 6749 section 5). The document decides, whatever its media
//! type: a token that was granted, and perhaps rotated, must not be lost to a wrong label.
//!
//! | Status | Document | Result |
//! |---|---|---|
//! | success | an `access_token` | the tokens |
//! | success | an empty `access_token` and an `error` | the error |
//! | any | an `error` | the error |
//! | any | anything else | `NotAnOAuthResponse` |

use std::time::Duration;

use http::{StatusCode, header};
use serde_json::{Map, Value};
use zeroize::Zeroize as _;

use super::provider_http::HttpResponse;
use crate::{
    IdToken, Secret, TokenError, Tokens,
    json::{error_code, members},
};

/// The tokens of a response, or what its error means. `scheme` is a token type that is accepted in addition to
/// `Bearer`.
pub(super) fn read(mut response: HttpResponse, scheme: &str) -> Result<Tokens, TokenError> {
    let status = response.status();
    let form = response.headers().get(header::CONTENT_TYPE).is_some_and(|value| {
        value.as_bytes().to_ascii_lowercase().starts_with(b"application/x-www-form-urlencoded")
    });
    let read = tokens(status, form, response.body(), scheme);
    response.body_mut().zeroize();
    read.map_err(|error| error.with_status(status.as_u16()))
}

fn tokens(status: StatusCode, form: bool, body: &[u8], scheme: &str) -> Result<Tokens, TokenError> {
    let form = || form.then(|| members_of_form(body));
    let Some(mut document) = members(body).or_else(form) else {
        return Err(TokenError::not_oauth(kind_of(body)));
    };
    if status.is_success()
        && let Some(Value::String(access)) = document.remove("access_token")
    {
        return granted(Secret::from(access), document, scheme);
    }
    match error_code(&document) {
        Some(code) => Err(TokenError::from_code(code)),
        None => Err(TokenError::not_oauth("JSON without an access token")),
    }
}

/// A member of the wrong type counts as absent; only the access token and its type must be understood.
fn granted(
    access: Secret,
    mut document: Map<String, Value>,
    scheme: &str,
) -> Result<Tokens, TokenError> {
    // An empty token next to an error: some servers always send both members.
    if access.is_blank()
        && let Some(code) = error_code(&document)
    {
        return Err(TokenError::from_code(code));
    }
    if access.unsendable().is_some() || access.is_blank() {
        return Err(TokenError::not_oauth("an access token that no header can carry"));
    }
    // RFC 6749 section 7.1: a token of an unknown type must not be used. No type means Bearer.
    if let Some(kind) = document.get("token_type").and_then(Value::as_str) {
        let kind = kind.trim();
        let known = ["", "bearer", scheme].iter().any(|known| kind.eq_ignore_ascii_case(known));
        if !known {
            return Err(TokenError::not_oauth("a token type that is not Bearer"));
        }
    }
    let mut tokens = Tokens::new(access);
    tokens.lifetime = document.get("expires_in").and_then(lifetime).map(Duration::from_secs);
    tokens.scopes = document.get("scope").map(scopes).unwrap_or_default();
    let mut secret = |name| match document.remove(name) {
        Some(Value::String(string)) => {
            Some(Secret::from(string)).filter(|string| !string.is_blank())
        }
        _ => None,
    };
    tokens.refresh = secret("refresh_token");
    tokens.id_token = secret("id_token").map(IdToken::from);
    Ok(tokens)
}

/// Seconds, as a number or a numeric string. Anything else counts as absent, which costs a refresh at the first
/// refusal; an error would cost the session. A negative number means expired.
fn lifetime(value: &Value) -> Option<u64> {
    let seconds = match value {
        Value::Number(number) => number.as_f64()?,
        Value::String(string) => string.trim().parse().ok()?,
        _ => return None,
    };
    // `as` saturates: a negative number becomes 0, one that is too large the maximum.
    seconds.is_finite().then_some(seconds as u64)
}

/// Scopes separated by white space, or as an array, as some providers send them.
fn scopes(value: &Value) -> Vec<String> {
    let words = |string: &str| string.split_ascii_whitespace().map(str::to_owned).collect();
    match value {
        Value::String(string) => words(string),
        Value::Array(list) => list.iter().filter_map(Value::as_str).flat_map(words).collect(),
        _ => Vec::new(),
    }
}

/// Some servers respond in the form encoding of requests.
fn members_of_form(body: &[u8]) -> Map<String, Value> {
    let pairs = url::form_urlencoded::parse(body);
    pairs.map(|(name, value)| (name.into_owned(), Value::String(value.into_owned()))).collect()
}

/// What a body that is not a JSON object appears to be.
fn kind_of(body: &[u8]) -> &'static str {
    let string = body.trim_ascii_start();
    let string = string.strip_prefix(b"\xef\xbb\xbf").unwrap_or(string).trim_ascii_start();
    match string.first() {
        None => "an empty body",
        Some(b'<') => "HTML or XML",
        Some(_) => "a body that is not a JSON object",
    }
}

/// The tokens in the body of a token response. No bytes make it panic.
#[cfg(feature = "test-hooks")]
pub(crate) fn parse(body: &[u8]) -> Result<Tokens, TokenError> {
    tokens(StatusCode::OK, false, body, "Bearer")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TokenErrorKind;

    fn of(body: &str) -> Result<Tokens, TokenError> {
        tokens(StatusCode::OK, false, body.as_bytes(), "apiToken")
    }

    #[test]
    fn a_lifetime_is_any_number_of_seconds() {
        let lifetime = |value: &str| {
            let tokens = of(&format!(r#"{{"access_token":"a","expires_in":{value}}}"#)).unwrap();
            tokens.lifetime.map(|lifetime| lifetime.as_secs())
        };
        for (value, seconds) in [
            ("3600", Some(3600)),
            ("3599.7", Some(3599)),
            ("\" 3600 \"", Some(3600)),
            ("\"3600.0\"", Some(3600)),
            ("-1", Some(0)),
            ("\"-1\"", Some(0)),
            ("18446744073709551616", Some(u64::MAX)),
            ("1e300", Some(u64::MAX)),
            ("1e999", None),
            ("\"NaN\"", None),
            ("\"inf\"", None),
            ("\"soon\"", None),
            ("\"\"", None),
            ("true", None),
            ("null", None),
            ("[3600]", None),
            ("{}", None),
        ] {
            assert_eq!(lifetime(value), seconds, "{value}");
        }
    }

    #[test]
    fn a_member_of_the_wrong_type_loses_only_itself() {
        for odd in ["7", "true", "[]", "{}", "null", "\"\"", "\"\\ud83d\""] {
            let body = format!(
                r#"{{"access_token":"a","token_type":{odd},"refresh_token":{odd},"id_token":{odd},
                "scope":{odd},"expires_in":60,"foo":{odd}}}"#
            );
            let tokens = of(&body).unwrap();
            assert_eq!(tokens.access.expose(), "a");
            assert_eq!(tokens.lifetime, Some(Duration::from_secs(60)), "{odd}");
            assert!(tokens.refresh.is_none() && tokens.id_token.is_none(), "{odd}");
            assert!(tokens.scopes.is_empty(), "{odd}");
        }
        let listed = of(r#"{"access_token":"a","scope":["a b","c",7]}"#).unwrap();
        assert_eq!(listed.scopes, ["a", "b", "c"]);
    }

    #[test]
    fn the_token_type_is_bearer_or_the_connections_own() {
        for known in ["bearer", "BEARER", " Bearer ", "apitoken"] {
            assert!(of(&format!(r#"{{"access_token":"a","token_type":"{known}"}}"#)).is_ok());
        }
        for unknown in ["mac", "DPoP", "N_A"] {
            let body = format!(r#"{{"access_token":"a","token_type":"{unknown}"}}"#);
            assert_eq!(of(&body).unwrap_err().kind, TokenErrorKind::NotAnOAuthResponse);
        }
    }

    #[test]
    fn the_document_decides_and_not_its_label() {
        let with = |status: u16, form, body: &str| {
            let status = StatusCode::from_u16(status).unwrap();
            tokens(status, form, body.as_bytes(), "Bearer")
        };
        for status in [200, 201, 202, 203, 206] {
            assert!(with(status, false, r#"{"access_token":"a"}"#).is_ok(), "{status}");
            let refused = with(status, false, r#"{"error":"invalid_grant"}"#).unwrap_err();
            assert_eq!(refused.kind, TokenErrorKind::InvalidGrant, "{status}");
        }
        // Only a success grants.
        assert!(with(400, false, r#"{"access_token":"a"}"#).is_err());
        let both = r#"{"access_token":"a","error":"invalid_grant"}"#;
        assert_eq!(with(400, false, both).unwrap_err().kind, TokenErrorKind::InvalidGrant);
        let empty = r#"{"access_token":"","error":"invalid_grant"}"#;
        assert_eq!(with(200, false, empty).unwrap_err().kind, TokenErrorKind::InvalidGrant);
        let null = r#"{"access_token":null,"error":{"code":"invalid_client"}}"#;
        assert_eq!(with(200, false, null).unwrap_err().kind, TokenErrorKind::InvalidClient);
        assert!(with(200, false, r#"{"access_token":"a","error":null}"#).is_ok());
        let form = with(200, true, "access_token=a&token_type=bearer&expires_in=60").unwrap();
        assert_eq!(form.lifetime, Some(Duration::from_secs(60)));
        let refused = with(200, true, "error=invalid_grant").unwrap_err();
        assert_eq!(refused.kind, TokenErrorKind::InvalidGrant);
        // A body that looks like a form without the media type grants nothing.
        assert!(with(200, false, "access_token=a").is_err());
    }

    #[test]
    fn errors_name_what_was_received() {
        for (body, received) in [
            ("", "an empty body"),
            ("\u{feff} <!DOCTYPE html>", "HTML or XML"),
            ("[1]", "a body that is not a JSON object"),
            ("{}", "JSON without an access token"),
            (r#"{"access_token":7}"#, "JSON without an access token"),
            (r#"{"access_token":"a\r\nb"}"#, "an access token that no header can carry"),
            (r#"{"access_token":""}"#, "an access token that no header can carry"),
        ] {
            let error = of(body).unwrap_err();
            assert_eq!(error.kind, TokenErrorKind::NotAnOAuthResponse);
            assert!(error.to_string().contains(received), "{error}");
        }
    }
}
