//! A sandbox with a client that acts as the server application, or as another user.

use std::sync::Arc;

use oneteg_sandbox::netexplorer::{
    CLIENT_APPLICATION, CLIENT_SECRET, SERVER_APPLICATION, SERVER_SECRET,
};
use oneteg_sandbox::{Sandbox, SandboxBuilder};
use reqwest::multipart::{Form, Part};
use reqwest::redirect::Policy;
use reqwest::{Method, RequestBuilder, Response, Url};
use rustls::{ClientConfig, RootCertStore};
use serde_json::{Value, json};

/// The redirect URL of client applications. Nothing listens there.
pub(crate) const REDIRECT: &str = "http://127.0.0.1:9/callback";

pub(crate) struct Client {
    pub(crate) sandbox: Sandbox,
    http: reqwest::Client,
    token: String,
    acting_as: Option<u64>,
}

impl Client {
    pub(crate) async fn start() -> Self {
        Self::with(Sandbox::builder()).await
    }

    pub(crate) async fn with(builder: SandboxBuilder) -> Self {
        let sandbox = builder.start().await.unwrap();
        let http = loopback_client();
        let mut client = Self { sandbox, http, token: String::new(), acting_as: None };
        client.sign_in().await;
        client
    }

    /// Signs in as the server application.
    pub(crate) async fn sign_in(&mut self) {
        let response = self
            .token(json!({
                "grant_type": "client_credentials",
                "client_id": SERVER_APPLICATION,
                "client_secret": SERVER_SECRET,
            }))
            .await;
        response["access_token"].as_str().unwrap().clone_into(&mut self.token);
    }

    /// Uses another access token from here on.
    pub(crate) fn use_token(&mut self, token: &str) {
        token.clone_into(&mut self.token);
    }

    /// Acts as another user from here on; as the application itself with `None`.
    pub(crate) fn act_as(&mut self, user: impl Into<Option<u64>>) {
        self.acting_as = user.into();
    }

    /// Sends a JSON request to the token endpoint, and returns its response, which may be an error.
    pub(crate) async fn token(&self, request: Value) -> Value {
        let request = self.anonymous_request(Method::POST, "/oauth2/token").json(&request);
        request.send().await.unwrap().json().await.unwrap()
    }

    /// Requests consent, and returns the query of the URL that the browser is redirected to.
    pub(crate) async fn consent(&self, more: &[(&str, &str)]) -> Vec<(String, String)> {
        let required = [("response_type", "code"), ("client_id", CLIENT_APPLICATION)];
        let query = [&required[..], &[("redirect_uri", REDIRECT)], more].concat();
        let request = self.anonymous_request(Method::GET, &with_query("/oauth2/authorize", &query));
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 302);
        let target = Url::parse(response.headers()["location"].to_str().unwrap()).unwrap();
        assert!(target.as_str().starts_with(REDIRECT));
        target.query_pairs().into_owned().collect()
    }

    /// Signs a client application in with its secret, and returns its tokens.
    pub(crate) async fn member_tokens(&self, scope: &str) -> Value {
        let redirected = self.consent(&[("scope", scope)]).await;
        assert_eq!(redirected[0].0, "code");
        self.token(json!({
            "grant_type": "authorization_code",
            "client_id": CLIENT_APPLICATION,
            "client_secret": CLIENT_SECRET,
            "code": redirected[0].1,
            "redirect_uri": REDIRECT,
        }))
        .await
    }

    /// A request without a credential.
    pub(crate) fn anonymous_request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.sandbox.netexplorer_url()))
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request =
            self.anonymous_request(method, &format!("/api{path}")).bearer_auth(&self.token);
        match self.acting_as {
            Some(user) => request.header("As", user),
            None => request,
        }
    }

    pub(crate) async fn send(&self, method: Method, path: &str, body: Value) -> Response {
        self.request(method, path).json(&body).send().await.unwrap()
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        self.request(Method::GET, path).send().await.unwrap()
    }

    pub(crate) async fn delete(&self, path: &str) -> Response {
        self.request(Method::DELETE, path).send().await.unwrap()
    }

    /// The JSON of a response that must be a success.
    pub(crate) async fn get_json(&self, path: &str) -> Value {
        json_of(self.get(path).await).await
    }

    pub(crate) async fn post_json(&self, path: &str, body: Value) -> Value {
        json_of(self.send(Method::POST, path, body).await).await
    }

    pub(crate) async fn put_json(&self, path: &str, body: Value) -> Value {
        json_of(self.send(Method::PUT, path, body).await).await
    }

    pub(crate) async fn upload(&self, folder: u64, name: &str, content: &[u8]) -> Value {
        let form = form(folder, name, content);
        let request = self.request(Method::POST, "/file/upload?full").multipart(form);
        json_of(request.send().await.unwrap()).await
    }

    pub(crate) async fn bytes(&self, file: &Value) -> Vec<u8> {
        let response = self.get(&format!("/file/{}/download", file["id"])).await;
        assert_eq!(response.status(), 200);
        response.bytes().await.unwrap().into()
    }

    pub(crate) fn writes(&self) -> u64 {
        self.sandbox.netexplorer().counters().writes
    }

    pub(crate) fn writes_of(&self, operation: &str) -> u64 {
        self.sandbox.netexplorer().recording().writes_of(operation)
    }
}

/// The JSON of a response that must be a success; `null` if it has no body.
pub(crate) async fn json_of(response: Response) -> Value {
    let (status, path) = (response.status(), response.url().path().to_owned());
    let body = response.text().await.unwrap();
    assert!(status.is_success(), "{path}: {status}: {body}");
    if body.is_empty() { Value::Null } else { serde_json::from_str(&body).unwrap() }
}

/// The status and the message of a response that must be an error.
pub(crate) async fn error_of(response: Response) -> (u16, String) {
    let status = response.status().as_u16();
    assert!(status >= 400, "{status}");
    let body: Value = response.json().await.unwrap();
    (status, body["error"].as_str().unwrap().to_owned())
}

/// A path with a query.
pub(crate) fn with_query(path: &str, pairs: &[(&str, &str)]) -> String {
    format!("{path}?{}", form_encoded(pairs))
}

pub(crate) fn form_encoded(pairs: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

pub(crate) fn form(folder: u64, name: &str, content: &[u8]) -> Form {
    let part = Part::bytes(content.to_vec()).file_name(name.to_owned());
    Form::new().text("folderId", folder.to_string()).part("targetFile", part)
}

pub(crate) fn names(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap()).collect()
}

/// A client for plain HTTP that follows no redirects. It trusts no certificates, which saves loading the
/// system's.
pub(crate) fn loopback_client() -> reqwest::Client {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth();
    let client = reqwest::Client::builder().tls_backend_preconfigured(tls);
    client.redirect(Policy::none()).build().unwrap()
}
