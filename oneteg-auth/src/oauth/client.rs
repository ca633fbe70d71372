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

/// Sets an [`OAuth2`] up.
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
    /// Where the session is kept, and under which name. Default: this process's memory.
    #[must_use]
    pub fn store(mut self, store: Arc<dyn TokenStore>, key: SessionKey) -> Self {
        self.store = Some(store);
        self.key = key;
        self
    }

    /// The server that the access tokens are sent to. A session that was stored for another one is not used,
    /// as is one of another token URL or client id. Default: not compared.
    #[must_use]
    pub fn api_url(mut self, api_url: Url) -> Self {
        self.api_url = Some(api_url);
        self
    }

    /// The client for requests to the provider. It must not follow redirects; an answer that came by one
    /// is refused. Default: one of this crate's own.
    #[must_use]
    pub fn http_client(mut self, client: Client) -> Self {
        self.client = Some(client);
        self
    }

    /// Where time comes from. Default: the system.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// The times the session is kept alive by.
    #[must_use]
    pub fn policy(mut self, policy: SessionPolicy) -> Self {
        self.policy = policy;
        self
    }

    /// The credential.
    ///
    /// # Errors
    /// [`AuthError::Empty`], [`AuthError::InvalidUrl`] and [`AuthError::InsecureUrl`] for what is wrong in
    /// the configuration, [`AuthError::HttpClient`] when TLS cannot be set up.
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

/// Whose a session is: who granted its tokens, to which client, by which grant, for which server. Kept with
/// the tokens and compared as a whole.
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
    /// Starts to set a credential up.
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

    /// The header value and version of a fresh token, or `None` when the token has to be looked after
    /// first; [`Authenticator::authorize`] does both.
    pub fn warm_header(&self) -> Option<(HeaderValue, CredentialVersion)> {
        self.inner.session.warm_header()
    }

    /// The scopes of the token in use, as far as the provider said.
    ///
    /// # Errors
    /// As [`Authenticator::authorize`].
    pub async fn scopes(&self) -> Result<Vec<String>, AuthError> {
        Ok(self.inner.session.token().await?.scopes.clone())
    }

    /// By how many seconds the provider's clock was ahead of this machine's at the last answer.
    pub fn clock_skew_seconds(&self) -> i64 {
        self.inner.endpoint.http.skew()
    }

    /// The claims of the stored session's ID token about who signed in, read and not verified (see
    /// [`IdToken::claims`]). `None` when nobody is signed in or the provider sent no ID token: it sends one
    /// when the scope `openid` was granted. No request is made.
    ///
    /// # Errors
    /// [`AuthError::Store`] when the session could not be read.
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
