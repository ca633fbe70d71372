use std::{fmt, future::Future, pin::Pin};

use http::HeaderMap;
use url::Url;

use crate::{AuthError, CredentialVersion};

/// A boxed future, so that [`Authenticator`] can be a trait object.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// One attempt of a request, as an [`Authenticator`] sees it: its URL and its headers.
#[non_exhaustive]
pub struct AuthRequest<'a> {
    /// The URL of the request. The runtime asks only for requests to the connection's own origin (RFC 6750
    /// section 5.3): a storage or CDN host never sees a credential.
    pub url: &'a Url,
    /// The headers to add the credential to. Mark its value sensitive.
    pub headers: &'a mut HeaderMap,
}

impl<'a> AuthRequest<'a> {
    /// A request to `url` with the headers it has so far.
    pub fn new(url: &'a Url, headers: &'a mut HeaderMap) -> Self {
        Self { url, headers }
    }
}

/// Shows neither the query, which may contain the signature of a link, nor header values.
impl fmt::Debug for AuthRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthRequest")
            .field("origin", &self.url.origin().ascii_serialization())
            .field("path", &self.url.path())
            .field("headers", &self.headers.keys().collect::<Vec<_>>())
            .finish()
    }
}

/// What the caller may do after the server refused a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Recovery {
    /// There is a newer credential: send the request again, once.
    Retry,
    /// There is no newer credential: report the refusal.
    GiveUp,
}

/// Adds a credential to requests.
///
/// All clones of a client share one value and call it for every attempt of every request, so the path with a
/// usable credential must not block.
///
/// ```
/// use http::HeaderValue;
/// use oneteg_auth::{AuthError, AuthRequest, Authenticator, BoxFuture, CredentialVersion};
///
/// #[derive(Debug)]
/// struct Fixed(HeaderValue);
///
/// impl Authenticator for Fixed {
///     fn authorize<'a>(
///         &'a self,
///         request: AuthRequest<'a>,
///     ) -> BoxFuture<'a, Result<CredentialVersion, AuthError>> {
///         request.headers.insert("x-key", self.0.clone());
///         Box::pin(async { Ok(CredentialVersion::default()) })
///     }
/// }
/// ```
pub trait Authenticator: fmt::Debug + Send + Sync + 'static {
    /// Adds the credential to one attempt and returns the version that was used.
    ///
    /// # Errors
    /// [`AuthError`] if there is no usable credential; the request is then not sent.
    fn authorize<'a>(
        &'a self,
        request: AuthRequest<'a>,
    ) -> BoxFuture<'a, Result<CredentialVersion, AuthError>>;

    /// Reports that the server refused the credential of this version. The default has no newer one.
    ///
    /// # Errors
    /// [`AuthError`] if getting a newer credential failed.
    fn refused(&self, version: CredentialVersion) -> BoxFuture<'_, Result<Recovery, AuthError>> {
        let _ = version;
        Box::pin(async { Ok(Recovery::GiveUp) })
    }
}

/// A credential that is shared, or whose type is chosen at run time.
impl<A: Authenticator + ?Sized> Authenticator for std::sync::Arc<A> {
    fn authorize<'a>(
        &'a self,
        request: AuthRequest<'a>,
    ) -> BoxFuture<'a, Result<CredentialVersion, AuthError>> {
        (**self).authorize(request)
    }

    fn refused(&self, version: CredentialVersion) -> BoxFuture<'_, Result<Recovery, AuthError>> {
        (**self).refused(version)
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderValue, header};

    use super::*;

    #[test]
    fn debug_of_a_request_shows_neither_query_nor_header_values() {
        let url = Url::parse("https://user:canary@api.example/a?sig=canary").unwrap();
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, HeaderValue::from_static("canary"));
        let shown = format!("{:?}", AuthRequest::new(&url, &mut headers));
        assert!(
            shown.contains("https://api.example") && shown.contains("authorization"),
            "{shown}"
        );
        assert!(!shown.contains("canary"), "{shown}");
    }
}
