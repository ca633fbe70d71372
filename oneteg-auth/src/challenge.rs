use http::{HeaderMap, StatusCode, header};

/// What a refusal by the vendor's API means for the credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// The token is not accepted; a newer one may be.
    InvalidToken,
    /// The token is valid but not for this request (`insufficient_scope`, RFC 6750 section 3.1): no newer
    /// token helps.
    InsufficientScope,
    /// A gateway in front of the API requires its own key, which is missing: no newer token helps.
    MissingGatewayKey,
    /// The response is not about the credential.
    Unrelated,
}

impl Refusal {
    /// Classifies a response by its status, its headers and the beginning of its body, as far as it was read.
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
            StatusCode::UNAUTHORIZED if has_error("insufficient_scope") => Self::InsufficientScope,
            StatusCode::UNAUTHORIZED if !has_error("invalid_token") => {
                let by_scheme = challenges.iter().any(|challenge| {
                    challenge.scheme.eq_ignore_ascii_case("AzureApiManagementKey")
                });
                // Azure API Management names the missing key in its JSON body.
                let by_body = contains(body, b"subscription key");
                if by_scheme || by_body { Self::MissingGatewayKey } else { Self::InvalidToken }
            }
            StatusCode::UNAUTHORIZED => Self::InvalidToken,
            StatusCode::FORBIDDEN if has_error("insufficient_scope") => Self::InsufficientScope,
            StatusCode::FORBIDDEN if has_error("invalid_token") => Self::InvalidToken,
            _ => Self::Unrelated,
        }
    }

    /// Whether to call [`Authenticator::refused`](crate::Authenticator::refused), which may get a newer token.
    pub fn calls_for_refresh(self) -> bool {
        self == Self::InvalidToken
    }
}

fn contains(body: &[u8], words: &[u8]) -> bool {
    body.windows(words.len()).any(|window| window.eq_ignore_ascii_case(words))
}

/// One challenge of a `WWW-Authenticate` header (RFC 9110 section 11.6.1): its scheme and its error.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Challenge {
    /// The scheme, such as `Bearer`.
    pub scheme: String,
    /// The `error` parameter (RFC 6750 section 3).
    pub error: Option<String>,
}

impl Challenge {
    /// Reads the challenges of one header value. No bytes make it panic. Missing quotes and commas are
    /// tolerated; what cannot be read is skipped.
    pub fn parse(value: &[u8]) -> Vec<Self> {
        let value = String::from_utf8_lossy(value);
        let mut challenges: Vec<Self> = Vec::new();
        let mut tokens = tokens(&value).into_iter().peekable();
        while let Some(token) = tokens.next() {
            let Token::Word(word) = token else { continue };
            // `name=value` belongs to the challenge before it; any other word begins a challenge.
            if tokens.next_if_eq(&Token::Equals).is_none() {
                challenges.push(Self { scheme: word, error: None });
                continue;
            }
            let value = tokens.next_if(|token| matches!(token, Token::Word(_)));
            if let (Some(Token::Word(value)), Some(challenge)) = (value, challenges.last_mut())
                && word.eq_ignore_ascii_case("error")
            {
                challenge.error.get_or_insert(value);
            }
        }
        challenges
    }
}

#[derive(PartialEq, Eq)]
enum Token {
    /// A token or a quoted string, without its quotes.
    Word(String),
    Equals,
}

fn tokens(value: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut characters = value.chars().peekable();
    while let Some(first) = characters.next() {
        match first {
            '=' => tokens.push(Token::Equals),
            '"' => {
                let mut word = String::new();
                while let Some(character) = characters.next().filter(|next| *next != '"') {
                    word.extend(if character == '\\' {
                        characters.next()
                    } else {
                        Some(character)
                    });
                }
                tokens.push(Token::Word(word));
            }
            _ if is_separator(first) => {}
            _ => {
                let mut word = String::from(first);
                while let Some(character) =
                    characters.next_if(|next| !is_separator(*next) && !"=\"".contains(*next))
                {
                    word.push(character);
                }
                tokens.push(Token::Word(word));
            }
        }
    }
    tokens
}

fn is_separator(character: char) -> bool {
    character == ',' || character.is_whitespace()
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
            Refusal::InvalidToken
        );
        assert_eq!(refusal(401, "Bearer", ""), Refusal::InvalidToken);
        assert_eq!(refusal(401, "", gateway), Refusal::MissingGatewayKey);
        assert_eq!(
            refusal(401, "AzureApiManagementKey realm=\"x\"", ""),
            Refusal::MissingGatewayKey
        );
        assert_eq!(refusal(401, "Bearer error=invalid_token", gateway), Refusal::InvalidToken);
        assert_eq!(
            refusal(403, r#"Bearer error="insufficient_scope""#, ""),
            Refusal::InsufficientScope
        );
        for spelt in [
            "Bearer error=insufficient_scope",
            "bearer scope=a, ERROR = insufficient_scope",
            r#"Bearer realm="x" error="insufficient_scope""#,
            r#"Basic realm="a \"b\", c=d", Bearer error = "insufficient_scope""#,
        ] {
            assert_eq!(refusal(401, spelt, ""), Refusal::InsufficientScope, "{spelt}");
            assert_eq!(refusal(403, spelt, ""), Refusal::InsufficientScope, "{spelt}");
        }
        // Text about it is not it.
        let about = r#"Bearer error="invalid_token", error_description="error=insufficient_scope""#;
        assert_eq!(refusal(401, about, ""), Refusal::InvalidToken);
        assert_eq!(refusal(403, "Bearer", ""), Refusal::Unrelated);
        assert_eq!(refusal(500, r#"Bearer error="invalid_token""#, ""), Refusal::Unrelated);
    }

    #[test]
    fn reads_several_challenges() {
        let read = Challenge::parse(br#"Basic realm="x=1, y", Bearer scope="a", error="e\"f""#);
        let schemes: Vec<_> = read.iter().map(|challenge| &*challenge.scheme).collect();
        assert_eq!(schemes, ["Basic", "Bearer"]);
        assert_eq!(read[1].error.as_deref(), Some("e\"f"));
        let raw =
            Challenge::parse("Bearer realm=\"café, été\", error=\"invalid_token\"".as_bytes());
        assert_eq!(raw[0].error.as_deref(), Some("invalid_token"));
        for odd in ["", "\"", "=", "\\", "\"\\", "a=", "=a", "a=\"", "Negotiate YWJj==", ",,,"] {
            assert!(Challenge::parse(odd.as_bytes()).iter().all(|read| read.error.is_none()));
        }
    }
}
