use std::{fmt, future::Future, pin::Pin};

use http::HeaderMap;
use url::Url;

use crate::{AuthError, CredentialVersion};

/// A boxed future, so that [`Authenticator`] can be a trait object.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// One try of a request, as an [`Authenticator`] sees it: where it goes, and its headers.
#[non_exhaustive]
pub struct AuthRequest<'a> {
    /// Where the request goes. The runtime asks only for requests to the connection's own origin
    /// (RFC 6750 section 5.3): a storage or CDN host never sees a credential.
    pub url: &'a Url,
    /// The headers to add the credential to. Values are marked sensitive.
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
    /// There is a newer credential: the request may be sent again, once.
    Retry,
    /// There is nothing newer: report the refusal.
    GiveUp,
}

/// Adds a credential to requests.
///
/// One value serves all clones of a client and is called for every try of every request, so the path
/// with a usable credential must not block.
pub trait Authenticator: fmt::Debug + Send + Sync + 'static {
    /// Adds the credential to one try and says which version of it was used.
    ///
    /// # Errors
    /// [`AuthError`] when there is no usable credential; the request is then not sent.
    fn authorize<'a>(
        &'a self,
        request: AuthRequest<'a>,
    ) -> BoxFuture<'a, Result<CredentialVersion, AuthError>>;

    /// The server refused the credential of this version. The default has nothing newer to offer.
    ///
    /// # Errors
    /// [`AuthError`] when getting a newer credential failed.
    fn refused(&self, version: CredentialVersion) -> BoxFuture<'_, Result<Recovery, AuthError>> {
        let _ = version;
        Box::pin(async { Ok(Recovery::GiveUp) })
    }
}

/// A credential that is shared, or whose kind is chosen at run time.
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
