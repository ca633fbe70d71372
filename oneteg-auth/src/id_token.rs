use std::fmt;

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use serde_json::{Map, Value};

use crate::{Secret, json::members};

/// An ID token (OpenID Connect Core 1.0 section 2), as the provider sent it with the access token. `Debug` does
/// not show it.
#[derive(Clone)]
pub struct IdToken(Secret);

impl IdToken {
    /// The token itself, for a program that verifies it.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// Its claims about who signed in; `None` if it is encrypted or not a signed token.
    ///
    /// The claims are **read, not verified**: neither signature, issuer, audience nor lifetime is checked.
    /// They are suitable for displaying who is signed in. They are no proof of identity: a program that grants
    /// access based on them must verify the token itself (OpenID Connect Core 1.0 section 3.1.3.7).
    pub fn claims(&self) -> Option<IdTokenClaims> {
        let mut parts = self.expose().split('.');
        let (_, payload, _, None) = (parts.next()?, parts.next()?, parts.next()?, parts.next())
        else {
            return None;
        };
        let payload = BASE64_URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
        members(&payload).map(IdTokenClaims::new)
    }
}

impl From<Secret> for IdToken {
    fn from(token: Secret) -> Self {
        Self(token)
    }
}

impl PartialEq for IdToken {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl Eq for IdToken {}

impl fmt::Debug for IdToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// The claims of an ID token about who signed in, **read, not verified**: see [`IdToken::claims`].
///
/// `Debug` shows the names of the claims and not their values, which are personal data.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct IdTokenClaims {
    /// The subject, the provider's identifier of the person: the one claim that never changes.
    pub sub: Option<String>,
    /// E-mail address. It may belong to another person later.
    pub email: Option<String>,
    /// Full name, for display.
    pub name: Option<String>,
    /// The name to sign in with, for display.
    pub preferred_username: Option<String>,
    /// The provider (`iss`).
    pub issuer: Option<String>,
    all: Map<String, Value>,
}

impl IdTokenClaims {
    fn new(all: Map<String, Value>) -> Self {
        let string = |name| match all.get(name)? {
            Value::String(string) => Some(string.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        Self {
            sub: string("sub"),
            email: string("email"),
            name: string("name"),
            preferred_username: string("preferred_username"),
            issuer: string("iss"),
            all,
        }
    }

    /// Any claim by its name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.all.get(name)
    }
}

impl fmt::Debug for IdTokenClaims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&String> = self.all.keys().collect();
        f.debug_struct("IdTokenClaims").field("names", &names).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims(payload: &str) -> Option<IdTokenClaims> {
        let payload = BASE64_URL_SAFE_NO_PAD.encode(payload);
        IdToken::from(Secret::new(format!("e30.{payload}.c2ln"))).claims()
    }

    #[test]
    fn claims_are_read_and_not_shown() {
        let read = claims(
            r#"{"sub":"248289","email":"canary@example.com","name":"Ada \u00e9","iss":"https://id.example",
            "preferred_username":7,"broken":"\ud83d","groups":["a"]}"#,
        )
        .unwrap();
        assert_eq!(read.sub.as_deref(), Some("248289"));
        assert_eq!(read.email.as_deref(), Some("canary@example.com"));
        assert_eq!(read.name.as_deref(), Some("Ada é"));
        assert_eq!(read.preferred_username.as_deref(), Some("7"));
        assert_eq!(read.issuer.as_deref(), Some("https://id.example"));
        assert_eq!(read.get("groups").unwrap()[0], "a");
        assert!(!format!("{read:?} {read:#?}").contains("canary"));
        let token = IdToken::from(Secret::new("canary"));
        assert!(!format!("{token:?} {token:#?}").contains("canary"));
    }

    #[test]
    fn what_is_no_signed_token_has_no_claims() {
        for string in
            ["", "a", "..", "e30.e30", "e30.!.x", "a.b.c.d.e", "e30.W10.x", "\u{1f511}.é.x"]
        {
            assert!(IdToken::from(Secret::new(string)).claims().is_none(), "{string}");
        }
        assert!(claims("{}").unwrap().sub.is_none());
    }
}
