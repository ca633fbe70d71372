//! The same calls, made directly with reqwest and serde.

use std::time::Duration;

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::data::{Assets, Style};

#[derive(Serialize)]
struct RpcRequest<'a> {
    jsonrpc: &'a str,
    id: String,
    method: &'a str,
    params: (u64, u64),
}

#[derive(Deserialize)]
struct RpcResponse {
    result: Option<Assets>,
    error: Option<serde_json::Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PayloadResponse {
    payload: Option<Assets>,
    record_count: Option<RecordCount>,
    #[serde(default)]
    errors: Vec<serde_json::Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RecordCount {
    total_records_found: u64,
}

pub(crate) struct DirectClient {
    http: reqwest::Client,
    url: String,
    next: u64,
}

impl DirectClient {
    pub(crate) fn new(url: &str) -> Self {
        // The connection settings of the pipeline's client. The TLS provider is only needed to build one.
        let tls = rustls::ClientConfig::builder_with_provider(
            rustls::crypto::ring::default_provider().into(),
        )
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .redirect(reqwest::redirect::Policy::none())
            // The pipeline sends this header too, and it costs time on both ends.
            .user_agent("oneteg-bench/0.1.0")
            .timeout(Duration::from_secs(60))
            .build()
            .unwrap();
        Self { http, url: url.to_owned(), next: 0 }
    }

    pub(crate) async fn call(&mut self, style: Style, start: u64, size: u64) -> Assets {
        match style {
            Style::Rpc => {
                self.next += 1;
                let body = RpcRequest {
                    jsonrpc: "2.0",
                    id: self.next.to_string(),
                    method: "getAssets",
                    params: (start, size),
                };
                let request = self
                    .http
                    .post(format!("{}/rpc", self.url))
                    .header("content-type", "application/json")
                    .body(serde_json::to_vec(&body).unwrap());
                let response: RpcResponse = send(request).await;
                assert!(response.error.is_none());
                response.result.unwrap()
            }
            Style::Plain => {
                let url = format!("{}/plain?start={start}&size={size}", self.url);
                send(self.http.get(url)).await
            }
            Style::Payload => {
                let url = format!("{}/payload?start={start}&size={size}", self.url);
                let response: PayloadResponse = send(self.http.get(url)).await;
                assert!(response.errors.is_empty());
                assert!(response.record_count.unwrap().total_records_found > 0);
                response.payload.unwrap()
            }
        }
    }
}

async fn send<T: DeserializeOwned>(request: reqwest::RequestBuilder) -> T {
    let response = request
        .header("authorization", "apiToken s3cret")
        .header("accept", "application/json")
        .send()
        .await
        .unwrap()
        .error_for_status()
        .unwrap();
    serde_json::from_slice(&response.bytes().await.unwrap()).unwrap()
}
