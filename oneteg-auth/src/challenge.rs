use http::{HeaderMap, StatusCode, header};

/// What a refusal by the vendor's API says about the credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// The token is not accepted: a newer one may be.
    Token,
    /// The token is good but not for this (`insufficient_scope`, RFC 6750 section 3.1): no newer token
    /// helps.
    Scope,
    /// A gateway in front of the API misses its own key: no newer token helps.
    Gateway,
    /// The answer is not about the credential.
    None,
}

impl Refusal {
    /// Judges an answer by its status, headers and the beginning of its body (as much as is at hand).
    pub fn of(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Self {
        let challenges: Vec<Challenge> = headers
            .get_all(header::WWW_AUTHENTICATE)
            .iter()
            .take(16)
            .flat_map(|value| Challenge::parse(value.as_bytes()))
            .collect();
        let has_error =
            |code| challenges.iter().any(|challenge| challenge.error.as_deref() == Some(code));
        match status {
            StatusCode::UNAUTHORIZED if has_error("insufficient_scope") => Self::Scope,
            StatusCode::UNAUTHORIZED if !has_error("invalid_token") => {
                let by_scheme = challenges.iter().any(|challenge| {
                    challenge.scheme.eq_ignore_ascii_case("AzureApiManagementKey")
                });
                // Azure API Management names the missing key in its JSON body.
                let by_body = contains(body, b"subscription key");
                if by_scheme || by_body { Self::Gateway } else { Self::Token }
            }
            StatusCode::UNAUTHORIZED => Self::Token,
            StatusCode::FORBIDDEN if has_error("insufficient_scope") => Self::Scope,
            StatusCode::FORBIDDEN if has_error("invalid_token") => Self::Token,
            _ => Self::None,
        }
    }

    /// Whether to tell the credential, which then may offer a newer one.
    pub fn is_worth_a_refresh(self) -> bool {
        self == Self::Token
    }
}

fn contains(body: &[u8], words: &[u8]) -> bool {
    body.windows(words.len()).any(|window| window.eq_ignore_ascii_case(words))
}

/// One challenge of a `WWW-Authenticate` header (RFC 9110 section 11.6.1), as far as it matters here.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Challenge {
    /// The scheme, such as `Bearer`.
    pub scheme: String,
    /// The `error` parameter (RFC 6750 section 3).
    pub error: Option<String>,
}

impl Challenge {
    /// Reads the challenges of one header value. No bytes make it panic; what cannot be read is skipped.
    pub fn parse(value: &[u8]) -> Vec<Self> {
        let text = String::from_utf8_lossy(value);
        let mut challenges: Vec<Self> = Vec::new();
        for part in split_unquoted(&text) {
            let part = part.trim();
            // `Scheme name=value` begins a challenge, `name=value` goes on with the last one.
            let before_equals = part.split('=').next().unwrap_or_default().trim();
            let (scheme, parameter) = match before_equals.split_once(char::is_whitespace) {
                Some((scheme, _)) => (Some(scheme), part[scheme.len()..].trim_start()),
                None if !part.is_empty() && !part.contains('=') => (Some(part), ""),
                None => (None, part),
            };
            if let Some(scheme) = scheme {
                challenges.push(Self { scheme: scheme.to_owned(), error: None });
            }
            if let Some((name, value)) = parameter.split_once('=')
                && name.trim().eq_ignore_ascii_case("error")
                && let Some(challenge) = challenges.last_mut()
            {
                challenge.error = Some(unquote(value.trim()));
            }
        }
        challenges
    }
}

/// The parts between commas that are not inside a quoted string.
fn split_unquoted(text: &str) -> Vec<&str> {
    let (mut parts, mut start, mut quoted, mut escaped) = (Vec::new(), 0, false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b',' if !quoted => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

fn unquote(value: &str) -> String {
    let Some(inner) = value.strip_prefix('"') else { return value.to_owned() };
    let mut text = String::new();
    let mut escaped = false;
    for character in inner.chars() {
        match character {
            _ if escaped => {
                escaped = false;
                text.push(character);
            }
            '\\' => escaped = true,
            '"' => break,
            _ => text.push(character),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn refusal(status: u16, challenge: &'static str, body: &str) -> Refusal {
        let mut headers = HeaderMap::new();
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        Refusal::of(StatusCode::from_u16(status).unwrap(), &headers, body.as_bytes())
    }

    #[test]
    fn tells_a_bad_token_from_what_no_token_helps_with() {
        let gateway =
            r#"{"statusCode":401,"message":"Access denied due to missing subscription key."}"#;
        assert_eq!(
            refusal(401, r#"Bearer realm="a, b", error="invalid_token""#, ""),
            Refusal::Token
        );
        assert_eq!(refusal(401, "Bearer", ""), Refusal::Token);
        assert_eq!(refusal(401, "", gateway), Refusal::Gateway);
        assert_eq!(refusal(401, "AzureApiManagementKey realm=\"x\"", ""), Refusal::Gateway);
        assert_eq!(refusal(401, "Bearer error=invalid_token", gateway), Refusal::Token);
        assert_eq!(refusal(403, r#"Bearer error="insufficient_scope""#, ""), Refusal::Scope);
        assert_eq!(refusal(403, "Bearer", ""), Refusal::None);
        assert_eq!(refusal(500, r#"Bearer error="invalid_token""#, ""), Refusal::None);
    }

    #[test]
    fn reads_several_challenges() {
        let read = Challenge::parse(br#"Basic realm="x=1, y", Bearer scope="a", error="e\"f""#);
        let schemes: Vec<_> = read.iter().map(|challenge| &*challenge.scheme).collect();
        assert_eq!(schemes, ["Basic", "Bearer"]);
        assert_eq!(read[1].error.as_deref(), Some("e\"f"));
    }
}
