//! Typed values of settings: what is chosen from a list, and the suggestion for a misspelt one.

use std::{borrow::Cow, fmt};

use super::error::FieldProblemKind;

macro_rules! choice {
    ($(#[$doc:meta])* $name:ident {
        $($(#[$variant_doc:meta])* $variant:ident = $key:literal, $label:literal;)+
        $(@ $(#[$unlisted_doc:meta])* $unlisted:ident = $unlisted_key:literal, $unlisted_label:literal;)?
    }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$variant_doc])* #[serde(rename = $key)] $variant,)+
            $($(#[$unlisted_doc])* #[serde(rename = $unlisted_key)] $unlisted,)?
        }

        impl $name {
            /// The value in TOML and JSON.
            pub const fn key(self) -> &'static str {
                match self {
                    $(Self::$variant => $key,)+
                    $(Self::$unlisted => $unlisted_key,)?
                }
            }

            /// The label on the connection form.
            pub const fn label(self) -> &'static str {
                match self {
                    $(Self::$variant => $label,)+
                    $(Self::$unlisted => $unlisted_label,)?
                }
            }
        }

        impl std::str::FromStr for $name {
            type Err = FieldProblemKind;

            /// Accepts the key, and the label that the form shows.
            ///
            /// # Errors
            /// [`FieldProblemKind::NotAChoice`] for anything else.
            fn from_str(input: &str) -> Result<Self, FieldProblemKind> {
                const KEYS: &[&str] = &[$($key),+];
                match as_key(input).as_str() {
                    $(key if key == $key || key == as_key($label) => Ok(Self::$variant),)+
                    $(key if key == $unlisted_key => Ok(Self::$unlisted),)?
                    _ => Err(FieldProblemKind::NotAChoice {
                        choices: KEYS.to_vec(),
                        nearest: nearest(input, KEYS.iter().copied()).map(str::to_owned),
                    }),
                }
            }
        }
    };
}

choice! {
    /// How a connection authenticates.
    AuthenticationType {
        /// A fixed key.
        ApiKey = "api_key", "Api Key";
        /// OAuth 2.0.
        OAuth = "oauth", "OAuth";
        // Most vendors do not have it, so it is not suggested.
        @
        /// No credential at all.
        None = "none", "None";
    }
}

choice! {
    /// The OAuth 2.0 grant a connection starts with (RFC 6749 section 1.3).
    OAuthFlow {
        /// A user signs in with a browser and the connection acts with that user's rights.
        AuthorizationCode = "authorization_code", "Authorization Code";
        /// The application authenticates as itself; there is no user and no browser.
        ClientCredentials = "client_credentials", "Client Credentials";
    }
}

choice! {
    /// What a NetExplorer application was registered as. It decides the [`OAuthFlow`].
    ApplicationType {
        /// Acts with the rights of the user who signs in: [`OAuthFlow::AuthorizationCode`].
        Client = "client", "Client";
        /// Acts with administrator access: [`OAuthFlow::ClientCredentials`].
        Server = "server", "Server";
    }
}

impl ApplicationType {
    /// The flow that applications of this type use.
    pub const fn flow(self) -> OAuthFlow {
        match self {
            Self::Client => OAuthFlow::AuthorizationCode,
            Self::Server => OAuthFlow::ClientCredentials,
        }
    }
}

choice! {
    /// How the client sends its secret to the token endpoint (RFC 6749 section 2.3.1).
    ClientAuthentication {
        /// `Authorization: Basic`, with client id and secret.
        Basic = "basic", "Basic";
        /// `client_id` and `client_secret` in the form body.
        Body = "body", "Body";
    }
}

/// An authentication scheme (RFC 9110 section 11.1), the first word of an `Authorization` header.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct HeaderScheme(Cow<'static, str>);

impl HeaderScheme {
    /// `Bearer` (RFC 6750)
    pub const BEARER: Self = Self(Cow::Borrowed("Bearer"));
    /// `apiToken`, NetX's own
    pub const API_TOKEN: Self = Self(Cow::Borrowed("apiToken"));

    /// The scheme of a profile, which is empty for a key that stands alone.
    pub(super) const fn of_profile(scheme: &'static str) -> Self {
        Self(Cow::Borrowed(scheme))
    }

    /// Another scheme, spelt as it is sent.
    ///
    /// # Errors
    /// [`FieldProblemKind::NotAScheme`] if it is not a token (RFC 9110 section 5.6.2).
    pub fn new(scheme: &str) -> Result<Self, FieldProblemKind> {
        let scheme = scheme.trim();
        if is_scheme(scheme) {
            Ok(Self(scheme.to_owned().into()))
        } else {
            Err(FieldProblemKind::NotAScheme)
        }
    }

    /// The scheme, as it is sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for HeaderScheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An RFC 9110 token.
pub(super) fn is_scheme(input: &str) -> bool {
    let sign = |byte| b"!#$%&'*+-.^_`|~".contains(&byte);
    !input.is_empty() && input.bytes().all(|byte| byte.is_ascii_alphanumeric() || sign(byte))
}

/// Similarity (0 to 1) below which a suggestion would only confuse.
const ENOUGH: f64 = 0.8;

/// The candidate most similar to `given`, if one is similar. Labels count as names: `Client ID` is `client_id`.
pub(crate) fn nearest<'c>(
    given: &str,
    candidates: impl Iterator<Item = &'c str> + Clone,
) -> Option<&'c str> {
    let given = as_key(given);
    let score = |name: &&str| strsim::jaro_winkler(&given, &as_key(name));
    candidates
        .clone()
        .filter(|name| score(name) >= ENOUGH)
        .max_by(|left, right| score(left).total_cmp(&score(right)))
        // `secret` for `client_secret`.
        .or_else(|| candidates.into_iter().find(|name| name.split('_').any(|word| word == given)))
}

/// `Client ID`, `client-id` and `clientId` as `client_id`.
pub(crate) fn as_key(input: &str) -> String {
    let mut key = String::with_capacity(input.len());
    let mut after_lower = false;
    // Names are short; a pasted document need not be compared in full.
    for character in input.trim().chars().take(64) {
        if character.is_ascii_uppercase() && after_lower {
            key.push('_');
        }
        after_lower = character.is_ascii_lowercase() || character.is_ascii_digit();
        key.push(if character.is_alphanumeric() { character.to_ascii_lowercase() } else { '_' });
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_typing_errors_labels_and_single_words() {
        let names = ["client_id", "client_secret", "token_url", "connection_name"];
        let of = |given| nearest(given, names.into_iter());
        assert_eq!(of("cleint_id"), Some("client_id"));
        assert_eq!(of("Client ID"), Some("client_id"));
        assert_eq!(of("clientSecret"), Some("client_secret"));
        assert_eq!(of("name"), Some("connection_name"));
        assert_eq!(of("colour"), None);
        assert_eq!(of(""), None);
    }
}
