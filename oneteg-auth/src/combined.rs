use crate::{AuthError, AuthRequest, Authenticator, BoxFuture, CredentialVersion, Recovery};

/// Two credentials on every request, such as MediaValet's bearer token and its
/// `Ocp-Apim-Subscription-Key`. The first is the one that can be renewed: its version is reported, and a
/// refusal goes to it.
#[derive(Debug, Clone)]
pub struct CombinedAuthenticator<First, Second> {
    first: First,
    second: Second,
}

impl<First: Authenticator, Second: Authenticator> CombinedAuthenticator<First, Second> {
    /// The renewable credential and the other one.
    pub fn new(first: First, second: Second) -> Self {
        Self { first, second }
    }

    /// The renewable credential.
    pub fn first(&self) -> &First {
        &self.first
    }
}

impl<First: Authenticator, Second: Authenticator> Authenticator
    for CombinedAuthenticator<First, Second>
{
    fn authorize<'a>(
        &'a self,
        request: AuthRequest<'a>,
    ) -> BoxFuture<'a, Result<CredentialVersion, AuthError>> {
        Box::pin(async move {
            let AuthRequest { url, headers } = request;
            self.second.authorize(AuthRequest { url, headers: &mut *headers }).await?;
            self.first.authorize(AuthRequest { url, headers }).await
        })
    }

    fn refused(&self, version: CredentialVersion) -> BoxFuture<'_, Result<Recovery, AuthError>> {
        self.first.refused(version)
    }
}
