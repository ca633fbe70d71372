//! The client and how it is set up.

use std::{fmt, sync::Arc};

use oneteg_auth::{ApiKey, Authenticator, ResolvedConnection, Secret, TokenStore, Vendor};
use oneteg_http::{
    Error, ErrorKind, Method, RawRequest, Runtime,
    codegen::{ClientSettings, client_settings},
    reqwest::{Url, header},
};

use crate::error::NetExplorer;

/// The word before an access token in `Authorization`.
const SCHEME: &str = "Bearer";
/// Where the operations are, below the platform.
const BASE_PATH: &str = "/api";
/// The user that a call is made as.
const AS: header::HeaderName = header::HeaderName::from_static("as");

/// A client of one NetExplorer platform. Cloning is cheap, and clones share connections and credential.
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
    /// Where TUS uploads are opened.
    tus: Arc<Url>,
}

impl Client {
    /// Begins a client for a platform, such as `https://company.netexplorer.pro`. A path `/api` at its end
    /// is the [base path](ClientBuilder::base_path) and may be given or not.
    pub fn builder(platform: impl Into<String>) -> ClientBuilder {
        ClientBuilder {
            platform: platform.into(),
            base_path: BASE_PATH.to_owned(),
            tus_path: None,
            credential: Credential::None,
            settings: ClientSettings::default(),
        }
    }

    /// Begins a client from connection settings. A *server* application signs in by itself (client
    /// credentials), a *client* application in the name of a person (authorization code with PKCE); the
    /// session is kept in `store` under the connection's name. Sign in and out through the connection's
    /// [`credential`](ResolvedConnection::credential), given the same store.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use netexplorer_sdk::{Client, auth::{Connection, MemoryStore}};
    ///
    /// let connection = Connection::from_toml(
    ///     r#"
    ///     connection_name = "NetExplorer"
    ///     connector = "netexplorerConnector-v1.0"
    ///     endpoint_url = "https://company.netexplorer.pro"
    ///     [authentication]
    ///     type = "oauth"
    ///     application_type = "server"
    ///     client_id = "an id"
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
        if connection.connector.vendor() != Vendor::NetExplorer {
            let message = "the connection is another vendor's; a NetExplorer client needs a NetExplorer connector";
            return Err(Error::new(ErrorKind::Configuration, message));
        }
        let credential = connection.credential(store)?;
        let builder = Self::builder(connection.endpoint_url.as_str());
        Ok(ClientBuilder { credential: Credential::Own(credential.authenticator), ..builder })
    }

    /// The same client with every call made as another user (header `As`). Whether the credential may do
    /// so depends on its application and on the operation.
    ///
    /// ```no_run
    /// # async fn example(client: netexplorer_sdk::Client) -> Result<(), netexplorer_sdk::Error> {
    /// use netexplorer_sdk::Method;
    ///
    /// let theirs = client.acting_as("1234")?;
    /// let account = theirs.request(Method::GET, "/account").send::<serde_json::Value>().await?;
    /// # let _ = account; Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::InvalidRequest`] for an id that no header can carry.
    pub fn acting_as(&self, user_id: impl fmt::Display) -> Result<Self, Error> {
        let id = user_id.to_string();
        let value = header::HeaderValue::from_str(&id).ok().filter(|_| !id.trim().is_empty());
        let value = value.ok_or_else(|| {
            Error::new(ErrorKind::InvalidRequest, "the user id cannot be sent in a header")
        })?;
        Ok(Self { runtime: self.runtime.with_header(AS, value), tus: Arc::clone(&self.tus) })
    }

    pub(crate) fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    #[cfg(all(feature = "files", feature = "folders"))]
    pub(crate) fn tus(&self) -> &Url {
        &self.tus
    }

    /// Begins a request to an endpoint that has no method of its own, such as one that is new in v4. The
    /// path is below the [base path](ClientBuilder::base_path).
    ///
    /// ```no_run
    /// # async fn example(client: netexplorer_sdk::Client) -> Result<(), netexplorer_sdk::Error> {
    /// use netexplorer_sdk::Method;
    ///
    /// let request = client.request(Method::GET, "/something").query("depth", &1);
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
    platform: String,
    base_path: String,
    tus_path: Option<String>,
    credential: Credential,
    settings: ClientSettings,
}

