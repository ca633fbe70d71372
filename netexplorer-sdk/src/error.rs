//! What NetExplorer's refusals mean. It has no error codes, so words and statuses tell.

use oneteg_http::{Error, ErrorKind, RetryClass, Vendor, VendorFault, reqwest::StatusCode};
use serde_json::Value;

use oneteg_http::reqwest::header::HeaderMap;

/// What a refusal means beyond its [`ErrorKind`].
///
/// ```
/// use netexplorer_sdk::{ErrorCode, Error};
///
/// fn explain(error: &Error) -> &'static str {
///     match ErrorCode::of(error) {
///         Some(ErrorCode::DuplicateName) => "something of that name is there; choose another",
///         Some(ErrorCode::UploadExpired) => "the server has forgotten the upload; begin anew",
///         Some(ErrorCode::TooLarge) => "the platform takes no file of that size",
///         _ => "something else",
///     }
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorCode {
    /// Something of that name is in the folder already; the kind is [`ErrorKind::Conflict`].
    ///
    /// The platform says this with status 403 and the words "Un élément du même nom existe déjà", seen by
    /// others with 409 and 422 as well. It is recognised by the words "même nom existe déjà" alone, with or
    /// without accents: a 403 that says anything else is a missing permission. What a platform set to
    /// another language says is unknown, and counts as such too.
    DuplicateName,
    /// Status 413: the server takes no upload of that size.
    TooLarge,
    /// The server does not know the TUS upload (any more): it expired or was cancelled.
    UploadExpired,
    /// The server has another number of bytes of the TUS upload than was believed, and asking it did not
    /// help: somebody else uploads the same thing.
    WrongOffset,
}

impl ErrorCode {
    /// What an error means, where more is known than its kind.
    pub fn of(error: &Error) -> Option<Self> {
        let status = error.status()?.as_u16();
        let tus = error.operation().is_some_and(|operation| operation.starts_with("tus_"));
        match status {
            403 | 409 | 422 if is_duplicate(error.message()) => Some(Self::DuplicateName),
            413 => Some(Self::TooLarge),
            404 | 410 if tus => Some(Self::UploadExpired),
            409 if tus => Some(Self::WrongOffset),
            _ => None,
        }
    }
}

/// Whether the words are the platform's for a name that is taken.
fn is_duplicate(words: &str) -> bool {
    let plain: String = words
        .to_lowercase()
        .chars()
        // A letter with its accent apart is the letter and a combining mark.
        .filter(|letter| !('\u{300}'..='\u{36f}').contains(letter))
        .map(|letter| match letter {
            'é' | 'è' | 'ê' | 'ë' => 'e',
            'à' | 'â' => 'a',
            other => other,
        })
        .collect();
    plain.contains("meme nom existe deja")
}

/// How NetExplorer speaks.
#[derive(Debug)]
pub(crate) struct NetExplorer;

impl Vendor for NetExplorer {
    fn name(&self) -> &'static str {
        "netexplorer"
    }

    fn fault(&self, _: StatusCode, _: &HeaderMap, body: &Value) -> Option<VendorFault> {
        let text =
            |value: &Value| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        let member = |name: &str| text(&body[name]);
        let message = text(body)
            .or_else(|| member("error"))
            .or_else(|| member("message"))
            .or_else(|| member("error_description"))
            .or_else(|| text(&body["error"]["message"]))?;
        // OAuth's pair has the code in `error` (RFC 6749 section 5.2).
        let described = member("error").zip(member("error_description"));
        let (code, message) = match described {
            Some((code, description)) => (Some(code), description),
            None => (None, message),
        };
        Some(VendorFault::new(code, Some(message), None))
    }

    fn classify(&self, fault: &VendorFault) -> Option<ErrorKind> {
        let words = fault.message.as_deref()?;
        is_duplicate(words).then_some(ErrorKind::Conflict)
    }

    fn retry_class(&self, error: &Error) -> Option<RetryClass> {
        // A file that is still being put together: the request was turned away.
        (error.kind() == ErrorKind::Locked).then_some(RetryClass::NotProcessed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_name_is_told_from_a_missing_permission() {
        for taken in [
            "Un élément du même nom existe déjà. Veuillez saisir un nom différent.",
            "un element du meme nom existe deja",
            "Un e\u{301}le\u{301}ment du me\u{302}me nom existe de\u{301}ja\u{300}.",
        ] {
            assert!(is_duplicate(taken), "{taken}");
        }
        for other in ["", "Vous n'avez pas les droits", "Le nom existe", "already exists"] {
            assert!(!is_duplicate(other), "{other}");
        }
    }
}
