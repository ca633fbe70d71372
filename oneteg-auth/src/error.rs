/// Why a request could not be authorised. No variant can carry a secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuthError {
    /// The credential is empty: give the key the vendor's user interface showed when it was made.
    #[error("the {what} is empty; give the value the vendor issued")]
    Empty {
        /// What is empty, in the user's words (`API key`).
        what: &'static str,
    },
    /// The credential has a character that no HTTP header can carry, such as a line break.
    #[error("the {what} has a character that cannot be sent in a header (a line break, perhaps)")]
    NotAHeaderValue {
        /// What cannot be sent, in the user's words.
        what: &'static str,
    },
}
