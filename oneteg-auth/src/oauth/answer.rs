use std::{fmt, time::Duration};

use oauth2::{AccessToken, RefreshToken, Scope, TokenResponse, TokenType};
use serde::{Deserialize, Deserializer, Serialize, de};

use crate::{Secret, TokenError, TokenErrorKind, Tokens};

/// A token answer (RFC 6749 section 5.1) as vendors send it.
///
/// The `oauth2` crate's own answer type takes `expires_in` as a number only. Some providers send a
/// numeric string, and refusing it would throw a granted and perhaps rotated token away.
#[derive(Serialize, Deserialize)]
pub(super) struct TokenAnswer {
    access_token: AccessToken,
    token_type: AnyType,
    #[serde(default, deserialize_with = "lifetime", skip_serializing)]
    expires_in: Option<u64>,
    #[serde(default)]
    refresh_token: Option<RefreshToken>,
    #[serde(default, deserialize_with = "scopes", skip_serializing)]
    scope: Option<Vec<Scope>>,
}

/// The token type as sent; it is compared without case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct AnyType(String);

impl TokenType for AnyType {}

impl TokenResponse for TokenAnswer {
    type TokenType = AnyType;

    fn access_token(&self) -> &AccessToken {
        &self.access_token
    }

    fn token_type(&self) -> &AnyType {
        &self.token_type
    }

    fn expires_in(&self) -> Option<Duration> {
        self.expires_in.map(Duration::from_secs)
    }

    fn refresh_token(&self) -> Option<&RefreshToken> {
        self.refresh_token.as_ref()
    }

    fn scopes(&self) -> Option<&Vec<Scope>> {
        self.scope.as_ref()
    }
}

impl fmt::Debug for TokenAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenAnswer").field("expires_in", &self.expires_in).finish_non_exhaustive()
    }
}

impl TokenAnswer {
    /// The tokens, if they can be sent as tokens of type `Bearer` or of the vendor's own `scheme`.
    pub(super) fn into_tokens(self, scheme: &str) -> Result<Tokens, TokenError> {
        let not_oauth = || TokenError::new(TokenErrorKind::NotAnOAuthAnswer);
        // RFC 6749 section 7.1: a token of a type that is not understood must not be used.
        let kind = &self.token_type.0;
        if !kind.eq_ignore_ascii_case("bearer") && !kind.eq_ignore_ascii_case(scheme) {
            return Err(not_oauth());
        }
        let access = Secret::from(self.access_token.into_secret());
        let sendable = access.expose().bytes().all(|byte| (0x21..0x7f).contains(&byte));
        if access.is_blank() || !sendable {
            return Err(not_oauth());
        }
        let mut tokens = Tokens::new(access);
        tokens.lifetime = self.expires_in.map(Duration::from_secs);
        tokens.refresh = self
            .refresh_token
            .map(|refresh| Secret::from(refresh.into_secret()))
            .filter(|refresh| !refresh.is_blank());
        tokens.scopes =
            self.scope.unwrap_or_default().iter().map(|scope| scope.as_str().to_owned()).collect();
        Ok(tokens)
    }
}

/// The tokens in the body of a token answer; no bytes make it panic.
#[cfg(feature = "test-kit")]
pub(crate) fn parse(body: &[u8]) -> Result<Tokens, TokenError> {
    serde_json::from_slice::<TokenAnswer>(body)
        .map_err(|_| TokenError::new(TokenErrorKind::NotAnOAuthAnswer))?
        .into_tokens("Bearer")
}

/// Seconds as a number or a numeric string. Anything else counts as absent, which costs a refresh at
/// the first refusal; an error would cost the session. Negative means expired.
fn lifetime<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    struct Seconds;
    impl<'de> de::Visitor<'de> for Seconds {
        type Value = Option<u64>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a number of seconds")
        }
        fn visit_u64<E>(self, seconds: u64) -> Result<Self::Value, E> {
            Ok(Some(seconds))
        }
        fn visit_i64<E>(self, seconds: i64) -> Result<Self::Value, E> {
            Ok(Some(u64::try_from(seconds).unwrap_or(0)))
        }
        fn visit_f64<E>(self, seconds: f64) -> Result<Self::Value, E> {
            // `as` saturates: not a number and negative become 0, too large the largest.
            Ok(Some(seconds as u64))
        }
        fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
            let text = text.trim();
            let whole = text.parse::<u64>().ok();
            Ok(whole.or_else(|| text.parse::<f64>().ok().map(|seconds| seconds as u64)))
        }
        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(None)
        }
        fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
            Ok(None)
        }
        fn visit_seq<A: de::SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
            while seq.next_element::<de::IgnoredAny>()?.is_some() {}
            Ok(None)
        }
        fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            while map.next_entry::<de::IgnoredAny, de::IgnoredAny>()?.is_some() {}
            Ok(None)
        }
    }
    deserializer.deserialize_any(Seconds)
}

/// Scopes separated by white space, or as an array, which some providers send.
fn scopes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<Scope>>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Form {
        Text(String),
        List(Vec<String>),
        Other(de::IgnoredAny),
    }
    let words = match Option::<Form>::deserialize(deserializer)? {
        Some(Form::Text(text)) => text.split_ascii_whitespace().map(str::to_owned).collect(),
        Some(Form::List(list)) => list,
        Some(Form::Other(_)) | None => return Ok(None),
    };
    Ok(Some(words.into_iter().map(Scope::new).collect()))
}
