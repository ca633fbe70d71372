use std::fmt;

use secrecy::{ExposeSecret, SecretString};

/// A secret text: zeroised when dropped, and printed as `[secret]` by `Debug`.
///
/// It has no `Display` and no `Serialize`, so that it cannot slip into a log line or a file.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Takes a text as a secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(SecretString::from(text.into()))
    }

    /// The secret itself. Every call is a place to review: it must go to a header of the connection's
    /// own server, or to a store, and nowhere else.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// Whether there is nothing but white space in it.
    pub fn is_blank(&self) -> bool {
        self.expose().trim().is_empty()
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_does_not_show_it() {
        assert_eq!(
            format!("{:?}", Secret::new("canary-4711")),
            "[secret]",
            "a secret reached Debug"
        );
    }
}
