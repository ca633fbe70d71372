//! The meaning of NetExplorer's error responses. They have no codes: the meaning is in the status and the message.
//!
//! | Status | Operation | Message | [`ErrorCode`] | [`ErrorKind`] |
//! |---|---|---|---|---|
//! | 403, 409, 422 | any | the name is taken | `DuplicateName` | `Conflict` |
//! | 403 | any | other | | `PermissionDenied` |
//! | 413 | any | any | `TooLarge` | `Api` |
//! | 404, 410 | TUS | any | `UploadExpired` | `NotFound` |
//! | 409 | TUS | other | `WrongOffset` | `Conflict` |
//! | 423 | any | any | | `Locked`; safe to retry, since it was not processed |

use oneteg_http::{
    Error, ErrorKind, RetryClass, Vendor, VendorFault,
    reqwest::{StatusCode, header::HeaderMap},
};
use serde_json::Value;

/// What an error means beyond its [`ErrorKind`].
///
/// ```
/// use netexplorer_sdk::{ErrorCode, Error};
///
/// fn explain(error: &Error) -> &'static str {
///     match ErrorCode::of(error) {
///         Some(ErrorCode::DuplicateName) => "the name is taken; choose another",
///         Some(ErrorCode::UploadExpired) => "the upload has expired; start a new one",
///         Some(ErrorCode::TooLarge) => "the platform does not accept files of that size",
///         _ => "something else",
///     }
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorCode {
    /// The folder already has an entry of that name. The kind is [`ErrorKind::Conflict`].
    ///
    /// The platform responds with status 403 and the message "Un élément du même nom existe déjà"; 409 and 422
    /// have been observed as well. It is recognised by the words "même nom existe déjà" alone, with or without
    /// accents; a 403 with any other message is a missing permission. The messages of platforms in other
    /// languages are unknown, so they count as a missing permission too.
    DuplicateName,
    /// Status 413: the platform does not accept uploads of that size.
    TooLarge,
    /// The server does not know the TUS upload: it has expired or was cancelled.
    UploadExpired,
    /// The server's offset of the TUS upload differs from the client's, even after asking for it. Another client
    /// is writing to the same upload.
    WrongOffset,
}

impl ErrorCode {
    /// The meaning of an error, if more is known than its kind.
    pub fn of(error: &Error) -> Option<Self> {
        let status = error.status()?.as_u16();
        let is_tus = error.operation().is_some_and(|operation| operation.starts_with("tus_"));
        match status {
            403 | 409 | 422 if is_duplicate_name(error.message()) => Some(Self::DuplicateName),
            413 => Some(Self::TooLarge),
            404 | 410 if is_tus => Some(Self::UploadExpired),
            409 if is_tus => Some(Self::WrongOffset),
            _ => None,
        }
    }
}

/// Whether a message is the platform's for a name that is taken.
fn is_duplicate_name(message: &str) -> bool {
    let without_accents: String = message
        .to_lowercase()
        .chars()
        // In decomposed form, an accent is a combining mark after its letter.
        .filter(|character| !('\u{300}'..='\u{36f}').contains(character))
        .map(|character| match character {
            'é' | 'è' | 'ê' | 'ë' => 'e',
            'à' | 'â' => 'a',
            other => other,
        })
        .collect();
    without_accents.contains("meme nom existe deja")
}

/// Reads and classifies NetExplorer's error responses.
#[derive(Debug)]
pub(crate) struct NetExplorer;

impl Vendor for NetExplorer {
    fn name(&self) -> &'static str {
        "netexplorer"
    }

    #[cfg(feature = "cassette")]
    fn vocabulary(&self) -> oneteg_http::pseudonym::Vocabulary {
        use crate::words::{NAMES, VALUES};
        oneteg_http::pseudonym::Vocabulary::new(NAMES.iter().copied(), VALUES.iter().copied())
            .phrases(["même nom existe déjà"])
            .values(["api", "tus"])
    }

    fn fault(&self, _: StatusCode, _: &HeaderMap, body: &Value) -> Option<VendorFault> {
        let non_empty =
            |value: &Value| value.as_str().filter(|string| !string.is_empty()).map(str::to_owned);
        let member = |name: &str| non_empty(&body[name]);
        let message = non_empty(body)
            .or_else(|| member("error"))
            .or_else(|| member("message"))
            .or_else(|| member("error_description"))
            .or_else(|| non_empty(&body["error"]["message"]))?;
        // In OAuth errors, `error` is the code and `error_description` the message (RFC 6749 section 5.2).
        let described = member("error").zip(member("error_description"));
        let (code, message) = match described {
            Some((code, description)) => (Some(code), description),
            None => (None, message),
        };
        Some(VendorFault::new(code, Some(message), None))
    }

    fn classify(&self, fault: &VendorFault) -> Option<ErrorKind> {
        let message = fault.message.as_deref()?;
        is_duplicate_name(message).then_some(ErrorKind::Conflict)
    }

    fn retry_class(&self, error: &Error) -> Option<RetryClass> {
        // The file is still being assembled or is locked: the request was refused without effect.
        (error.kind() == ErrorKind::Locked).then_some(RetryClass::NotProcessed)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_taken_name_is_distinguished_from_a_missing_permission() {
        for taken in [
            "Un élément du même nom existe déjà. Veuillez saisir un nom différent.",
            "un element du meme nom existe deja",
            "Un e\u{301}le\u{301}ment du me\u{302}me nom existe de\u{301}ja\u{300}.",
        ] {
            assert!(is_duplicate_name(taken), "{taken}");
        }
        for other in ["", "Vous n'avez pas les droits", "Le nom existe", "already exists"] {
            assert!(!is_duplicate_name(other), "{other}");
        }
    }

    #[test]
    fn the_message_is_found_in_every_form_of_a_fault() {
        let fault =
            |body: Value| NetExplorer.fault(StatusCode::BAD_REQUEST, &HeaderMap::new(), &body);
        for body in [
            json!("Refusé"),
            json!({"error": "Refusé"}),
            json!({"message": "Refusé"}),
            json!({"error_description": "Refusé"}),
            json!({"error": {"message": "Refusé"}}),
            json!({"error": "", "message": "Refusé"}),
        ] {
            let fault = fault(body.clone()).unwrap();
            assert_eq!((fault.code, fault.message.as_deref()), (None, Some("Refusé")), "{body}");
        }
        let oauth =
            fault(json!({"error": "invalid_grant", "error_description": "Expiré"})).unwrap();
        assert_eq!(
            (oauth.code.as_deref(), oauth.message.as_deref()),
            (Some("invalid_grant"), Some("Expiré"))
        );
        for empty in [json!(null), json!({}), json!(""), json!({"error": 5}), json!([])] {
            assert!(fault(empty.clone()).is_none(), "{empty}");
        }
    }

    #[test]
    fn only_a_taken_name_and_a_lock_are_classified_here() {
        let classify = |message: &str| {
            NetExplorer.classify(&VendorFault::new(None, Some(message.to_owned()), None))
        };
        assert_eq!(classify("Un dossier du même nom existe déjà"), Some(ErrorKind::Conflict));
        assert_eq!(classify("Accès refusé"), None);
        let retry = |kind| NetExplorer.retry_class(&Error::new(kind, ""));
        assert_eq!(retry(ErrorKind::Locked), Some(RetryClass::NotProcessed));
        assert_eq!(retry(ErrorKind::Conflict), None);
    }
}
