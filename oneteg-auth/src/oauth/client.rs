use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::HeaderValue;
use reqwest::Client;
use url::{Url, form_urlencoded};

use super::{
    config::OAuth2Config,
    grants::{ClientCredentialsGrant, RefreshGrant},
    pending::UsedStates,
    provider_http::{ProviderHttp, default_client},
    token_endpoint::TokenEndpoint,
};
use crate::{
    AuthError, AuthRequest, Authenticator, BoxFuture, Clock, CredentialVersion, Grant,
    IdTokenClaims, MemoryStore, OAuthFlow, Recovery, SessionKey, SystemClock, TokenStore,
    session::{Session, SessionPolicy, SessionStorage},
};

/// An OAuth 2.0 session as a credential: signs in, keeps the token fresh, signs out.
///
/// Clones share the session. Requires a Tokio runtime.
///
/// ```
/// use oneteg_auth::{OAuth2, OAuth2Config};
///
/// let token_url = "https://acme.netexplorer.pro/oauth2/token".parse()?;
/// let config = OAuth2Config::client_credentials("client id", "s3cret", token_url);
/// let session = OAuth2::builder(config).build()?;
/// // Nothing is requested before the first call.
/// assert!(session.warm_header().is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct OAuth2 {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    endpoint: TokenEndpoint,
    session: Session,
    used_states: Mutex<UsedStates>,
}

/// Builds an [`OAuth2`].
#[derive(Debug)]
pub struct OAuth2Builder {
    config: OAuth2Config,
    store: Option<Arc<dyn TokenStore>>,
    key: SessionKey,
    api_url: Option<Url>,
    client: Option<Client>,
    clock: Arc<dyn Clock>,
    policy: SessionPolicy,
}

impl OAuth2Builder {
    /// The store that keeps the session, and the key it is stored under. Default: the memory of this process.
    #[must_use]
    pub fn store(mut self, store: Arc<dyn TokenStore>, key: SessionKey) -> Self {
        self.store = Some(store);
        self.key = key;
        self
    }

    /// The server that the access tokens are sent to. A session that was stored for another server is not used,
    /// and neither is one of another token URL or client id. Default: servers are not compared.
    #[must_use]
    pub fn api_url(mut self, api_url: Url) -> Self {
        self.api_url = Some(api_url);
        self
    }

    /// The client for requests to the provider. It must not follow redirects; a response that came by one is
    /// rejected. Default: a client of this crate.
    #[must_use]
    pub fn http_client(mut self, client: Client) -> Self {
        self.client = Some(client);
        self
    }

    /// The source of time. Default: the system.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// The timing of refresh, leases and backoff. Default: [`SessionPolicy::default`].
    #[must_use]
    pub fn policy(mut self, policy: SessionPolicy) -> Self {
        self.policy = policy;
        self
    }

    /// Builds the credential.
    ///
    /// # Errors
    /// [`AuthError::EmptyValue`], [`AuthError::HiddenCharacter`], [`AuthError::InvalidUrl`] and
    /// [`AuthError::InsecureUrl`] for what is wrong in the configuration, [`AuthError::HttpClient`] if TLS
    /// cannot be set up.
    pub fn build(self) -> Result<OAuth2, AuthError> {
        self.config.check()?;
        let client = match self.client {
            Some(client) => client,
            None => default_client()?,
        };
        let http = ProviderHttp::new(client, self.config.request_timeout, Arc::clone(&self.clock));
        let endpoint = TokenEndpoint { config: Arc::new(self.config), http };
        let grant: Arc<dyn Grant> = match endpoint.config.flow {
            OAuthFlow::AuthorizationCode => Arc::new(RefreshGrant(endpoint.clone())),
            OAuthFlow::ClientCredentials => Arc::new(ClientCredentialsGrant(endpoint.clone())),
        };
        let clock = Arc::clone(&self.clock);
        let store = self.store.unwrap_or_else(|| Arc::new(MemoryStore::with_clock(clock)));
        let header = endpoint.config.header.clone();
        let binding = binding(&endpoint.config, self.api_url.as_ref());
        let place = SessionStorage { store, key: self.key, binding: Some(binding) };
        let session = Session::new(grant, place, header, self.clock, self.policy)?;
        let used_states = Mutex::default();
        Ok(OAuth2 { inner: Arc::new(Inner { endpoint, session, used_states }) })
    }
}

/// What a session belongs to: the grant, the client, the token URL and the API server. It is kept with the
/// tokens and compared as a whole.
pub(crate) fn binding(config: &OAuth2Config, api: Option<&Url>) -> String {
    let mut token_url = config.token_url.clone();
    token_url.set_query(None);
    token_url.set_fragment(None);
    let api = api.map_or_else(|| "-".to_owned(), |api| api.origin().ascii_serialization());
    let client: String =
        form_urlencoded::byte_serialize(config.client_id.trim().as_bytes()).collect();
    let grant = match config.flow {
        OAuthFlow::AuthorizationCode => "person",
        OAuthFlow::ClientCredentials => "client",
    };
    format!("{grant} {client} {token_url} {api}")
}

impl OAuth2 {
    /// Begins to build a credential.
    pub fn builder(config: OAuth2Config) -> OAuth2Builder {
        OAuth2Builder {
            config,
            store: None,
            key: SessionKey::new("default"),
            api_url: None,
            client: None,
            clock: Arc::new(SystemClock),
            policy: SessionPolicy::default(),
        }
    }

    /// The header value and the version of a fresh token, without waiting; `None` if the token has to be
    /// refreshed first. [`Authenticator::authorize`] does both.
    pub fn warm_header(&self) -> Option<(HeaderValue, CredentialVersion)> {
        self.inner.session.warm_header()
    }

    /// The scopes of the token in use, as far as the provider reported them.
    ///
    /// # Errors
    /// As [`Authenticator::authorize`].
    pub async fn scopes(&self) -> Result<Vec<String>, AuthError> {
        Ok(self.inner.session.token().await?.scopes.clone())
    }

    /// How many seconds the provider's clock was ahead of this machine's at the last response.
    pub fn clock_skew_seconds(&self) -> i64 {
        self.inner.endpoint.http.skew()
    }

    /// The claims of the stored session's ID token about who signed in, read and not verified (see
    /// [`IdToken::claims`](crate::IdToken::claims)). `None` if nobody is signed in or the provider sent no ID
    /// token: it sends one if the scope `openid` was granted. No request is made.
    ///
    /// # Errors
    /// [`AuthError::Store`] if the session could not be read.
    pub async fn id_token_claims(&self) -> Result<Option<IdTokenClaims>, AuthError> {
        let stored = self.session().stored_tokens().await?;
        Ok(stored.and_then(|tokens| tokens.id_token?.claims()))
    }

    pub(super) fn config(&self) -> &OAuth2Config {
        &self.inner.endpoint.config
    }

    pub(super) fn endpoint(&self) -> &TokenEndpoint {
        &self.inner.endpoint
    }

    pub(super) fn session(&self) -> &Session {
        &self.inner.session
    }

    pub(super) fn used_states(&self) -> MutexGuard<'_, UsedStates> {
        self.inner.used_states.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Authenticator for OAuth2 {
    fn authorize<'a>(
        &'a self,
        request: AuthRequest<'a>,
    ) -> BoxFuture<'a, Result<CredentialVersion, AuthError>> {
        self.inner.session.authorize(request)
    }

    fn refused(&self, version: CredentialVersion) -> BoxFuture<'_, Result<Recovery, AuthError>> {
        Box::pin(self.inner.session.refused(version))
    }
}
