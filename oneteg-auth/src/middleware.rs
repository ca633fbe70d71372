use std::sync::Arc;

use futures_util::future::BoxFuture;
use http::{Extensions, HeaderMap, HeaderName, header};
use reqwest::{Request, Response, redirect::Policy};
use reqwest_middleware::{ClientBuilder, Error, Next, Result};
use url::{Origin, Url};

use crate::{
    AuthError, AuthRequest, Authenticator, CredentialVersion, Recovery, Refusal, is_loopback,
};

/// An [`Authenticator`] as a `reqwest_middleware::Middleware`, for programs with their own `reqwest` client.
///
/// Requests to the connection's own origin carry the credential; requests to any other host pass unchanged. A
/// refused token is renewed once, and the request is sent again if its body can be.
///
/// A middleware cannot see whether the client below it follows redirects. When `reqwest` follows one to another
/// host, it removes `Authorization`, but not a vendor's own header such as `Ocp-Apim-Subscription-Key`. So
/// [`AuthMiddleware::client`] builds a client that follows no redirects, and a middleware created with
/// [`AuthMiddleware::new`] sends only headers that `reqwest` removes; it refuses others before the request is
/// sent.
///
/// ```
/// use oneteg_auth::{ApiKey, AuthMiddleware, Secret, client_builder};
/// use std::sync::Arc;
///
/// # fn client() -> Result<(), Box<dyn std::error::Error>> {
/// let key = ApiKey::in_header("ocp-apim-subscription-key".parse()?, &Secret::new("s3cret"))?;
/// let base = "https://api.mediavalet.com".parse()?;
/// let client = AuthMiddleware::client(&base, Arc::new(key), client_builder(true)?)?.build();
/// # let _ = client; Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct AuthMiddleware {
    authenticator: Arc<dyn Authenticator>,
    origin: Origin,
    /// Whether the client is known to follow no redirects.
    no_redirects: bool,
}

impl AuthMiddleware {
    /// A middleware for the server of `base_url`, in a client that may follow redirects. It sends credentials in
    /// `Authorization` or `Cookie` only; any other header is [`AuthError::ClientFollowsRedirects`].
    pub fn new(base_url: &Url, authenticator: Arc<dyn Authenticator>) -> Self {
        Self { authenticator, origin: base_url.origin(), no_redirects: false }
    }

    /// A client with a credential for the server of `base_url`. It follows no redirects, whatever `client` was
    /// set to; follow a redirect with a client that has no credential. Middleware that is added to the returned
    /// builder sees the request with its credential.
    ///
    /// # Errors
    /// [`AuthError::InsecureUrl`] for plain `http` to another machine, [`AuthError::HttpClient`] if the client
    /// cannot be built.
    pub fn client(
        base_url: &Url,
        authenticator: Arc<dyn Authenticator>,
        client: reqwest::ClientBuilder,
    ) -> std::result::Result<ClientBuilder, AuthError> {
        if base_url.scheme() != "https" && !is_loopback(base_url) {
            return Err(AuthError::InsecureUrl { what: "base URL" });
        }
        let client =
            client.redirect(Policy::none()).build().map_err(|_| AuthError::HttpClient {
                reason: "its settings cannot be used together, or TLS is not set up".to_owned(),
            })?;
        let middleware = Self { authenticator, origin: base_url.origin(), no_redirects: true };
        Ok(ClientBuilder::new(client).with(middleware))
    }

    async fn run(
        &self,
        mut request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> Result<Response> {
        if request.url().origin() != self.origin {
            return next.run(request, extensions).await;
        }
        let retry = request.try_clone();
        let version = self.authorize(&mut request).await?;
        let response = self.check_origin(next.clone().run(request, extensions).await?)?;
        // The body is left to the caller, so a gateway is recognised by its header alone.
        let refusal = Refusal::of(response.status(), response.headers(), b"");
        if !refusal.calls_for_refresh() {
            return Ok(response);
        }
        let recovery = self.authenticator.refused(version).await.map_err(Error::middleware)?;
        match (recovery, retry) {
            (Recovery::Retry, Some(mut retry)) => {
                drop(response);
                self.authorize(&mut retry).await?;
                self.check_origin(next.run(retry, extensions).await?)
            }
            _ => Ok(response),
        }
    }

    async fn authorize(&self, request: &mut Request) -> Result<CredentialVersion> {
        let url = request.url().clone();
        let before = request.headers().clone();
        let authorized = AuthRequest::new(&url, request.headers_mut());
        let version = self.authenticator.authorize(authorized).await.map_err(Error::middleware)?;
        if !self.no_redirects
            && let Some(name) = followed_by_redirects(&before, request.headers())
        {
            let header = name.to_string();
            return Err(Error::middleware(AuthError::ClientFollowsRedirects { header }));
        }
        Ok(version)
    }

    /// The response, if it is from the connection's own server. What another host returns to a redirected
    /// request is not the response to this one, and not about the credential.
    fn check_origin(&self, response: Response) -> Result<Response> {
        if response.url().origin() == self.origin {
            return Ok(response);
        }
        let expected = self.origin.ascii_serialization();
        Err(Error::middleware(AuthError::RedirectedAway { expected }))
    }
}

/// A header that was added and that `reqwest` would send to the target of a redirect.
fn followed_by_redirects<'a>(before: &HeaderMap, after: &'a HeaderMap) -> Option<&'a HeaderName> {
    const REMOVED: [HeaderName; 3] =
        [header::AUTHORIZATION, header::COOKIE, header::PROXY_AUTHORIZATION];
    after.keys().find(|name| {
        let same = before.get_all(*name).iter().eq(after.get_all(*name).iter());
        !same && !REMOVED.contains(name)
    })
}

// Written without the macro of `async_trait`, which is not worth a dependency for one impl.
impl reqwest_middleware::Middleware for AuthMiddleware {
    fn handle<'life0, 'life1, 'life2, 'async_trait>(
        &'life0 self,
        request: Request,
        extensions: &'life1 mut Extensions,
        next: Next<'life2>,
    ) -> BoxFuture<'async_trait, Result<Response>>
    where
        'life0: 'async_trait,
        'life1: 'async_trait,
        'life2: 'async_trait,
        Self: 'async_trait,
    {
        Box::pin(self.run(request, extensions, next))
    }
}
