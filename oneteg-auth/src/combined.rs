use crate::{AuthError, AuthRequest, Authenticator, BoxFuture, CredentialVersion, Recovery};

/// Two credentials on every request, such as MediaValet's bearer token and its `Ocp-Apim-Subscription-Key`.
///
/// The first one is renewable: requests carry its version, and a refusal is reported to it. The second one is
/// fixed.
///
/// ```
/// use oneteg_auth::{ApiKey, AuthError, CombinedAuthenticator, OAuth2, Secret};
///
/// fn with_subscription_key(
///     oauth: OAuth2,
///     key: &Secret,
/// ) -> Result<CombinedAuthenticator<OAuth2, ApiKey>, AuthError> {
///     let header = http::HeaderName::from_static("ocp-apim-subscription-key");
///     Ok(CombinedAuthenticator::new(oauth, ApiKey::in_header(header, key)?))
/// }
/// ```
#[derive(Debug, Clone)]
pub struct CombinedAuthenticator<Renewable, Fixed> {
    renewable: Renewable,
    fixed: Fixed,
}

impl<Renewable: Authenticator, Fixed: Authenticator> CombinedAuthenticator<Renewable, Fixed> {
    /// Combines a renewable credential with a fixed one.
    pub fn new(renewable: Renewable, fixed: Fixed) -> Self {
        Self { renewable, fixed }
    }

    /// The renewable credential.
    pub fn renewable(&self) -> &Renewable {
        &self.renewable
    }
}

impl<Renewable: Authenticator, Fixed: Authenticator> Authenticator
    for CombinedAuthenticator<Renewable, Fixed>
{
    fn authorize<'a>(
        &'a self,
        request: AuthRequest<'a>,
    ) -> BoxFuture<'a, Result<CredentialVersion, AuthError>> {
        Box::pin(async move {
            let AuthRequest { url, headers } = request;
            self.fixed.authorize(AuthRequest { url, headers: &mut *headers }).await?;
            self.renewable.authorize(AuthRequest { url, headers }).await
        })
    }

    fn refused(&self, version: CredentialVersion) -> BoxFuture<'_, Result<Recovery, AuthError>> {
        self.renewable.refused(version)
    }
}
