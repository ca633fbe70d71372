//! Errors of the libraries below: the HTTP client, HTTP/2 and the authenticator.

use std::{error::Error as StdError, io};

use oneteg_auth::AuthError;

use super::ErrorKind;

/// The kind and message of an error of the HTTP client.
pub(super) fn describe_reqwest(error: &reqwest::Error) -> (ErrorKind, String) {
    // A connect timeout is both kinds. That nothing was sent matters more: any operation may be retried.
    if error.is_connect() {
        let server = error.url().and_then(|url| url.host_str()).unwrap_or("the server");
        let reason = connect_reason(error).map(|reason| format!(": {reason}"));
        let message =
            format!("no connection to {server} could be made{}", reason.unwrap_or_default());
        (ErrorKind::Connect, message)
    } else if error.is_timeout() {
        (ErrorKind::Timeout, "the server did not respond in time".into())
    } else if error.is_builder() {
        (ErrorKind::InvalidRequest, "the request could not be built".into())
    } else {
        (ErrorKind::Transport, "the connection broke".into())
    }
}

/// Why there is no connection, such as a refusal, a name that nobody knows or a certificate that is not trusted: the
/// innermost error. Those around it only state that there was none.
fn connect_reason(error: &reqwest::Error) -> Option<String> {
    let mut innermost = error.source()?;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    // The same words on every system, without the number.
    let system = innermost.downcast_ref::<io::Error>().filter(|io| io.raw_os_error().is_some());
    Some(system.map_or_else(|| innermost.to_string(), |io| io.kind().to_string()))
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
