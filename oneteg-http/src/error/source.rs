//! Errors of the libraries below: the HTTP client, HTTP/2 and the authenticator.

use std::error::Error as StdError;

use oneteg_auth::AuthError;

use super::ErrorKind;

/// The kind and message of an error of the HTTP client.
pub(super) fn describe_reqwest(error: &reqwest::Error) -> (ErrorKind, &'static str) {
    // A connect timeout is both kinds. That nothing was sent matters more: any operation may be retried.
    if error.is_connect() {
        (ErrorKind::Connect, "no connection to the server could be made")
    } else if error.is_timeout() {
        (ErrorKind::Timeout, "the server did not respond in time")
    } else if error.is_builder() {
        (ErrorKind::InvalidRequest, "the request could not be built")
    } else {
        (ErrorKind::Transport, "the connection broke")
    }
}

pub(super) fn kind_of_auth(error: &AuthError) -> ErrorKind {
    match error {
        AuthError::HttpClient { .. }
        | AuthError::OAuthNotCompiled
        | AuthError::ProfilesNotCompiled => ErrorKind::Configuration,
        _ => ErrorKind::Authentication,
    }
}

/// Whether an error was caused by an HTTP/2 server that discarded the request without processing it: a
/// graceful shutdown or a refused stream (RFC 9113 sections 6.8 and 8.7).
pub(super) fn is_unprocessed_by_server(error: &(dyn StdError + 'static)) -> bool {
    let mut cause = error.source();
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<h2::Error>() {
            let shut_down = error.is_go_away() && error.reason() == Some(h2::Reason::NO_ERROR);
            let refused = error.is_reset() && error.reason() == Some(h2::Reason::REFUSED_STREAM);
            return error.is_remote() && (shut_down || refused);
        }
        cause = error.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use oneteg_auth::{Connection, Profiles};

    use super::*;
    use crate::Error;

    #[test]
    fn settings_and_profiles_that_are_wrong_are_configuration() {
        let faulty = Error::from(Connection::from_toml("").unwrap_err());
        let unknown = Error::from(Profiles::in_folder("no/such/folder").load("acme").unwrap_err());
        let unsupported = Error::from(AuthError::OAuthNotCompiled);
        let unsaved = Error::from(AuthError::ProfilesNotCompiled);
        for error in [faulty, unknown, unsupported, unsaved] {
            assert_eq!(error.kind(), ErrorKind::Configuration, "{error}");
            assert!(error.source().is_some(), "{error}");
        }
    }

    #[test]
    fn a_profile_whose_user_is_not_signed_in_is_authentication() {
        let error = Error::from(oneteg_auth::ProfileError::from(AuthError::NotSignedIn));
        assert_eq!(error.kind(), ErrorKind::Authentication);
    }
}
