//! The client and how it is set up.

use std::{fmt, sync::Arc};

use http::{HeaderName, HeaderValue};
use oneteg_auth::{ApiKey, Authenticator, ResolvedConnection, Secret, TokenStore, Vendor};
use oneteg_http::{
    Error, ErrorKind, Method, RawRequest, Runtime,
    codegen::{ClientSettings, client_settings},
};

use crate::error::MediaValet;

const BASE_URL: &str = "https://api.mediavalet.com";
const SUBSCRIPTION_KEY: HeaderName = HeaderName::from_static("ocp-apim-subscription-key");
const VERSION_HEADER: HeaderName = HeaderName::from_static("x-mv-api-version");
/// Since it, a missing permission answers 403 and not 401.
const VERSION: &str = "1.2";

/// A client of one MediaValet library. Cloning is cheap, and clones share connections and credential.
///
/// Every operation is a method that takes what it must have; setters of what it returns take the rest,
/// and `send` makes the request.
///
/// One client may serve several tokio runtimes. A connection ends with the runtime that opened it: requests that
/// others have under way on it then fail as [`ErrorKind::Transport`] and are retried where that is safe, so keep
/// the runtime of the first call for as long as the client.
#[derive(Clone, Debug)]
pub struct Client {
    runtime: Runtime,
    pub(crate) authenticator: Arc<dyn Authenticator>,
}

impl Client {
    /// Begins a client of `https://api.mediavalet.com`.
    pub fn builder() -> ClientBuilder {
        ClientBuilder {
            base_url: BASE_URL.to_owned(),
            subscription_key: None,
            credential: Credential::None,
            settings: ClientSettings::default(),
        }
    }

    /// Begins a client from connection settings, whose OAuth session is kept in `store` under the
    /// connection's name. Sign in and out through the connection's
    /// [`credential`](ResolvedConnection::credential), given the same store.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use mediavalet_sdk::{Client, auth::{Connection, MemoryStore}};
    ///
    /// let connection = Connection::from_toml(
    ///     r#"
    ///     connection_name = "MediaValet"
    ///     connector = "mediavaletConnector-v1.0"
    ///     subscription_key = "k3y"
    ///     [authentication]
    ///     type = "oauth"
    ///     flow = "authorization_code"
    ///     client_id = "id"
    ///     client_secret = "s3cret"
    ///     "#,
    /// )?;
    /// let client = Client::from_connection(&connection.resolve()?, Arc::new(MemoryStore::new()))?.build()?;
    /// # let _ = client;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] when the connection is another vendor's; [`ErrorKind::Authentication`]
    /// for an unusable credential.
    pub fn from_connection(
        connection: &ResolvedConnection,
        store: Arc<dyn TokenStore>,
    ) -> Result<ClientBuilder, Error> {
        if connection.connector.vendor() != Vendor::MediaValet {
            let message = "the connection is another vendor's; a MediaValet client needs a \
                           MediaValet connector";
            return Err(Error::new(ErrorKind::Configuration, message));
        }
        let credential = connection.credential(store)?;
        Ok(ClientBuilder {
            base_url: connection.endpoint_url.as_str().to_owned(),
            // The credential has the key as well, but the operations that need no user have none.
            subscription_key: connection.subscription_key.clone(),
            credential: Credential::Own(credential.authenticator),
            settings: ClientSettings::default(),
        })
    }

    pub(crate) fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// Begins a request to an endpoint that has no method of its own yet.
    ///
    /// ```no_run
    /// # async fn example(client: mediavalet_sdk::Client) -> Result<(), mediavalet_sdk::Error> {
    /// use mediavalet_sdk::Method;
    ///
    /// let request = client.request(Method::GET, "/something").query("count", &1);
    /// let answer = request.send::<serde_json::Value>().await?;
    /// println!("{}", answer["name"]);
    /// # Ok(()) }
    /// ```
    pub fn request(&self, method: Method, path: impl Into<String>) -> RawRequest<'_> {
        self.runtime().request(method, path)
    }
}

/// Sets up a [`Client`].
#[must_use = "`build` makes the client"]
pub struct ClientBuilder {
    base_url: String,
    subscription_key: Option<Secret>,
    credential: Credential,
    settings: ClientSettings,
}

client_settings!(ClientBuilder);

#[derive(Debug)]
enum Credential {
    None,
    AccessToken(Secret),
    Own(Arc<dyn Authenticator>),
}

impl ClientBuilder {
    /// Talks to another address than `https://api.mediavalet.com`: a sandbox, a proxy.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = url.into();
        self
    }

    /// The key of the developer portal, sent with every request (`Ocp-Apim-Subscription-Key`).
    pub fn subscription_key(mut self, key: impl Into<Secret>) -> Self {
        self.subscription_key = Some(key.into());
        self
    }

    /// Signs in with a credential, such as [`oneteg_auth::OAuth2`], which renews its access token.
    pub fn authenticator(mut self, authenticator: impl Authenticator) -> Self {
        self.credential = Credential::Own(Arc::new(authenticator));
        self
    }

    /// Signs in with an access token that the program got in its own way. It lives an hour and nothing
    /// renews it.
    pub fn access_token(mut self, token: impl Into<Secret>) -> Self {
        self.credential = Credential::AccessToken(token.into());
        self
    }

    /// Builds the client. Nothing is sent yet.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] for an unusable base URL (it must be `https`, or `http` to loopback),
    /// a missing credential or a missing subscription key; [`ErrorKind::Authentication`] for a token or
    /// key that no header can carry.
    pub fn build(self) -> Result<Client, Error> {
        let missing = |message: &str| Error::new(ErrorKind::Configuration, message);
        let authenticator: Arc<dyn Authenticator> = match self.credential {
            Credential::AccessToken(token) => Arc::new(ApiKey::with_scheme("Bearer", &token)?),
            Credential::Own(authenticator) => authenticator,
            Credential::None => {
                let message = "there is no credential: call `authenticator` or `access_token`";
                return Err(missing(message));
            }
        };
        let key = self.subscription_key.ok_or_else(|| {
            missing("there is no subscription key: the developer portal has one, for `subscription_key`")
        })?;
        if key.is_blank() {
            return Err(missing("the subscription key is blank; the developer portal has it"));
        }
        let key = ApiKey::in_header(SUBSCRIPTION_KEY, &key)?;
        let (_, key) = key.header();
        let runtime = Runtime::builder(self.base_url, MediaValet, Arc::clone(&authenticator))
            .header(SUBSCRIPTION_KEY, key.clone())
            .header(VERSION_HEADER, HeaderValue::from_static(VERSION));
        let runtime = self.settings.apply(runtime);
        Ok(Client { runtime: runtime.build()?, authenticator })
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The base URL is as it was given, perhaps with a password in it.
        f.debug_struct("ClientBuilder")
            .field("credential", &self.credential)
            .finish_non_exhaustive()
    }
}
