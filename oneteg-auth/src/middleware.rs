use std::sync::Arc;

use futures_util::future::BoxFuture;
use http::Extensions;
use reqwest::{Request, Response};
use reqwest_middleware::{Error, Next, Result};
use url::{Origin, Url};

use crate::{AuthRequest, Authenticator, Recovery, Refusal};

/// An [`Authenticator`] for people who bring their own `reqwest` client, as a
/// `reqwest_middleware::Middleware`.
///
/// Requests to the connection's own origin carry the credential; requests to any other host pass
/// untouched. A refused token is renewed once and the request sent again if its body can be.
#[derive(Debug, Clone)]
pub struct AuthMiddleware {
    authenticator: Arc<dyn Authenticator>,
    origin: Origin,
}

impl AuthMiddleware {
    /// A credential for the server `base_url` is on.
    pub fn new(base_url: &Url, authenticator: Arc<dyn Authenticator>) -> Self {
        Self { authenticator, origin: base_url.origin() }
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
        let response = next.clone().run(request, extensions).await?;
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
                next.run(again, extensions).await
            }
            _ => Ok(response),
        }
    }

    async fn authorize(&self, request: &mut Request) -> Result<crate::CredentialVersion> {
        let url = request.url().clone();
        let request = AuthRequest { url: &url, headers: request.headers_mut() };
        self.authenticator.authorize(request).await.map_err(Error::middleware)
    }
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
