use subtle::ConstantTimeEq;
use url::form_urlencoded;

use crate::{CallbackError, Secret};

/// The longest callback that is read.
const MAX_QUERY: usize = 16 * 1024;

/// The parameters of an authorization response (RFC 6749 section 4.1.2).
#[derive(Debug, Clone)]
pub struct CallbackQuery {
    code: Option<Secret>,
    state: Option<Secret>,
    issuer: Option<String>,
    error: Option<String>,
}

impl CallbackQuery {
    /// Reads a query, or the whole URL that contains it. No string makes it panic.
    ///
    /// # Errors
    /// [`CallbackError::TooLong`] and [`CallbackError::DuplicateParameter`].
    pub fn parse(callback: &str) -> Result<Self, CallbackError> {
        if callback.len() > MAX_QUERY {
            return Err(CallbackError::TooLong);
        }
        let query = query_of(callback);
        let query = query.split_once('#').map_or(query, |(query, _)| query);
        let mut parsed = Self { code: None, state: None, issuer: None, error: None };
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let repeated = match name.as_ref() {
                "code" => parsed.code.replace(Secret::from(value.as_ref())).map(|_| "code"),
                "state" => parsed.state.replace(Secret::from(value.as_ref())).map(|_| "state"),
                "iss" => parsed.issuer.replace(value.into_owned()).map(|_| "iss"),
                // Some providers send every parameter, blank where it does not apply.
                "error" if value.trim().is_empty() => None,
                "error" => parsed.error.replace(value.into_owned()).map(|_| "error"),
                _ => None,
            };
            if let Some(parameter) = repeated {
                return Err(CallbackError::DuplicateParameter { parameter });
            }
        }
        Ok(parsed)
    }

    /// The code, if the callback belongs to the sign-in. The state is checked first: without it not even an
    /// error belongs to this sign-in.
    ///
    /// | Checked in this order | Error |
    /// |---|---|
    /// | `state` is present, and equal in constant time | `MissingParameter`, `WrongState` |
    /// | `iss` is the issuer, if both are known; present, if it is promised | `WrongIssuer`, `MissingParameter` |
    /// | no `error` | `Refused` |
    /// | `code` is present and not blank | `MissingParameter` |
    pub(super) fn check(
        self,
        state: &Secret,
        issuer: Option<&str>,
        issuer_promised: bool,
    ) -> Result<Secret, CallbackError> {
        let given = self.state.ok_or(CallbackError::MissingParameter { parameter: "state" })?;
        if !bool::from(given.expose().as_bytes().ct_eq(state.expose().as_bytes())) {
            return Err(CallbackError::WrongState);
        }
        match (issuer, &self.issuer) {
            // RFC 9207 section 2.4: compared as plain strings, without normalisation.
            (Some(expected), Some(given)) if expected != given => {
                return Err(CallbackError::WrongIssuer);
            }
            (Some(_), None) if issuer_promised => {
                return Err(CallbackError::MissingParameter { parameter: "iss" });
            }
            _ => {}
        }
        if let Some(error) = &self.error {
            return Err(CallbackError::Refused { code: registered(error) });
        }
        match self.code {
            Some(code) if !code.is_blank() => Ok(code),
            _ => Err(CallbackError::MissingParameter { parameter: "code" }),
        }
    }
}

/// The query of a URL or path, or the whole string if it is a query. A query may contain a `?` (RFC 3986 section
/// 3.4), so the first one begins the query only if what precedes it is not itself part of a query.
fn query_of(callback: &str) -> &str {
    let Some((before, after)) = callback.split_once('?') else { return callback };
    let scheme = before.split(':').next().unwrap_or_default();
    let absolute = scheme.len() < before.len()
        && scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    if absolute || before.starts_with('/') || !before.contains(['=', '&']) {
        after
    } else {
        callback
    }
}

/// The code, if it is one of RFC 6749 section 4.1.2.1 or OpenID Connect Core section 3.1.2.6. Any other could
/// contain anything.
fn registered(error: &str) -> Option<&'static str> {
    const CODES: [&str; 16] = [
        "invalid_request",
        "unauthorized_client",
        "access_denied",
        "unsupported_response_type",
        "invalid_scope",
        "server_error",
        "temporarily_unavailable",
        "interaction_required",
        "login_required",
        "account_selection_required",
        "consent_required",
        "invalid_request_uri",
        "invalid_request_object",
        "request_not_supported",
        "request_uri_not_supported",
        "registration_not_supported",
    ];
    CODES.into_iter().find(|code| *code == error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_mark_may_be_in_a_query() {
        for (callback, code) in [
            ("code=a?b&state=s", "a?b"),
            ("state=s&code=a?b?c", "a?b?c"),
            ("?code=a?b&state=s", "a?b"),
            ("/cb?code=a?b&state=s", "a?b"),
            ("/a=b/cb?code=a?b&state=s", "a?b"),
            ("https://host.example/cb?code=a?b&state=s", "a?b"),
            ("https://host.example/a=b&c/cb?code=a&state=s", "a"),
            ("com.example.app:/cb?code=a?b&state=s#end", "a?b"),
            ("127.0.0.1:8080/cb?state=s&code=a", "a"),
            ("code=a&state=s", "a"),
            ("code=https://x?y&state=s", "https://x?y"),
        ] {
            let parsed = CallbackQuery::parse(callback).unwrap();
            assert_eq!(parsed.code.unwrap().expose(), code, "{callback}");
            assert_eq!(parsed.state.unwrap().expose(), "s", "{callback}");
        }
    }

    #[test]
    fn a_blank_error_is_none() {
        let parsed = CallbackQuery::parse("error=&code=c&state=s").unwrap();
        assert_eq!(parsed.check(&Secret::new("s"), None, false).unwrap().expose(), "c");
    }
}
