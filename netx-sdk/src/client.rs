//! The client and its builder.

use std::{fmt, sync::Arc};

#[cfg(feature = "oauth")]
use oneteg_auth::OAuth2;
use oneteg_auth::{ApiKey, Authenticator, ResolvedConnection, Secret};
use oneteg_http::{
    Error, ErrorKind, Method, RawRequest, ResponseValue, Runtime,
    codegen::{ClientSettings, client_settings},
};
use serde::{Serialize, de::DeserializeOwned};

use crate::error::NetX;

/// Scheme of API tokens in the `Authorization` header.
const SCHEME: &str = "apiToken";
/// Path of the JSON-RPC endpoint.
const RPC_PATH: &str = "/api/rpc";

/// A client for one NetX instance. Cloning is cheap; clones share connections and credential.
///
/// Each operation is a method that takes the required arguments and returns a [builder](crate::assets). Set optional
/// arguments on it and call `send`.
///
/// A client can be used from several tokio runtimes. A connection closes with the runtime that opened it; requests
/// of other runtimes on it then fail with [`ErrorKind::Transport`] and are retried where that is safe. Keep the
/// runtime of the first call alive as long as the client.
///
#[doc = include_str!("generated/tags.md")]
#[derive(Clone, Debug)]
pub struct Client {
    runtime: Runtime,
    /// Signs in and out, if the client was built from a connection with OAuth.
    #[cfg(feature = "oauth")]
    pub(crate) oauth: Option<OAuth2>,
}

impl Client {
    /// Returns a builder for a client of an instance, such as `https://acme.netx.net`.
    pub fn builder(instance: impl Into<String>) -> ClientBuilder {
        ClientBuilder {
            instance: instance.into(),
            credential: Credential::None,
            #[cfg(feature = "oauth")]
            oauth: None,
            settings: ClientSettings::default(),
        }
    }

    /// What calls run on. For the programs of this workspace.
    #[doc(hidden)]
    pub fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// Calls a remote procedure without a method here. The parameters are positional: a tuple, an array or a list.
    ///
    /// ```no_run
    /// # async fn example(client: netx_sdk::Client) -> Result<(), netx_sdk::Error> {
    /// let response = client.call::<_, serde_json::Value>("someNewMethod", &(7, "all")).await?;
    /// println!("{}", response["name"]);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// Those of any call; [`ErrorKind::InvalidRequest`] if the parameters are not a list.
    pub async fn call<P, T>(&self, procedure: &str, params: &P) -> Result<ResponseValue<T>, Error>
    where
        P: Serialize + ?Sized,
        T: DeserializeOwned,
    {
        self.runtime().call_procedure(RPC_PATH, procedure, params).await
    }

    /// Returns a builder for a request to an HTTP endpoint without a method here.
    ///
    /// ```no_run
    /// # async fn example(client: netx_sdk::Client) -> Result<(), netx_sdk::Error> {
    /// use netx_sdk::Method;
    ///
    /// let request = client.request(Method::GET, "/api/something").query("page", &1);
    /// let response = request.send::<serde_json::Value>().await?;
    /// println!("{}", response["name"]);
    /// # Ok(()) }
    /// ```
    pub fn request(&self, method: Method, path: impl Into<String>) -> RawRequest {
        self.runtime().request(method, path)
    }
}

/// Builder for a [`Client`].
#[must_use = "call `build` to create the client"]
pub struct ClientBuilder {
    instance: String,
    credential: Credential,
    /// The session of a custom credential.
    #[cfg(feature = "oauth")]
    oauth: Option<OAuth2>,
    settings: ClientSettings,
}

client_settings!(ClientBuilder);

#[derive(Debug)]
enum Credential {
    None,
    ApiKey(Secret),
    Custom(Arc<dyn Authenticator>),
}

impl ClientBuilder {
    /// Authorises calls with an API token, which a user creates under *Integrations* in the user menu.
    pub fn api_key(mut self, key: impl Into<Secret>) -> Self {
        self.set_credential(Credential::ApiKey(key.into()));
        self
    }

    /// Authorises calls with another credential, such as [`oneteg_auth::OAuth2`].
    pub fn authenticator(mut self, authenticator: impl Authenticator) -> Self {
        self.set_credential(Credential::Custom(Arc::new(authenticator)));
        self
    }

    /// The builder of a connection, with its credential.
    pub(crate) fn of_connection(
        connection: &ResolvedConnection,
        credential: oneteg_auth::Credential,
    ) -> Self {
        let mut builder = Client::builder(connection.endpoint_url.as_str());
        builder.set_credential(Credential::Custom(credential.authenticator));
        #[cfg(feature = "oauth")]
        {
            builder.oauth = credential.oauth;
        }
        builder
    }

    fn set_credential(&mut self, credential: Credential) {
        self.credential = credential;
        #[cfg(feature = "oauth")]
        {
            self.oauth = None;
        }
    }

    /// Builds the client. Sends nothing.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] if the instance URL is invalid or uses a scheme other than `https` (`http` is
    /// allowed for loopback), or if there is no credential; [`ErrorKind::Authentication`] if the API token is
    /// unusable.
    pub fn build(self) -> Result<Client, Error> {
        let authenticator: Arc<dyn Authenticator> = match self.credential {
            Credential::ApiKey(key) => Arc::new(ApiKey::with_scheme(SCHEME, &key)?),
            Credential::Custom(authenticator) => authenticator,
            Credential::None => {
                let message = "the client has no credential; call `api_key` or `authenticator`";
                return Err(Error::new(ErrorKind::Configuration, message));
            }
        };
        let runtime = Runtime::builder(self.instance, NetX, authenticator);
        let runtime = self.settings.apply(runtime);
        Ok(Client {
            runtime: runtime.build()?,
            #[cfg(feature = "oauth")]
            oauth: self.oauth,
        })
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the instance: an unchecked URL may contain a password.
        f.debug_struct("ClientBuilder")
            .field("credential", &self.credential)
            .finish_non_exhaustive()
    }
}
