use std::sync::Arc;

use futures_util::future::BoxFuture;
use http::{Extensions, HeaderMap, HeaderName, header};
use reqwest::{Request, Response, redirect::Policy};
use reqwest_middleware::{ClientBuilder, Error, Next, Result};
use url::{Origin, Url};

use crate::{
    AuthError, AuthRequest, Authenticator, CredentialVersion, Recovery, Refusal, is_loopback,
};

/// An [`Authenticator`] for people who bring their own `reqwest` client, as a
/// `reqwest_middleware::Middleware`.
///
/// Requests to the connection's own origin carry the credential; requests to any other host pass
/// untouched. A refused token is renewed once and the request sent again if its body can be.
///
/// A middleware cannot see whether the client below it follows redirects. When `reqwest` follows one to
/// another host, it removes `Authorization`, but not a vendor's own header such as
/// `Ocp-Apim-Subscription-Key`. Therefore [`AuthMiddleware::client`] makes a client that follows no
/// redirects, and a middleware made with [`AuthMiddleware::new`] sends only headers that `reqwest` removes,
/// and refuses others before anything is sent.
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
    /// Whether the client is known to follow no redirect.
    stays: bool,
}

impl AuthMiddleware {
    /// A credential for the server `base_url` is on, for a client that may follow redirects. It sends
    /// credentials in `Authorization` (or `Cookie`) only: others are [`AuthError::ClientFollowsRedirects`].
    pub fn new(base_url: &Url, authenticator: Arc<dyn Authenticator>) -> Self {
        Self { authenticator, origin: base_url.origin(), stays: false }
    }

    /// A client with a credential for the server `base_url` is on. It follows no redirects, whatever
    /// `client` was set to; the caller may follow a redirect with a client that has no credential. More
    /// middleware may be added to the returned builder; it sees the request with its credential.
    ///
    /// # Errors
    /// [`AuthError::InsecureUrl`] for plain `http` to another machine, [`AuthError::HttpClient`] when the client
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
        let middleware = Self { authenticator, origin: base_url.origin(), stays: true };
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
        let again = request.try_clone();
        let version = self.authorize(&mut request).await?;
        let response = self.own(next.clone().run(request, extensions).await?)?;
        // The body belongs to the caller, so a gateway is known by its header alone here.
        let refusal = Refusal::of(response.status(), response.headers(), b"");
        if !refusal.is_worth_a_refresh() {
            return Ok(response);
        }
        let recovery = self.authenticator.refused(version).await.map_err(Error::middleware)?;
        match (recovery, again) {
            (Recovery::Retry, Some(mut again)) => {
                drop(response);
                self.authorize(&mut again).await?;
                self.own(next.run(again, extensions).await?)
            }
            _ => Ok(response),
        }
    }

    async fn authorize(&self, request: &mut Request) -> Result<CredentialVersion> {
        let url = request.url().clone();
        let before = request.headers().clone();
        let authorized = AuthRequest::new(&url, request.headers_mut());
        let version = self.authenticator.authorize(authorized).await.map_err(Error::middleware)?;
        if !self.stays
            && let Some(name) = carried_along(&before, request.headers())
        {
            let header = name.to_string();
            return Err(Error::middleware(AuthError::ClientFollowsRedirects { header }));
        }
        Ok(version)
    }

    /// The response, if it is from the connection's own server: what another host returns for a request
    /// without a credential is neither the response to this request nor about the credential.
    fn own(&self, response: Response) -> Result<Response> {
        if response.url().origin() == self.origin {
            return Ok(response);
        }
        let expected = self.origin.ascii_serialization();
        Err(Error::middleware(AuthError::RedirectedAway { expected }))
    }
}

/// A header that was added and that `reqwest` would send on to the target of a redirect.
fn carried_along<'a>(before: &HeaderMap, after: &'a HeaderMap) -> Option<&'a HeaderName> {
    const TAKEN_OFF: [HeaderName; 3] =
        [header::AUTHORIZATION, header::COOKIE, header::PROXY_AUTHORIZATION];
    after.keys().find(|name| {
        let same = before.get_all(*name).iter().eq(after.get_all(*name).iter());
        !same && !TAKEN_OFF.contains(name)
    })
}

// Written out because the trait is an `async_trait` and one impl is not worth the macro.
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
