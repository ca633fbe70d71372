//! A sandbox with a client.

use std::sync::Arc;

use oneteg_sandbox::{Sandbox, SandboxBuilder};
use reqwest::header::AUTHORIZATION;
use reqwest::multipart::{Form, Part};
use reqwest::redirect::Policy;
use reqwest::{Method, RequestBuilder, Response};
use rustls::{ClientConfig, RootCertStore};
use serde_json::{Value, json};

pub(crate) struct Client {
    pub(crate) sandbox: Sandbox,
    http: reqwest::Client,
}

impl Client {
    pub(crate) async fn start() -> Self {
        Self::with(Sandbox::builder()).await
    }

    pub(crate) async fn with(builder: SandboxBuilder) -> Self {
        let sandbox = builder.start().await.unwrap();
        Self { sandbox, http: loopback_client() }
    }

    /// A request without a credential.
    pub(crate) fn bare(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.sandbox.netx_url()))
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let credential = format!("apiToken {}", self.sandbox.netx_api_key());
        self.bare(method, path).header(AUTHORIZATION, credential)
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        self.request(Method::GET, path).send().await.unwrap()
    }

    /// Sends a body to the RPC endpoint and returns the envelope.
    pub(crate) async fn post_rpc(&self, body: impl Into<reqwest::Body>) -> Value {
        let response = self.request(Method::POST, "/api/rpc").body(body).send().await.unwrap();
        assert_eq!(response.status(), 200);
        response.json().await.unwrap()
    }

    async fn call(&self, method: &str, params: Value) -> Value {
        let body = json!({ "jsonrpc": "2.0", "id": "7", "method": method, "params": params });
        let envelope = self.post_rpc(body.to_string()).await;
        assert_eq!(envelope["jsonrpc"], "2.0");
        assert_eq!(envelope["id"], "7");
        envelope
    }

    /// The result of a request that must succeed.
    pub(crate) async fn ok(&self, method: &str, params: Value) -> Value {
        let envelope = self.call(method, params).await;
        assert!(envelope.get("error").is_none(), "{method}: {envelope}");
        envelope.get("result").cloned().unwrap_or_else(|| panic!("{method}: no result"))
    }

    /// The error code of a request that must be refused.
    pub(crate) async fn code(&self, method: &str, params: Value) -> i64 {
        let envelope = self.call(method, params).await;
        assert!(envelope.get("result").is_none(), "{method}: {envelope}");
        envelope["error"]["code"].as_i64().unwrap_or_else(|| panic!("{method}: {envelope}"))
    }

    /// An asset with the selected parts.
    pub(crate) async fn asset(&self, id: u64, data: &[&str]) -> Value {
        self.ok("getAssets", json!([[id], { "data": data }])).await[0].take()
    }

    pub(crate) async fn send(&self, method: Method, path: &str, form: Form) -> Response {
        self.request(method, path).multipart(form).send().await.unwrap()
    }

    pub(crate) fn writes(&self) -> u64 {
        self.sandbox.netx().counters().writes
    }
}

/// A client for plain HTTP. It trusts no certificates, so it need not load the system's.
pub(crate) fn loopback_client() -> reqwest::Client {
    loopback_client_with(Policy::default())
}

/// The same with a rule for redirects.
pub(crate) fn loopback_client_with(redirects: Policy) -> reqwest::Client {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth();
    let client = reqwest::Client::builder().tls_backend_preconfigured(tls);
    client.redirect(redirects).build().unwrap()
}

pub(crate) fn file_part(bytes: impl Into<std::borrow::Cow<'static, [u8]>>) -> Form {
    Form::new().part("file", Part::bytes(bytes).file_name("upload.bin"))
}

/// The ids of the results on a page.
pub(crate) fn ids(page: &Value) -> Vec<u64> {
    page["results"].as_array().unwrap().iter().map(|item| item["id"].as_u64().unwrap()).collect()
}

/// The names of the members of a JSON object, sorted.
pub(crate) fn members(object: &Value) -> Vec<&str> {
    let mut names: Vec<_> = object.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}
