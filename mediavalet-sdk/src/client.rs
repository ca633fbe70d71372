//! The client and its builder.

use std::{fmt, sync::Arc};

use http::{HeaderName, HeaderValue};
#[cfg(feature = "oauth")]
use oneteg_auth::OAuth2;
use oneteg_auth::{ApiKey, Authenticator, ResolvedConnection, Secret};
use oneteg_http::{
    Error, ErrorKind, Method, RawRequest, Runtime,
    codegen::{ClientSettings, client_settings},
};

use crate::error::MediaValet;

const BASE_URL: &str = "https://api.mediavalet.com";
const SUBSCRIPTION_KEY: HeaderName = HeaderName::from_static("ocp-apim-subscription-key");
const VERSION_HEADER: HeaderName = HeaderName::from_static("x-mv-api-version");
/// From this version on, the API responds with 403 to a missing permission; earlier versions responded with 401.
const VERSION: &str = "1.2";

/// A client of one MediaValet library. Cloning is cheap; clones share connections and the credential.
///
/// Each operation is a method that takes the required arguments and returns a builder. Set optional
/// arguments on it and call `send`.
///
/// A client may be used from several Tokio runtimes. A connection closes with the runtime that opened it:
/// requests that other runtimes have in flight on it fail as [`ErrorKind::Transport`], and are retried where
/// that is safe. So keep the runtime of the first call for as long as the client.
///
#[doc = include_str!("generated/tags.md")]
#[derive(Clone, Debug)]
pub struct Client {
    runtime: Runtime,
    pub(crate) authenticator: Arc<dyn Authenticator>,
    /// Signs in and out, if the client was built from a connection.
    #[cfg(feature = "oauth")]
    pub(crate) session: Option<OAuth2>,
    #[cfg(all(
        feature = "assets",
        feature = "uploads",
        any(feature = "categories", feature = "attributes", feature = "lightbox")
    ))]
    known_ids: crate::known_ids::KnownIds,
}

impl Client {
    /// Returns a builder for a client of `https://api.mediavalet.com`.
    pub fn builder() -> ClientBuilder {
        ClientBuilder {
            base_url: BASE_URL.to_owned(),
            subscription_key: None,
            credential: Credential::None,
            #[cfg(feature = "oauth")]
            session: None,
            settings: ClientSettings::default(),
        }
    }

    /// What calls run on. For the programs of this workspace.
    #[doc(hidden)]
    pub fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    #[cfg(all(
        feature = "assets",
        feature = "uploads",
        any(feature = "categories", feature = "attributes", feature = "lightbox")
    ))]
    pub(crate) fn known_ids(&self) -> &crate::known_ids::KnownIds {
        &self.known_ids
    }

    /// Returns a builder for a request to an endpoint that has no method yet.
    ///
    /// ```no_run
    /// # async fn example(client: mediavalet_sdk::Client) -> Result<(), mediavalet_sdk::Error> {
    /// use mediavalet_sdk::Method;
    ///
    /// let request = client.request(Method::GET, "/something").query("count", &1);
    /// let response = request.send::<serde_json::Value>().await?;
    /// println!("{}", response["name"]);
    /// # Ok(()) }
    /// ```
    pub fn request(&self, method: Method, path: impl Into<String>) -> RawRequest {
        self.runtime().request(method, path)
    }
}

/// Builder for a [`Client`]. Made by [`Client::builder`], [`ClientBuilder::from_env`],
/// [`ClientBuilder::from_profile`] and `Client::from_connection`.
#[must_use = "call `build` to create the client"]
pub struct ClientBuilder {
    base_url: String,
    subscription_key: Option<Secret>,
    credential: Credential,
    /// The session of a custom credential.
    #[cfg(feature = "oauth")]
    session: Option<OAuth2>,
    settings: ClientSettings,
}

client_settings!(ClientBuilder);

#[derive(Debug)]
enum Credential {
    None,
    AccessToken(Secret),
    Custom(Arc<dyn Authenticator>),
}

impl ClientBuilder {
    /// Sets the base URL, for example of a sandbox or a proxy. Default: `https://api.mediavalet.com`.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = url.into();
        self
    }

    /// Sets the subscription key of the developer portal, which is sent with every request
    /// (`Ocp-Apim-Subscription-Key`).
    pub fn subscription_key(mut self, key: impl Into<Secret>) -> Self {
        self.subscription_key = Some(key.into());
        self
    }

    /// Sets the credential, such as [`oneteg_auth::OAuth2`], which refreshes its access token.
    pub fn authenticator(mut self, authenticator: impl Authenticator) -> Self {
        self.set_credential(Credential::Custom(Arc::new(authenticator)));
        self
    }

    /// Sets an access token that the program obtained itself. It is not refreshed, so calls fail once it
    /// expires, typically after an hour.
    pub fn access_token(mut self, token: impl Into<Secret>) -> Self {
        self.set_credential(Credential::AccessToken(token.into()));
        self
    }

    /// The builder of a connection, with its credential.
    pub(crate) fn of_connection(
        connection: &ResolvedConnection,
        credential: oneteg_auth::Credential,
    ) -> Self {
        let mut builder = Client::builder().base_url(connection.endpoint_url.as_str());
        // The credential also carries the key, but it is not used by operations that need no user.
        builder.subscription_key.clone_from(&connection.subscription_key);
        builder.set_credential(Credential::Custom(credential.authenticator));
        #[cfg(feature = "oauth")]
        {
            builder.session = credential.oauth;
        }
        builder
    }

    fn set_credential(&mut self, credential: Credential) {
        self.credential = credential;
        #[cfg(feature = "oauth")]
        {
            self.session = None;
        }
    }

    /// Builds the client. Sends nothing.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] for an invalid base URL (it must be `https`, or `http` to loopback), a
    /// missing credential or a missing subscription key; [`ErrorKind::Authentication`] for a token or key
    /// that contains characters not allowed in a header.
    pub fn build(self) -> Result<Client, Error> {
        let missing = |message: &str| Error::new(ErrorKind::Configuration, message);
        let authenticator: Arc<dyn Authenticator> = match self.credential {
            Credential::AccessToken(token) => Arc::new(ApiKey::with_scheme("Bearer", &token)?),
            Credential::Custom(authenticator) => authenticator,
            Credential::None => {
                let message =
                    "the client has no credential; call `access_token` or `authenticator`";
                return Err(missing(message));
            }
        };
        let key = self.subscription_key.ok_or_else(|| {
            missing("the client has no subscription key; copy it from the developer portal and call `subscription_key`")
        })?;
        if key.is_blank() {
            return Err(missing(
                "the subscription key is blank; copy it from the developer portal",
            ));
        }
        let key = ApiKey::in_header(SUBSCRIPTION_KEY, &key)?;
        let (_, key) = key.header();
        let runtime = Runtime::builder(self.base_url, MediaValet, Arc::clone(&authenticator))
            .header(SUBSCRIPTION_KEY, key.clone())
            .header(VERSION_HEADER, HeaderValue::from_static(VERSION));
        let runtime = self.settings.apply(runtime);
        Ok(Client {
            runtime: runtime.build()?,
            authenticator,
            #[cfg(feature = "oauth")]
            session: self.session,
            #[cfg(all(
                feature = "assets",
                feature = "uploads",
                any(feature = "categories", feature = "attributes", feature = "lightbox")
            ))]
            known_ids: Default::default(),
        })
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The base URL is not validated yet and may contain a password.
        f.debug_struct("ClientBuilder")
            .field("credential", &self.credential)
            .finish_non_exhaustive()
    }
}
