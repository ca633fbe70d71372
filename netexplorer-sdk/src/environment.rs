//! A client from environment variables.

use std::{env, ffi::OsString, sync::Arc};

use oneteg_auth::{
    ApplicationType, Connection, Connector, MemoryStore, OAuthFlow, OAuthSettings, SecretSource,
};
use oneteg_http::{Error, ErrorKind};

use crate::{Client, ClientBuilder};

const URL: &str = "NETEXPLORER_URL";
const ACCESS_TOKEN: &str = "NETEXPLORER_ACCESS_TOKEN";
const CLIENT_ID: &str = "NETEXPLORER_CLIENT_ID";
const CLIENT_SECRET: &str = "NETEXPLORER_CLIENT_SECRET";

impl Client {
    /// A client from environment variables: [`ClientBuilder::from_env`] without further settings.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), netexplorer_sdk::Error> {
    /// let client = netexplorer_sdk::Client::from_env()?;
    /// println!("{:?}", client.get_account().send().await?.login);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// Those of [`ClientBuilder::from_env`] and [`ClientBuilder::build`].
    pub fn from_env() -> Result<Self, Error> {
        ClientBuilder::from_env()?.build()
    }
}

impl ClientBuilder {
    /// Returns a builder for a client from environment variables.
    ///
    /// | Variable | Value |
    /// |---|---|
    /// | `NETEXPLORER_URL` | the URL of the platform |
    /// | `NETEXPLORER_ACCESS_TOKEN` | an access token, as for [`access_token`](Self::access_token) |
    /// | `NETEXPLORER_CLIENT_ID`, `NETEXPLORER_CLIENT_SECRET` | a server application, if there is no access token |
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] if a variable is missing, empty or invalid. The message names it.
    pub fn from_env() -> Result<Self, Error> {
        from_variables(|name| env::var_os(name))
    }
}

fn from_variables(get: impl Fn(&str) -> Option<OsString>) -> Result<ClientBuilder, Error> {
    let read = |name: &'static str| match get(name).map(OsString::into_string) {
        None => Ok(None),
        Some(Ok(value)) => Ok(Some(value).filter(|value| !value.trim().is_empty())),
        Some(Err(_)) => Err(configuration(format!("the variable `{name}` is not valid Unicode"))),
    };
    let required = |name, what: &str| {
        let missing = || configuration(format!("set the environment variable `{name}` to {what}"));
        read(name)?.ok_or_else(missing)
    };
    let url = required(URL, "the URL of the platform")?;
    if let Some(token) = read(ACCESS_TOKEN)? {
        return Ok(Client::builder(url).access_token(token));
    }
    let client_id = required(
        CLIENT_ID,
        &format!("the ID of a server application, or `{ACCESS_TOKEN}` to an access token"),
    )?;
    let secret = required(CLIENT_SECRET, "the secret of the server application")?;
    let mut oauth = OAuthSettings::new(OAuthFlow::ClientCredentials, client_id);
    oauth.application_type = Some(ApplicationType::Server);
    oauth.client_secret = Some(SecretSource::Inline(secret.into()));
    let mut connection = Connection::new("environment", Connector::NETEXPLORER_V1_0, oauth);
    connection.endpoint_url = Some(url);
    let connection = connection.resolve().map_err(|error| {
        configuration(format!("the environment variables are not valid settings: {error}"))
    })?;
    // A server application signs in again by itself: there is nothing to keep.
    Client::from_connection(&connection, Arc::new(MemoryStore::new()))
}

fn configuration(message: String) -> Error {
    Error::new(ErrorKind::Configuration, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(variables: &[(&str, &str)]) -> Result<Client, Error> {
        let get = |name: &str| variables.iter().find(|(it, _)| *it == name).map(|(_, v)| v.into());
        from_variables(get)?.build()
    }

    #[test]
    fn a_token_or_an_application_is_enough() {
        let url = (URL, "https://c.example");
        client(&[url, (ACCESS_TOKEN, "t")]).unwrap();
        let application = client(&[url, (CLIENT_ID, "id"), (CLIENT_SECRET, "env:canary")]).unwrap();
        assert!(application.session().is_some());
        assert!(!format!("{application:?}").contains("canary"));
    }

    #[test]
    fn an_error_names_the_missing_variable() {
        let url = (URL, "https://c.example");
        for (variables, missing) in [
            (&[][..], URL),
            (&[(URL, " ")], URL),
            (&[url], CLIENT_ID),
            (&[url, (ACCESS_TOKEN, "")], CLIENT_ID),
            (&[url, (CLIENT_ID, "id")], CLIENT_SECRET),
        ] {
            let error = client(variables).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Configuration, "{variables:?}");
            assert!(error.to_string().contains(missing), "{error}");
        }
        let error = client(&[(URL, "c"), (CLIENT_ID, "i"), (CLIENT_SECRET, "s")]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration);
    }
}
