//! The client and how it is set up.

use std::{fmt, sync::Arc};

use oneteg_auth::{ApiKey, Authenticator, ResolvedConnection, Secret, TokenStore, Vendor};
use oneteg_http::{
    Error, ErrorKind, Method, RawRequest, ResponseValue, Runtime,
    codegen::{ClientSettings, client_settings},
};
use serde::{Serialize, de::DeserializeOwned};

use crate::error::NetX;

/// The word that NetX expects before a token in `Authorization`.
const SCHEME: &str = "apiToken";
/// Where remote procedures are called.
const RPC: &str = "/api/rpc";

/// A client of one NetX instance. Cloning is cheap, and clones share connections and credential.
///
/// Every operation is a method that takes what it must have; [setters](crate::assets) of what it
/// returns take the rest, and `send` makes the request.
///
/// One client may serve several tokio runtimes. A connection ends with the runtime that opened it: requests that
/// others have under way on it then fail as [`ErrorKind::Transport`] and are retried where that is safe, so keep
/// the runtime of the first call for as long as the client.
#[derive(Clone, Debug)]
pub struct Client {
    runtime: Runtime,
}

impl Client {
    /// Begins a client for an instance, such as `https://acme.netx.net`.
    pub fn builder(instance: impl Into<String>) -> ClientBuilder {
        ClientBuilder {
            instance: instance.into(),
            credential: Credential::None,
            settings: ClientSettings::default(),
        }
    }

    /// Begins a client from connection settings: an API key, or OAuth whose session is kept in `store`
    /// under the connection's name. Sign in and out through the connection's
    /// [`credential`](ResolvedConnection::credential), given the same store.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use netx_sdk::{Client, auth::{Connection, MemoryStore}};
    ///
    /// let connection = Connection::from_toml(
    ///     r#"
    ///     connection_name = "NetX"
    ///     connector = "netxConnector-v1.0"
    ///     endpoint_url = "https://acme.netx.net"
    ///     [authentication]
    ///     type = "api_key"
    ///     api_key = "k3y"
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
        if connection.connector.vendor() != Vendor::NetX {
            let message =
                "the connection is another vendor's; a NetX client needs a NetX connector";
            return Err(Error::new(ErrorKind::Configuration, message));
        }
        let credential = connection.credential(store)?;
        let builder = Self::builder(connection.endpoint_url.as_str());
        Ok(ClientBuilder { credential: Credential::Own(credential.authenticator), ..builder })
    }

    pub(crate) fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// Calls a remote procedure that has no method of its own yet. The parameters are positional: a
    /// tuple, an array or a list.
    ///
    /// ```no_run
    /// # async fn example(client: netx_sdk::Client) -> Result<(), netx_sdk::Error> {
    /// let answer = client.call::<_, serde_json::Value>("someNewMethod", &(7, "all")).await?;
    /// println!("{}", answer["name"]);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As every operation; [`ErrorKind::InvalidRequest`] when the parameters are no list.
    pub async fn call<P, T>(&self, procedure: &str, params: &P) -> Result<ResponseValue<T>, Error>
    where
        P: Serialize + ?Sized,
        T: DeserializeOwned,
    {
        self.runtime().call_procedure(RPC, procedure, params).await
    }

    /// Begins a request to an HTTP endpoint that has no method of its own yet.
    ///
    /// ```no_run
    /// # async fn example(client: netx_sdk::Client) -> Result<(), netx_sdk::Error> {
    /// use netx_sdk::Method;
    ///
    /// let request = client.request(Method::GET, "/api/something").query("page", &1);
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
    instance: String,
    credential: Credential,
    settings: ClientSettings,
}

client_settings!(ClientBuilder);

#[derive(Debug)]
enum Credential {
    None,
    ApiKey(Secret),
    Own(Arc<dyn Authenticator>),
}

impl ClientBuilder {
    /// Signs in with an API token, which a user makes under *Integrations* in the user menu.
    pub fn api_key(mut self, key: impl Into<Secret>) -> Self {
        self.credential = Credential::ApiKey(key.into());
        self
    }

    /// Signs in with a credential of another kind, such as [`oneteg_auth::OAuth2`].
    pub fn authenticator(mut self, authenticator: impl Authenticator) -> Self {
        self.credential = Credential::Own(Arc::new(authenticator));
        self
    }

    /// Builds the client. Nothing is sent yet.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] for an unusable instance URL (it must be `https`, or `http` to
    /// loopback) or a missing credential; [`ErrorKind::Authentication`] for an unusable API key.
    pub fn build(self) -> Result<Client, Error> {
        let authenticator: Arc<dyn Authenticator> = match self.credential {
            Credential::ApiKey(key) => Arc::new(ApiKey::with_scheme(SCHEME, &key)?),
            Credential::Own(authenticator) => authenticator,
            Credential::None => {
                let message =
                    "there is no credential: call `api_key` or `authenticator` before `build`";
                return Err(Error::new(ErrorKind::Configuration, message));
            }
        };
        let runtime = Runtime::builder(self.instance, NetX, authenticator);
        let runtime = self.settings.apply(runtime);
        Ok(Client { runtime: runtime.build()? })
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The instance is as it was given, perhaps with a password in it.
        f.debug_struct("ClientBuilder")
            .field("credential", &self.credential)
            .finish_non_exhaustive()
    }
}
