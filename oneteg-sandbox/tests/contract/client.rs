//! A sandbox, and requests to any of its operations.

use std::sync::Arc;

use oneteg_catalog::{BodyKind, Catalog, Entry, Place};
use oneteg_sandbox::{Sandbox, SandboxBuilder, mediavalet, netexplorer, netx};
use reqwest::{Method, RequestBuilder};
use rustls::{ClientConfig, RootCertStore};
use serde_json::{Value, json};
use url::form_urlencoded;

pub(crate) struct Client {
    pub(crate) sandbox: Sandbox,
    http: reqwest::Client,
}

impl Client {
    pub(crate) async fn start() -> Self {
        Self::with(Sandbox::builder()).await
    }

    pub(crate) async fn with(builder: SandboxBuilder) -> Self {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(RootCertStore::empty())
            .with_no_client_auth();
        let http = reqwest::Client::builder()
            .use_preconfigured_tls(tls)
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        Self { sandbox: builder.start().await.unwrap(), http }
    }

    /// A request without credentials.
    pub(crate) fn bare(&self, vendor: &str, method: &str, path: &str) -> RequestBuilder {
        let base = match vendor {
            "netx" => self.sandbox.netx_url().to_owned(),
            "mediavalet" => self.sandbox.mediavalet_url().to_owned(),
            _ => self.sandbox.netexplorer_url(),
        };
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        self.http.request(method, format!("{base}{path}"))
    }

    /// A request with the credentials of the vendor.
    pub(crate) fn request(&self, vendor: &str, method: &str, path: &str) -> RequestBuilder {
        let request = self.bare(vendor, method, path);
        match vendor {
            "netx" => {
                let key = self.sandbox.netx_api_key();
                request.header("Authorization", format!("apiToken {key}"))
            }
            "mediavalet" => {
                let mediavalet = self.sandbox.mediavalet();
                request
                    .header("Ocp-Apim-Subscription-Key", &mediavalet.account().subscription_key)
                    .header("x-mv-api-version", "1.2")
                    .bearer_auth(mediavalet.issue_access_token())
            }
            _ => request.bearer_auth(self.sandbox.netexplorer().issue_access_token()),
        }
    }

    /// A request for an operation, with samples of everything that it requires.
    pub(crate) fn call(&self, vendor: &str, entry: &Entry) -> RequestBuilder {
        self.call_with(vendor, entry, &[])
    }

    /// The same with further parameters of the query.
    pub(crate) fn call_with(
        &self,
        vendor: &str,
        entry: &Entry,
        further: &[(&str, &str)],
    ) -> RequestBuilder {
        let catalog = oneteg_catalog::of(vendor).unwrap();
        let mut path = format!("{}{}", catalog.base_path, entry.path);
        let mut query = entry.query.clone();
        let mut procedure = Vec::new();
        for parameter in &entry.parameters {
            let sample = catalog.schemas.sample_named(&parameter.schema, &parameter.name);
            let text = sample.as_str().map_or_else(|| sample.to_string(), str::to_owned);
            match parameter.place {
                Place::Path => path = path.replace(&format!("{{{}}}", parameter.name), &text),
                Place::Query if parameter.required => query.push((parameter.name.clone(), text)),
                Place::Procedure => procedure.push(sample),
                _ => {}
            }
        }
        query.extend(further.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        if !query.is_empty() {
            let query =
                form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
            path.push_str(&format!("?{query}"));
        }
        let request = self.request(vendor, &entry.method, &path);
        if let Some(name) = &entry.procedure {
            return request.json(&json!({
                "jsonrpc": "2.0", "id": "1", "method": name, "params": procedure
            }));
        }
        let Some(body) = entry.body.as_ref().filter(|body| body.required) else { return request };
        match body.kind {
            BodyKind::Json => request.json(&catalog.schemas.sample(&body.schema)),
            BodyKind::Multipart => request
                .header("Content-Type", format!("{}; boundary=b", body.media_type))
                .body("--b--"),
            _ => request.header("Content-Type", &body.media_type).body("sample"),
        }
    }
}

/// The operations of a vendor that no stateful handler serves.
pub(crate) fn unserved(vendor: &str) -> impl Iterator<Item = &'static Entry> {
    let served = match vendor {
        "netx" => netx::served(),
        "mediavalet" => mediavalet::served(),
        _ => netexplorer::served(),
    };
    let catalog: &'static Catalog = oneteg_catalog::of(vendor).unwrap();
    catalog.operations.iter().filter(move |entry| !served.contains(&entry.operation_id.as_str()))
}

/// The content of a response inside the vendor's envelope.
pub(crate) fn content(entry: &Entry, body: Value) -> Value {
    match entry.envelope.as_str() {
        "payload" => body["payload"].clone(),
        "json-rpc" => body["result"].clone(),
        _ => body,
    }
}
