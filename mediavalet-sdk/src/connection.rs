//! Clients from connection settings: given as such, in the environment, or kept as a profile. And the session of a
//! client that was built from them.

#[cfg(feature = "oauth")]
use std::sync::Arc;

use oneteg_auth::{Connection, Profiles, Vendor};
#[cfg(feature = "oauth")]
use oneteg_auth::{OAuth2, ResolvedConnection, SignedIn, TokenStore};
use oneteg_http::{
    Error,
    codegen::{variable, variable_error},
};
#[cfg(feature = "oauth")]
use oneteg_http::{ErrorKind, reqwest::Url};

use crate::{Client, ClientBuilder};

const URL: &str = "MEDIAVALET_URL";
const SUBSCRIPTION_KEY: &str = "MEDIAVALET_SUBSCRIPTION_KEY";
const ACCESS_TOKEN: &str = "MEDIAVALET_ACCESS_TOKEN";

impl Client {
    /// Returns a client from environment variables.
    ///
    /// | Variable | Value |
    /// |---|---|
    /// | `MEDIAVALET_SUBSCRIPTION_KEY` | the key of the developer portal |
    /// | `MEDIAVALET_CLIENT_ID`, `MEDIAVALET_CLIENT_SECRET` | the OAuth client, whose user signs in once: [`sign_in_if_needed`](Self::sign_in_if_needed) |
    /// | `MEDIAVALET_ACCESS_TOKEN` | instead of an OAuth client: an access token, as for [`access_token`](ClientBuilder::access_token) |
    /// | `MEDIAVALET_URL` | another server than MediaValet's, such as a sandbox |
    ///
    /// [`Connection::from_env`] lists further variables. The session is kept like that of a
    /// [profile](Self::from_profile).
    ///
    /// ```no_run
    /// # #[cfg(feature = "full")] async fn run() -> Result<(), mediavalet_sdk::Error> {
    /// let client = mediavalet_sdk::Client::from_env()?;
    /// println!("{:?}", client.get_current_user().send().await?.id);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`](crate::ErrorKind::Configuration) if a variable is missing or invalid, which the message names; and those of
    /// [`ClientBuilder::build`].
    pub fn from_env() -> Result<Self, Error> {
        ClientBuilder::from_env()?.build()
    }

    /// Returns a client for a connection of the user's [profiles](Profiles): the file `connections/<name>.toml` in
    /// the configuration folder of OneTeg's tools. The session is kept there too, so that the user signs in once.
    ///
    /// ```no_run
    /// # #[cfg(feature = "oauth")] async fn run() -> Result<(), mediavalet_sdk::Error> {
    /// let client = mediavalet_sdk::Client::from_profile("acme")?;
    /// client.sign_in_if_needed(|url| println!("Open {url}")).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`](crate::ErrorKind::Configuration) if there is no such profile, if it is for another vendor, invalid, or readable
    /// by other users; and those of [`ClientBuilder::build`].
    pub fn from_profile(name: &str) -> Result<Self, Error> {
        ClientBuilder::from_profile(name)?.build()
    }

    /// Returns a builder set up from connection settings. The OAuth session is kept in `store` under the
    /// connection's name.
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
    /// [`ErrorKind::Configuration`](crate::ErrorKind::Configuration) if the connection belongs to another vendor;
    /// [`ErrorKind::Authentication`](crate::ErrorKind::Authentication) for an unusable credential.
    #[cfg(feature = "oauth")]
    pub fn from_connection(
        connection: &ResolvedConnection,
        store: Arc<dyn TokenStore>,
    ) -> Result<ClientBuilder, Error> {
        if connection.connector.vendor() != Vendor::MediaValet {
            let message =
                "the connection is for another vendor; use one with a MediaValet connector";
            return Err(Error::new(ErrorKind::Configuration, message));
        }
        Ok(ClientBuilder::of_connection(connection, connection.credential(store)?))
    }

    /// The session of a client that was built from connection settings; `None` with an access token or another
    /// credential.
    #[cfg(feature = "oauth")]
    pub fn session(&self) -> Option<&OAuth2> {
        self.session.as_ref()
    }

    /// Signs in with the system's browser unless the [session](Self::session) is signed in already. Calls `show`
    /// with the URL if no browser can be opened. Does nothing for a client without a session.
    ///
    /// ```no_run
    /// # async fn run() -> Result<(), mediavalet_sdk::Error> {
    /// let client = mediavalet_sdk::Client::from_profile("acme")?;
    /// client.sign_in_if_needed(|url| println!("Open {url}")).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`OAuth2::sign_in_if_needed`].
    #[cfg(feature = "oauth")]
    pub async fn sign_in_if_needed(
        &self,
        show: impl FnOnce(&Url),
    ) -> Result<Option<SignedIn>, Error> {
        match &self.session {
            Some(session) => Ok(session.sign_in_if_needed(show).await?),
            None => Ok(None),
        }
    }
}

impl ClientBuilder {
    /// Like [`Client::from_env`], but returns the builder for more settings.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`](crate::ErrorKind::Configuration) if a variable is missing or invalid.
    pub fn from_env() -> Result<Self, Error> {
        if let Some(token) = variable(ACCESS_TOKEN)? {
            let missing = || {
                variable_error(SUBSCRIPTION_KEY, "is not set; copy it from the developer portal")
            };
            let key = variable(SUBSCRIPTION_KEY)?.ok_or_else(missing)?;
            let builder = Client::builder().subscription_key(key).access_token(token);
            return Ok(match variable(URL)? {
                Some(url) => builder.base_url(url),
                None => builder,
            });
        }
        let connection = Connection::from_env(Vendor::MediaValet)?.resolve()?;
        let credential = connection.default_credential()?;
        Ok(Self::of_connection(&connection, credential))
    }

    /// Like [`Client::from_profile`], but returns the builder for more settings.
    ///
    /// # Errors
    /// As [`Client::from_profile`].
    pub fn from_profile(name: &str) -> Result<Self, Error> {
        Self::from_profile_in(&Profiles::open()?, name)
    }

    /// Like [`from_profile`](Self::from_profile), with the profiles of another folder.
    ///
    /// # Errors
    /// As [`Client::from_profile`].
    pub fn from_profile_in(profiles: &Profiles, name: &str) -> Result<Self, Error> {
        let connection = profiles.resolve(name, Vendor::MediaValet)?;
        let credential = profiles.credential(&connection)?;
        Ok(Self::of_connection(&connection, credential))
    }
}
