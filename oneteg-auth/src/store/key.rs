/// The name of one session in a store: one connection, or one user of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionKey(String);

impl SessionKey {
    /// Any string, such as the connection's name. It is not a secret.
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// The string.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
