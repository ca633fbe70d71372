//! The client and its builder.

use std::{fmt, sync::Arc};

#[cfg(feature = "oauth")]
use oneteg_auth::OAuth2;
use oneteg_auth::{ApiKey, Authenticator, ResolvedConnection, Secret};
use oneteg_http::{
    Error, ErrorKind, Method, RawRequest, Runtime,
    codegen::{ClientSettings, client_settings},
    reqwest::{Url, header},
};

use crate::error::NetExplorer;

/// Scheme of access tokens in the `Authorization` header.
const SCHEME: &str = "Bearer";
/// Default base path of the operations on the platform.
const BASE_PATH: &str = "/api";
/// ID of the user a call is made as.
const AS: header::HeaderName = header::HeaderName::from_static("as");

/// A client for one NetExplorer platform. Cloning is cheap; clones share connections and credential.
///
/// Each operation is a method that takes the required arguments and returns a builder. Set optional arguments on it
/// and call `send`.
///
/// A client can be used from several tokio runtimes. A connection closes with the runtime that opened it; requests
/// of other runtimes on it then fail with [`ErrorKind::Transport`] and are retried where that is safe. Keep the
/// runtime of the first call alive as long as the client.
///
#[doc = include_str!("generated/tags.md")]
#[derive(Clone, Debug)]
pub struct Client {
    runtime: Runtime,
    /// URL at which TUS uploads are created.
    tus: Arc<Url>,
    /// Signs in and out, if the client was built from a connection.
    #[cfg(feature = "oauth")]
    pub(crate) session: Option<OAuth2>,
}

impl Client {
    /// Returns a builder for a client of a platform, such as `https://company.netexplorer.pro`. A path of `/api` at
    /// its end is the [base path](ClientBuilder::base_path) and may be omitted.
    pub fn builder(platform: impl Into<String>) -> ClientBuilder {
        ClientBuilder {
            platform: platform.into(),
            base_path: BASE_PATH.to_owned(),
            tus_path: None,
            credential: Credential::None,
            #[cfg(feature = "oauth")]
            session: None,
            settings: ClientSettings::default(),
        }
    }

    /// Returns this client with every call made as another user (header `As`). Whether the platform permits that
    /// depends on the application and the operation.
    ///
    /// ```no_run
    /// # async fn example(client: netexplorer_sdk::Client) -> Result<(), netexplorer_sdk::Error> {
    /// use netexplorer_sdk::Method;
    ///
    /// let client = client.acting_as("1234")?;
    /// let account = client.request(Method::GET, "/account").send::<serde_json::Value>().await?;
    /// # let _ = account; Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::InvalidRequest`] if the ID is empty or cannot be sent in a header.
    pub fn acting_as(&self, user_id: impl fmt::Display) -> Result<Self, Error> {
        let id = user_id.to_string();
        let value = header::HeaderValue::from_str(&id).ok().filter(|_| !id.trim().is_empty());
        let value = value.ok_or_else(|| {
            Error::new(
                ErrorKind::InvalidRequest,
                "the user ID is empty or cannot be sent in a header",
            )
        })?;
        Ok(Self {
            runtime: self.runtime.with_header(AS, value),
            tus: Arc::clone(&self.tus),
            #[cfg(feature = "oauth")]
            session: self.session.clone(),
        })
    }

    /// What calls run on. For the programs of this workspace.
    #[doc(hidden)]
    pub fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    #[cfg(all(feature = "files", feature = "folders"))]
    pub(crate) fn tus(&self) -> &Url {
        &self.tus
    }

    /// Returns a builder for a request to an endpoint without a method here, such as a new one in version 4. The path
    /// is relative to the [base path](ClientBuilder::base_path).
    ///
    /// ```no_run
    /// # async fn example(client: netexplorer_sdk::Client) -> Result<(), netexplorer_sdk::Error> {
    /// use netexplorer_sdk::Method;
    ///
    /// let request = client.request(Method::GET, "/something").query("depth", &1);
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
    platform: String,
    base_path: String,
    tus_path: Option<String>,
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
    Token(Secret),
    Custom(Arc<dyn Authenticator>),
}

impl ClientBuilder {
    /// Authorises calls with an access token that your program refreshes itself, or with the token of the legacy
    /// login.
    pub fn access_token(mut self, token: impl Into<Secret>) -> Self {
        self.set_credential(Credential::Token(token.into()));
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

    /// Sets the base path of the operations. Default: `/api`, as in all known versions, including version 4
    /// (Voltn).
    pub fn base_path(mut self, path: impl Into<String>) -> Self {
        self.base_path = path.into();
        self
    }

    /// Sets the path at which TUS uploads are created. Default: `tus` below the base path, so `/api/tus`.
    pub fn tus_path(mut self, path: impl Into<String>) -> Self {
        self.tus_path = Some(path.into());
        self
    }

    /// Builds the client. Sends nothing.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] if the platform URL is invalid or uses a scheme other than `https` (`http` is
    /// allowed for loopback), or if there is no credential; [`ErrorKind::Authentication`] if the token is
    /// unusable.
    pub fn build(self) -> Result<Client, Error> {
        let authenticator: Arc<dyn Authenticator> = match self.credential {
            Credential::Token(token) => Arc::new(ApiKey::with_scheme(SCHEME, &token)?),
            Credential::Custom(authenticator) => authenticator,
            Credential::None => {
                let message =
                    "the client has no credential; call `access_token` or `authenticator`";
                return Err(Error::new(ErrorKind::Configuration, message));
            }
        };
        let base_url = base_url(&self.platform, &self.base_path);
        let runtime = Runtime::builder(base_url, NetExplorer, authenticator);
        let runtime = self.settings.apply(runtime).build()?;
        let mut tus = runtime.base_url().clone();
        let path = match self.tus_path {
            Some(path) => path,
            None => format!("{}/tus", tus.path().trim_end_matches('/')),
        };
        tus.set_path(&path);
        Ok(Client {
            runtime,
            tus: Arc::new(tus),
            #[cfg(feature = "oauth")]
            session: self.session,
        })
    }
}

/// The platform's URL with the base path, which the URL may already contain.
fn base_url(platform: &str, base_path: &str) -> String {
    // The runtime refuses an invalid URL, with a better message.
    let Ok(mut url) = Url::parse(platform.trim()) else { return platform.to_owned() };
    let base_path = base_path.trim_matches('/');
    let parent = url.path().trim_end_matches('/');
    let parent = parent.strip_suffix("/api").unwrap_or(parent);
    let path =
        if base_path.is_empty() { parent.to_owned() } else { format!("{parent}/{base_path}") };
    url.set_path(&path);
    url.into()
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the platform: an unchecked URL may contain a password.
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
    fn the_url_contains_the_base_path_once() {
        assert_eq!(base_url("https://c.example", "/api"), "https://c.example/api");
        assert_eq!(base_url("https://c.example/api/", "/api"), "https://c.example/api");
        assert_eq!(
            base_url("https://c.example/dam/?x#y", "api/v4"),
            "https://c.example/dam/api/v4?x#y"
        );
        assert_eq!(base_url("https://c.example/api", ""), "https://c.example/");
        assert_eq!(base_url("not a URL", "/api"), "not a URL");
    }
}
