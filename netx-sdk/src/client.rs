//! The client and how it is set up.

use std::{sync::Arc, time::Duration};

use oneteg_auth::{ApiKey, Authenticator, Secret};
use oneteg_http::{Error, ErrorKind, Method, RawRequest, ResponseValue, Runtime, reqwest};
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
            http: None,
            user_agent: None,
            read_timeout: None,
            max_answer: None,
        }
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
        self.runtime.procedure(RPC, procedure, params).await
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
        self.runtime.request(method, path)
    }
}

/// Sets up a [`Client`].
#[derive(Debug)]
pub struct ClientBuilder {
    instance: String,
    credential: Credential,
    http: Option<reqwest::Client>,
    user_agent: Option<String>,
    read_timeout: Option<Duration>,
    max_answer: Option<usize>,
}

#[derive(Debug)]
enum Credential {
    None,
    ApiKey(Secret),
    Own(Arc<dyn Authenticator>),
}

impl ClientBuilder {
    /// Signs in with an API token, which a user makes under *Integrations* in the user menu.
    #[must_use]
    pub fn api_key(mut self, key: impl Into<Secret>) -> Self {
        self.credential = Credential::ApiKey(key.into());
        self
    }

    /// Signs in with a credential of your own.
    #[must_use]
    pub fn authenticator(mut self, authenticator: impl Authenticator) -> Self {
        self.credential = Credential::Own(Arc::new(authenticator));
        self
    }

    /// Uses this HTTP client, with its TLS, proxy and time limits. Build it with
    /// `redirect(Policy::none())`; see [`RuntimeBuilder::http_client`](oneteg_http::RuntimeBuilder::http_client).
    #[must_use]
    pub fn http_client(mut self, client: reqwest::Client) -> Self {
        self.http = Some(client);
        self
    }

    /// What the program calls itself in `User-Agent`.
    #[must_use]
    pub fn user_agent(mut self, program: impl Into<String>) -> Self {
        self.user_agent = Some(program.into());
        self
    }

    /// How long the server may be silent. Default: 60 seconds.
    #[must_use]
    pub fn read_timeout(mut self, limit: Duration) -> Self {
        self.read_timeout = Some(limit);
        self
    }

    /// The most bytes of an answer that is decoded; downloads have no limit. Default: 32 MiB.
    #[must_use]
    pub fn max_answer_bytes(mut self, limit: usize) -> Self {
        self.max_answer = Some(limit);
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
        let mut runtime = Runtime::builder(self.instance, NetX, authenticator);
        if let Some(client) = self.http {
            runtime = runtime.http_client(client);
        }
        if let Some(program) = self.user_agent {
            runtime = runtime.user_agent(program);
        }
        if let Some(limit) = self.read_timeout {
            runtime = runtime.read_timeout(limit);
        }
        if let Some(limit) = self.max_answer {
            runtime = runtime.max_answer_bytes(limit);
        }
        Ok(Client { runtime: runtime.build()? })
    }
}
