//! A sandbox with a client.

use std::sync::Arc;

use oneteg_sandbox::{Sandbox, SandboxBuilder};
use reqwest::redirect::Policy;
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use rustls::{ClientConfig, RootCertStore};
use serde_json::{Value, json};

// Ids in the seed.
pub(crate) const ROOT: &str = oneteg_sandbox::mediavalet::ROOT_CATEGORY;
pub(crate) const PRODUCTS: &str = "ca7e6000-0000-4000-8000-000000000002";
pub(crate) const SHOES: &str = "ca7e6000-0000-4000-8000-000000000003";
pub(crate) const PLACES: &str = "ca7e6000-0000-4000-8000-000000000004";
pub(crate) const PHOTOGRAPHER: &str = "a7710000-0000-4000-8000-000000000001";
pub(crate) const RED_SHOE: &str = "a55e7000-0000-4000-8000-000000000001";

pub(crate) struct Client {
    pub(crate) sandbox: Sandbox,
    token: String,
    http: reqwest::Client,
}

impl Client {
    pub(crate) async fn start() -> Self {
        Self::with(Sandbox::builder()).await
    }

    pub(crate) async fn with(builder: SandboxBuilder) -> Self {
        let sandbox = builder.start().await.unwrap();
        let token = sandbox.mediavalet().issue_access_token();
        Self { sandbox, token, http: loopback_client() }
    }

    /// A typed client.
    pub(crate) fn sdk(&self) -> mediavalet_sdk::Client {
        let builder = mediavalet_sdk::Client::builder().base_url(self.sandbox.mediavalet_url());
        let key = self.sandbox.mediavalet().account().subscription_key.clone();
        builder.subscription_key(key).access_token(self.token.clone()).build().unwrap()
    }

    /// A request to any URL, without credentials.
    pub(crate) fn bare(&self, method: Method, url: &str) -> RequestBuilder {
        self.http.request(method, url)
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.sandbox.mediavalet_url())
    }

    /// A request with a subscription key, a token and an API version.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.with_key(method, path).bearer_auth(&self.token)
    }

    pub(crate) fn with_key(&self, method: Method, path: &str) -> RequestBuilder {
        let key = &self.sandbox.mediavalet().account().subscription_key;
        self.bare(method, &self.url(path))
            .header("Ocp-Apim-Subscription-Key", key)
            .header("x-mv-api-version", "1.2")
    }

    /// Sends a request and returns the status and the body.
    pub(crate) async fn response(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> (u16, Value) {
        let request = self.request(method, path);
        let request = match body {
            Some(body) => request.json(&body),
            None => request,
        };
        read(request.send().await.unwrap()).await
    }

    /// The envelope of a request that must succeed.
    pub(crate) async fn envelope(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        let (status, envelope) = self.response(method.clone(), path, body).await;
        assert!((200..300).contains(&status), "{method} {path}: {status} {envelope}");
        envelope
    }

    /// The payload of a request that must succeed.
    pub(crate) async fn ok(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        let envelope = self.envelope(method, path, body).await;
        // Some responses have no body.
        envelope.get("payload").cloned().unwrap_or_default()
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        self.ok(Method::GET, path, None).await
    }

    /// The status of a request.
    pub(crate) async fn status(&self, method: Method, path: &str, body: Option<Value>) -> u16 {
        self.response(method, path, body).await.0
    }

    pub(crate) async fn asset(&self, id: &str) -> Value {
        self.get(&format!("/assets/{id}")).await
    }

    pub(crate) async fn put_blob(&self, url: &str, bytes: impl Into<reqwest::Body>) -> Response {
        let request = self.bare(Method::PUT, url).header("x-ms-blob-type", "BlockBlob");
        request.body(bytes).send().await.unwrap()
    }

    /// Uploads a file in the vendor's five steps and returns the id of the asset.
    pub(crate) async fn upload(&self, name: &str, bytes: &[u8], category: &str) -> String {
        let created = self.ok(Method::POST, "/uploads", Some(json!({ "filename": name }))).await;
        let id = created["id"].as_str().unwrap().to_owned();
        let url = created["uploadUrl"].as_str().unwrap();
        assert_eq!(self.put_blob(url, bytes.to_vec()).await.status(), StatusCode::CREATED);
        let path = format!("/uploads/{id}");
        let details = json!({ "filename": created["uploadFilename"], "title": name, "fileSizeInBytes": bytes.len() });
        self.ok(Method::PUT, &path, Some(details)).await;
        self.ok(Method::POST, &format!("{path}/categories"), Some(json!([category]))).await;
        let finish = json!([{ "op": "replace", "path": "/status", "value": 1 }]);
        self.ok(Method::PATCH, &path, Some(finish)).await;
        id
    }

    pub(crate) fn writes(&self) -> u64 {
        self.sandbox.mediavalet().counters().writes
    }
}

/// The status and the body, as JSON or as a string.
pub(crate) async fn read(response: Response) -> (u16, Value) {
    let status = response.status().as_u16();
    let body = response.text().await.unwrap();
    (status, serde_json::from_str(&body).unwrap_or(Value::String(body)))
}

/// The titles of the assets in a payload.
pub(crate) fn titles(payload: &Value) -> Vec<&str> {
    let assets = payload["assets"].as_array().unwrap();
    assets.iter().map(|asset| asset["title"].as_str().unwrap()).collect()
}

/// A client for plain HTTP. It trusts no certificates, so it need not load the system's.
fn loopback_client() -> reqwest::Client {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth();
    let builder = reqwest::Client::builder().tls_backend_preconfigured(tls);
    builder.redirect(Policy::none()).build().unwrap()
}
