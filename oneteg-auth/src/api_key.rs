use base64::prelude::{BASE64_STANDARD, Engine as _};
use http::{HeaderName, HeaderValue, header};

use crate::{AuthError, AuthRequest, Authenticator, BoxFuture, CredentialVersion, Secret};

/// A fixed key, sent in one header of every request.
///
/// ```
/// use oneteg_auth::{ApiKey, Secret};
///
/// // NetX: `Authorization: apiToken <key>`
/// let key = ApiKey::with_scheme("apiToken", &Secret::new("s3cret"))?;
/// assert!(!format!("{key:?}").contains("s3cret"));
/// # Ok::<(), oneteg_auth::AuthError>(())
/// ```
#[derive(Clone, Debug)]
pub struct ApiKey {
    header: HeaderName,
    /// Marked sensitive, so `Debug` of it, and of any header map it is in, shows `Sensitive`.
    value: HeaderValue,
}

impl ApiKey {
    /// A key sent as `Authorization: <scheme> <key>`.
    ///
    /// # Errors
    /// [`AuthError::EmptyValue`] for a blank key, [`AuthError::InvalidHeaderValue`] for one that is not
    /// printable ASCII without spaces (0x21 to 0x7e). White space around the key is removed.
    pub fn with_scheme(scheme: &str, key: &Secret) -> Result<Self, AuthError> {
        let value = Secret::new(format!("{scheme} {}", checked(key)?));
        Ok(Self { header: header::AUTHORIZATION, value: header_value(&value)? })
    }

    /// A key sent without a scheme in its own header, such as `Ocp-Apim-Subscription-Key`.
    ///
    /// # Errors
    /// As [`ApiKey::with_scheme`].
    pub fn in_header(header: HeaderName, key: &Secret) -> Result<Self, AuthError> {
        let key = Secret::new(checked(key)?);
        Ok(Self { header, value: header_value(&key)? })
    }

    /// A user name and a password with a colon between them, sent in base64 as `Authorization: Basic` (RFC 7617).
    ///
    /// # Errors
    /// [`AuthError::EmptyValue`] if both are blank, [`AuthError::InvalidHeaderValue`] without a colon.
    pub fn basic(user_and_password: &Secret) -> Result<Self, AuthError> {
        let what = "user name and password";
        let given = user_and_password.expose().trim();
        if given.is_empty() || given == ":" {
            return Err(AuthError::EmptyValue { what });
        }
        if !given.contains(':') {
            return Err(AuthError::InvalidHeaderValue { what, found: "no colon between them" });
        }
        let value = Secret::new(format!("Basic {}", BASE64_STANDARD.encode(given)));
        Ok(Self { header: header::AUTHORIZATION, value: header_value(&value)? })
    }

    /// The name and the value of its header. The value is marked sensitive.
    pub fn header(&self) -> (&HeaderName, &HeaderValue) {
        (&self.header, &self.value)
    }
}

fn checked(key: &Secret) -> Result<&str, AuthError> {
    if key.is_blank() {
        return Err(AuthError::EmptyValue { what: "API key" });
    }
    // White space around a key is what copying from a web page leaves behind.
    let trimmed = key.expose().trim();
    match Secret::new(trimmed).unsendable() {
        Some(found) => Err(AuthError::InvalidHeaderValue { what: "API key", found }),
        None => Ok(trimmed),
    }
}

fn header_value(content: &Secret) -> Result<HeaderValue, AuthError> {
    // The key was checked before, so what cannot be sent is the scheme.
    let mut value = HeaderValue::from_str(content.expose()).map_err(|_| {
        AuthError::InvalidHeaderValue { what: "scheme of the API key", found: "a character" }
    })?;
    value.set_sensitive(true);
    Ok(value)
}

impl Authenticator for ApiKey {
    fn authorize<'a>(
        &'a self,
        request: AuthRequest<'a>,
    ) -> BoxFuture<'a, Result<CredentialVersion, AuthError>> {
        request.headers.insert(self.header.clone(), self.value.clone());
        Box::pin(std::future::ready(Ok(CredentialVersion::default())))
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;
    use url::Url;

    use super::*;
    use crate::Recovery;

    #[tokio::test]
    async fn sends_the_scheme_and_the_trimmed_key() {
        let key = ApiKey::with_scheme("apiToken", &Secret::new(" abc\n")).unwrap();
        let mut headers = HeaderMap::new();
        let url = Url::parse("https://acme.netx.net/api/rpc").unwrap();
        key.authorize(AuthRequest::new(&url, &mut headers)).await.unwrap();
        assert_eq!(headers[header::AUTHORIZATION], "apiToken abc");
        assert_eq!(format!("{headers:?}"), r#"{"authorization": Sensitive}"#);
    }

    #[test]
    fn a_user_and_a_password_are_sent_in_base64() {
        // The example of RFC 7617 section 2.
        let key = ApiKey::basic(&Secret::new("Aladdin:open sesame\n")).unwrap();
        assert_eq!(key.header().1, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
        for unusable in ["", " : ", "canary"] {
            let error = ApiKey::basic(&Secret::new(unusable)).unwrap_err().to_string();
            assert!(!error.contains("canary"), "{error}");
        }
    }

    #[tokio::test]
    async fn has_nothing_newer_after_a_refusal() {
        let key = ApiKey::with_scheme("apiToken", &Secret::new("abc")).unwrap();
        assert_eq!(key.refused(CredentialVersion::default()).await.unwrap(), Recovery::GiveUp);
    }

    #[test]
    fn refuses_blank_and_unsendable_keys() {
        let refused = |key: &str| ApiKey::with_scheme("apiToken", &Secret::new(key)).unwrap_err();
        assert!(matches!(refused(" \t"), AuthError::EmptyValue { .. }));
        for (key, kind) in [
            ("canary\r\nx: y", "a line break"),
            ("canary\tx", "a tab"),
            ("canary x", "a space"),
            ("canary\0", "a control character"),
            ("\u{feff}canary", "a byte order mark"),
            ("canary\u{200b}x", "an invisible character"),
            ("canary\u{a0}x", "a space that is not ASCII"),
            ("canaryé", "a character outside ASCII"),
        ] {
            let error = refused(key);
            let AuthError::InvalidHeaderValue { found, .. } = &error else { panic!("{error}") };
            assert!(found.starts_with(kind), "{found} / {kind}");
            assert!(!format!("{error} {error:?}").contains("canary"));
            let name = HeaderName::from_static("x-key");
            assert!(ApiKey::in_header(name, &Secret::new(key)).is_err(), "{kind}");
        }
    }
}
