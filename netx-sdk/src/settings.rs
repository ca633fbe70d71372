//! Clients from the environment.

use std::env;

use oneteg_http::{Error, ErrorKind};

use crate::{Client, ClientBuilder};

/// The variable with the URL of the instance.
const URL: &str = "NETX_URL";
/// The variable with the API token.
const API_KEY: &str = "NETX_API_KEY";

impl Client {
    /// Returns a client for the instance in the environment variable `NETX_URL`, with the API token in
    /// `NETX_API_KEY`.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), netx_sdk::Error> {
    /// let client = netx_sdk::Client::from_env()?;
    /// println!("{}", client.get_self().send().await?.user_id);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] if a variable is missing or empty, and those of [`ClientBuilder::build`].
    pub fn from_env() -> Result<Self, Error> {
        ClientBuilder::from_env()?.build()
    }
}

impl ClientBuilder {
    /// Like [`Client::from_env`], but returns the builder for more settings.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] if a variable is missing or empty.
    pub fn from_env() -> Result<Self, Error> {
        Self::from_variables(|name| env::var(name).ok())
    }

    fn from_variables(read: impl Fn(&str) -> Option<String>) -> Result<Self, Error> {
        let value = |name: &str, contents: &str| {
            let value = read(name).filter(|value| !value.trim().is_empty());
            value.ok_or_else(|| {
                let message =
                    format!("the environment variable {name} is not set; set it to {contents}");
                Error::new(ErrorKind::Configuration, message)
            })
        };
        let url = value(URL, "the URL of the instance, such as https://acme.netx.net")?;
        Ok(Client::builder(url).api_key(value(API_KEY, "an API token")?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_variable_is_named() {
        let build = |url: &str, key: &str| {
            ClientBuilder::from_variables(|name| match name {
                URL => Some(url.to_owned()),
                API_KEY => Some(key.to_owned()),
                _ => None,
            })
        };
        build("https://acme.netx.net", "k3y").unwrap().build().unwrap();
        for (url, key, missing) in [("", "k3y", URL), ("https://acme.netx.net", " ", API_KEY)] {
            let error = build(url, key).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Configuration);
            assert!(error.to_string().contains(missing), "{error}");
        }
    }
}