client_settings!(ClientBuilder);

#[derive(Debug)]
enum Credential {
    None,
    Token(Secret),
    Own(Arc<dyn Authenticator>),
}

impl ClientBuilder {
    /// Signs in with an access token that something else keeps fresh, or with the token of the legacy
    /// login.
    pub fn access_token(mut self, token: impl Into<Secret>) -> Self {
        self.credential = Credential::Token(token.into());
        self
    }

    /// Signs in with a credential of another kind, such as [`oneteg_auth::OAuth2`].
    pub fn authenticator(mut self, authenticator: impl Authenticator) -> Self {
        self.credential = Credential::Own(Arc::new(authenticator));
        self
    }

    /// Where the operations are below the platform. Default: `/api`, in all versions that were seen, v4 of
    /// Voltn included.
    pub fn base_path(mut self, path: impl Into<String>) -> Self {
        self.base_path = path.into();
        self
    }

    /// Where TUS uploads are opened, as a path of the platform. Default: `tus` below the base path, so
    /// `/api/tus`.
    pub fn tus_path(mut self, path: impl Into<String>) -> Self {
        self.tus_path = Some(path.into());
        self
    }

    /// Builds the client. Nothing is sent yet.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] for an unusable platform URL (it must be `https`, or `http` to
    /// loopback) or a missing credential; [`ErrorKind::Authentication`] for an unusable token.
    pub fn build(self) -> Result<Client, Error> {
        let authenticator: Arc<dyn Authenticator> = match self.credential {
            Credential::Token(token) => Arc::new(ApiKey::with_scheme(SCHEME, &token)?),
            Credential::Own(authenticator) => authenticator,
            Credential::None => {
                let message =
                    "there is no credential: call `access_token` or `authenticator` before `build`";
                return Err(Error::new(ErrorKind::Configuration, message));
            }
        };
        let base = base(&self.platform, &self.base_path);
        let runtime = Runtime::builder(base, NetExplorer, authenticator);
        let runtime = self.settings.apply(runtime).build()?;
        let mut tus = runtime.base_url().clone();
        let path = match self.tus_path {
            Some(path) => path,
            None => format!("{}/tus", tus.path().trim_end_matches('/')),
        };
        tus.set_path(&path);
        Ok(Client { runtime, tus: Arc::new(tus) })
    }
}

/// The base URL: the platform and the base path, once.
fn base(platform: &str, base_path: &str) -> String {
    // What is no URL is left for the runtime to refuse.
    let Ok(mut url) = Url::parse(platform.trim()) else { return platform.to_owned() };
    let base_path = base_path.trim_matches('/');
    let above = url.path().trim_end_matches('/');
    let above = above.strip_suffix("/api").unwrap_or(above);
    let path = if base_path.is_empty() { above.to_owned() } else { format!("{above}/{base_path}") };
    url.set_path(&path);
    url.into()
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The platform is as it was given, perhaps with a password in it.
        f.debug_struct("ClientBuilder")
            .field("base_path", &self.base_path)
            .field("credential", &self.credential)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_base_path_is_there_once() {
        let of = |platform, path| base(platform, path);
        assert_eq!(of("https://c.example", "/api"), "https://c.example/api");
        assert_eq!(of("https://c.example/api/", "/api"), "https://c.example/api");
        assert_eq!(of("https://c.example/dam/?x#y", "api/v4"), "https://c.example/dam/api/v4?x#y");
        assert_eq!(of("https://c.example/api", ""), "https://c.example/");
        assert_eq!(of("not a URL", "/api"), "not a URL");
    }
}
