//! The settings that are chosen from a list.

use super::{
    Problem,
    nearest::{as_key, nearest},
};

macro_rules! choice {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $key:literal, $label:literal;)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
        #[non_exhaustive]
        pub enum $name { $($(#[$variant_doc])* #[serde(rename = $key)] $variant,)+ }

        impl $name {
            /// The text in TOML and JSON.
            pub const fn key(self) -> &'static str {
                match self { $(Self::$variant => $key,)+ }
            }

            /// The text on the connection form.
            pub const fn label(self) -> &'static str {
                match self { $(Self::$variant => $label,)+ }
            }
        }

        impl std::str::FromStr for $name {
            type Err = Problem;

            /// Takes the key, and the label as the form shows it.
            ///
            /// # Errors
            /// [`Problem::NotAChoice`] for anything else.
            fn from_str(text: &str) -> Result<Self, Problem> {
                const KEYS: &[&str] = &[$($key),+];
                match as_key(text).as_str() {
                    $(key if key == $key || key == as_key($label) => Ok(Self::$variant),)+
                    _ => Err(Problem::NotAChoice {
                        choices: KEYS.to_vec(),
                        nearest: nearest(text, KEYS.iter().copied()).map(str::to_owned),
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
    }
}

choice! {
    /// The OAuth 2.0 grant a connection starts with (RFC 6749 section 1.3).
    Flow {
        /// A user signs in with a browser and the connection acts with that user's rights.
        AuthorizationCode = "authorization_code", "Authorization Code";
        /// The application signs in on its own account; there is no user and no browser.
        ClientCredentials = "client_credentials", "Client Credentials";
    }
}

choice! {
    /// What a NetExplorer application was registered as. It decides the [`Flow`].
    ApplicationType {
        /// Acts with the rights of the user who signs in: [`Flow::AuthorizationCode`].
        Client = "client", "Client";
        /// Acts with administrator access: [`Flow::ClientCredentials`].
        Server = "server", "Server";
    }
}

impl ApplicationType {
    /// The flow that applications of this type use.
    pub const fn flow(self) -> Flow {
        match self {
            Self::Client => Flow::AuthorizationCode,
            Self::Server => Flow::ClientCredentials,
        }
    }
}

choice! {
    /// How the client shows its secret to the token endpoint (RFC 6749 section 2.3.1).
    ClientAuth {
        /// `Authorization: Basic`, made of client id and secret.
        Basic = "basic", "Basic";
        /// `client_id` and `client_secret` in the form body.
        Body = "body", "Body";
    }
}
