//! The client: what it sends with every call, its builder, errors of the gateway and the API, and bulk calls.
#![allow(clippy::unwrap_used, clippy::panic)]

mod doubles;

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
    time::Duration,
};

use doubles::{KEY, TOKEN};
use http::HeaderMap;
use mediavalet_sdk::{
    Client, ErrorKind, FilePart, Method, Patch, RetryPolicy,
    auth::{
        AuthError, AuthRequest, Authenticator, BoxFuture, Connection, CredentialVersion,
        MemoryStore, Recovery,
    },
    bulk::BulkCall,
    download::Rendition,
    types::Asset,
};
use oneteg_http::Transport;
use oneteg_test_kit::http_response;
use serde_json::json;

/// A credential that can be refreshed. Counts its versions and the refusals.
#[derive(Debug, Clone, Default)]
struct Renewable(Arc<(AtomicU64, AtomicU64)>);

impl Authenticator for Renewable {
    fn authorize<'a>(
        &'a self,
        request: AuthRequest<'a>,
    ) -> BoxFuture<'a, Result<CredentialVersion, AuthError>> {
        let version = self.0.0.load(SeqCst);
        let mut value: http::HeaderValue = format!("Bearer {TOKEN}-{version}").parse().unwrap();
        value.set_sensitive(true);
        request.headers.insert(http::header::AUTHORIZATION, value);
        Box::pin(std::future::ready(Ok(CredentialVersion(version))))
    }

    fn refused(&self, version: CredentialVersion) -> BoxFuture<'_, Result<Recovery, AuthError>> {
        self.0.1.fetch_add(1, SeqCst);
        self.0.0.fetch_max(version.0 + 1, SeqCst);
        Box::pin(std::future::ready(Ok(Recovery::Retry)))
    }
}

/// A credential that cannot be refreshed: its sign-in has ended.
#[derive(Debug, Clone)]
struct Ended;

impl Authenticator for Ended {
    fn authorize<'a>(
        &'a self,
        _: AuthRequest<'a>,
    ) -> BoxFuture<'a, Result<CredentialVersion, AuthError>> {
        Box::pin(std::future::ready(Ok(CredentialVersion(0))))
    }

    fn refused(&self, _: CredentialVersion) -> BoxFuture<'_, Result<Recovery, AuthError>> {
        let error = AuthError::EmptyValue { what: "refresh token" };
        Box::pin(std::future::ready(Err(error)))
    }
}

fn scripted<A: Authenticator + Clone>(credential: &A, script: impl Transport) -> Client {
    let policy = RetryPolicy::builder().initial_backoff(Duration::from_millis(1)).build();
    let client = Client::builder().subscription_key(KEY).authenticator(credential.clone());
    client.retry(policy).runtime(|runtime| runtime.transport(script)).build().unwrap()
}

type Seen = Arc<Mutex<Vec<(String, HeaderMap)>>>;

/// A client that always receives this response, and the URLs and headers that it sent.
fn responding(
    renewable: &Renewable,
    status: u16,
    headers: &'static [(&'static str, &'static str)],
    body: &'static str,
) -> (Client, Seen) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&seen);
    let client = scripted(renewable, move |request: mediavalet_sdk::reqwest::Request| {
        kept.lock().unwrap().push((request.url().to_string(), request.headers().clone()));
        async move { Ok(http_response(status, headers, body)) }
    });
    (client, seen)
}

#[tokio::test]
async fn every_call_has_key_version_and_token_and_public_ones_no_token() {
    let (client, seen) = responding(&Renewable::default(), 200, &[], r#"{"id": "a"}"#);
    client.get_asset("a").send().await.unwrap();
    client.get_public_portal("h", "p").send().await.unwrap();
    client.request(Method::GET, "/new").send_empty().await.unwrap();
    let seen = seen.lock().unwrap();
    for (n, (url, headers)) in seen.iter().enumerate() {
        assert!(url.starts_with("https://api.mediavalet.com/"), "{url}");
        assert_eq!(headers["ocp-apim-subscription-key"], KEY);
        assert!(headers["ocp-apim-subscription-key"].is_sensitive());
        assert_eq!(headers["x-mv-api-version"], "1.2");
        assert_eq!(headers.contains_key("authorization"), n != 1, "{url}");
    }
    assert_eq!(seen.len(), 3);
}

#[tokio::test]
async fn a_connections_key_is_sent_to_public_operations() {
    let settings = format!(
        r#"
        connection_name = "MediaValet"
        connector = "mediavaletConnector-v1.0"
        subscription_key = "{KEY}"
        [authentication]
        type = "oauth"
        flow = "authorization_code"
        client_id = "id"
        client_secret = "s3cret"
        "#
    );
    let connection = Connection::from_toml(&settings).unwrap().resolve().unwrap();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&seen);
    let builder = Client::from_connection(&connection, Arc::new(MemoryStore::new())).unwrap();
    assert!(!format!("{builder:?}").contains(KEY));
    let script = move |request: mediavalet_sdk::reqwest::Request| {
        kept.lock().unwrap().push((request.url().to_string(), request.headers().clone()));
        async { Ok(http_response(200, &[], "{}")) }
    };
    let client = builder.runtime(|runtime| runtime.transport(script)).build().unwrap();
    assert!(!format!("{client:?}").contains(KEY));
    client.get_public_portal("h", "p").send().await.unwrap();
    let seen = seen.lock().unwrap();
    assert!(seen[0].0.starts_with("https://api.mediavalet.com/"));
    assert_eq!(seen[0].1["ocp-apim-subscription-key"], KEY);

    let other = r#"
        connection_name = "NetX"
        connector = "netxConnector-v1.0"
        endpoint_url = "https://acme.netx.net"
        [authentication]
        type = "api_key"
        api_key = "k3y"
        "#;
    let other = Connection::from_toml(other).unwrap().resolve().unwrap();
    let refused = Client::from_connection(&other, Arc::new(MemoryStore::new())).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Configuration);
}

#[test]
fn missing_and_invalid_settings_are_errors_of_the_builder() {
    let kind = |builder: mediavalet_sdk::ClientBuilder| {
        let error = builder.build().unwrap_err();
        assert!(!format!("{error} {error:?}").contains("canary"), "{error:?}");
        error.kind()
    };
    let token = || Client::builder().access_token(TOKEN);
    assert_eq!(kind(Client::builder().subscription_key(KEY)), ErrorKind::Configuration);
    assert_eq!(kind(token()), ErrorKind::Configuration);
    assert_eq!(kind(token().subscription_key(" ")), ErrorKind::Configuration);
    assert_eq!(kind(token().subscription_key("canary\n1")), ErrorKind::Authentication);
    let http = token().subscription_key(KEY).base_url("http://api.mediavalet.com");
    assert_eq!(kind(http), ErrorKind::Configuration);
}

#[tokio::test]
async fn a_missing_key_is_not_an_expired_token() {
    const JSON: &[(&str, &str)] = &[("content-type", "application/json")];
    let renewable = Renewable::default();
    for reason in ["missing subscription key. Make sure to include it", "invalid subscription key"]
    {
        let body =
            format!("{{\"statusCode\": 401, \"message\": \"Access denied due to {reason}.\"}}");
        let (client, seen) = responding(&renewable, 401, JSON, body.leak());
        let error = client.get_asset("a").send().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Authentication);
        assert_eq!((seen.lock().unwrap().len(), renewable.0.1.load(SeqCst)), (1, 0));
        assert!(error.to_string().contains("subscription key"), "{error}");
    }
    let (client, seen) = responding(&renewable, 401, &[], "");
    let error = client.get_asset("a").send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Authentication);
    assert_eq!((seen.lock().unwrap().len(), renewable.0.1.load(SeqCst)), (2, 1));
}

#[tokio::test]
async fn the_gateways_sentence_is_the_retry_delay() {
    const JSON: &[(&str, &str)] = &[("content-type", "application/json")];
    let body =
        r#"{"statusCode": 429, "message": "Rate limit is exceeded. Try again in 12 seconds."}"#;
    let (client, _) = responding(&Renewable::default(), 429, JSON, body);
    let options = mediavalet_sdk::CallOptions::new().retry(RetryPolicy::none());
    let error = client.get_asset("a").call_options(options).send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    assert_eq!(error.retry_after(), Some(Duration::from_secs(12)));
    let other = r#"{"statusCode": 429, "message": "Try again in a while"}"#;
    let (client, _) = responding(&Renewable::default(), 429, JSON, other);
    let options = mediavalet_sdk::CallOptions::new().retry(RetryPolicy::none());
    let error = client.get_asset("a").call_options(options).send().await.unwrap_err();
    assert_eq!((error.kind(), error.retry_after()), (ErrorKind::RateLimited, None));
}

#[tokio::test]
async fn a_partially_applied_patch_is_an_error() {
    let body =
        r#"{"apiVersion": "1.2", "payload": {"id": "a"}, "errors": ["`/nonsense` was skipped"]}"#;
    let (client, _) = responding(&Renewable::default(), 200, &[], body);
    let patch = Patch::new().replace("/title", "T").replace("/nonsense", 1);
    let error = client.update_asset("a", patch).send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Partial);
    assert_eq!(error.data().unwrap()["payload"]["id"], "a");
}

/// The header of `bulk_body`.
const MIXED: &[(&str, &str)] = &[("content-type", "multipart/mixed; boundary=b")];

/// The body of a bulk response with these parts.
fn bulk_body(parts: &[(&str, &str)]) -> String {
    let mut body = String::new();
    for (status, inner) in parts {
        body.push_str(&format!(
            "--b\r\nContent-Type: application/http; msgtype=response\r\n\r\nHTTP/1.1 {status}\r\n\
             content-type: application/json\r\n\r\n{inner}\r\n"
        ));
    }
    body + "--b--\r\n"
}

#[tokio::test]
async fn bulk_calls_have_typed_results_and_refused_ones_are_sent_once_more() {
    let renewable = Renewable::default();
    let sent = Arc::new(Mutex::new(Vec::<String>::new()));
    let kept = Arc::clone(&sent);
    let client = scripted(&renewable, move |request: mediavalet_sdk::reqwest::Request| {
        let kept = Arc::clone(&kept);
        async move {
            assert_eq!(request.url().path(), "/bulk");
            let media_type = request.headers()["content-type"].to_str().unwrap();
            assert!(media_type.starts_with("multipart/mixed; boundary="), "{media_type}");
            let body = request.body().unwrap().as_bytes().unwrap();
            let body = String::from_utf8(body.to_vec()).unwrap();
            let again = body.contains(&format!("Bearer {TOKEN}-1"));
            kept.lock().unwrap().push(body);
            let found = ("200 OK", r#"{"apiVersion":"1.2","payload":{"id":"a"},"errors":[]}"#);
            let parts = match again {
                true => vec![found],
                false => vec![
                    found,
                    ("404 Not Found", r#"{"message":"no such asset"}"#),
                    ("401 Unauthorized", ""),
                    ("200 OK", r#"{"apiVersion":"1.2","payload":{},"errors":["skipped"]}"#),
                    ("204 No Content", ""),
                ],
            };
            Ok(http_response(200, MIXED, bulk_body(&parts)))
        }
    });
    let calls = ["/assets/a", "/assets/b", "/assets/c", "/assets/d", "/assets/e"];
    let mut calls: Vec<_> = calls.map(|path| BulkCall::new(Method::GET, path)).into();
    calls[3] =
        BulkCall::new(Method::PATCH, "/assets/d").json(&json!([{"op": "remove", "path": "/x"}]));
    let responses = client.bulk(calls).await.unwrap();
    assert_eq!(responses[0].value::<Asset>().unwrap().id, "a");
    let missing = responses[1].value::<Asset>().unwrap_err();
    assert_eq!((missing.kind(), missing.message()), (ErrorKind::NotFound, "no such asset"));
    assert_eq!(responses[2].value::<Asset>().unwrap().id, "a");
    assert_eq!(responses[3].check().unwrap_err().kind(), ErrorKind::Partial);
    responses[4].check().unwrap();
    assert_eq!(renewable.0.1.load(SeqCst), 1);
    let sent = sent.lock().unwrap();
    assert_eq!(sent.len(), 2);
    assert!(
        sent[1].contains("GET /assets/c HTTP/1.1") && !sent[1].contains("/assets/a"),
        "{}",
        sent[1]
    );
    assert!(!format!("{responses:?} {missing:?}").contains("canary"));
}

/// Sends two calls, of which the first takes effect. The server then fails.
async fn bulk_statuses<A: Authenticator + Clone>(credential: &A) -> (Vec<u16>, u64) {
    let sent = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&sent);
    let client = scripted(credential, move |_: mediavalet_sdk::reqwest::Request| {
        let again = count.fetch_add(1, SeqCst) > 0;
        let parts = [("201 Created", "{}"), ("401 Unauthorized", "")];
        let (status, body) = if again { (500, String::new()) } else { (200, bulk_body(&parts)) };
        async move { Ok(http_response(status, MIXED, body)) }
    });
    let calls = ["/lightboxes", "/categories"].map(|path| BulkCall::new(Method::POST, path));
    let responses = client.bulk(calls).await.unwrap();
    (responses.iter().map(|response| response.status().as_u16()).collect(), sent.load(SeqCst))
}

#[tokio::test]
async fn bulk_responses_are_kept_if_the_refused_calls_cannot_be_sent_again() {
    assert_eq!(bulk_statuses(&Renewable::default()).await, (vec![201, 401], 2));
    assert_eq!(bulk_statuses(&Ended).await, (vec![201, 401], 1));
}

#[tokio::test]
async fn an_invalid_bulk_response_is_an_error() {
    let (client, seen) = responding(&Renewable::default(), 200, &[], "<html>");
    assert!(client.bulk([]).await.unwrap().is_empty());
    assert!(seen.lock().unwrap().is_empty());
    let call = || BulkCall::new(Method::GET, "/assets/a");
    assert_eq!(client.bulk([call()]).await.unwrap_err().kind(), ErrorKind::Envelope);
    let one = bulk_body(&[("200 OK", "{}")]).leak();
    let (client, _) = responding(&Renewable::default(), 200, &[], one);
    assert_eq!(client.bulk([call()]).await.unwrap().len(), 1);
    assert_eq!(client.bulk([call(), call()]).await.unwrap_err().kind(), ErrorKind::Envelope);
    let wrapped = serde_json::to_string(one).unwrap().leak();
    let (client, _) =
        responding(&Renewable::default(), 200, &[("content-type", "application/json")], wrapped);
    client.bulk([call()]).await.unwrap()[0].check().unwrap();
}

#[test]
fn debug_output_of_requests_shows_no_values() {
    let (client, _) = responding(&Renewable::default(), 200, &[], "{}");
    let password = json!({"password": "canary"});
    let patch = Patch::new().replace("/password", "canary");
    let bulk = BulkCall::new(Method::POST, "/users?key=canary").json(&password);
    let update = client.update_asset("canary", patch.clone());
    let raw = client.request(Method::POST, "/users?key=canary").json(&password);
    let shown = format!("{patch:?} {bulk:?} {bulk:#?} {update:?} {update:#?} {raw:?}");
    assert!(!shown.contains("canary"), "{shown}");
    for part in ["/password", "Replace", "/users", "update_asset", "PATCH", "POST"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
}

/// MediaValet on the internet returns a link to this machine, or to an unencrypted connection.
#[tokio::test]
async fn a_link_into_this_machine_is_not_followed() {
    for link in [
        "http://127.0.0.1:9/c/b?sig=canary",
        "http://localhost:9/c",
        "http://cdn.example/c?sig=canary",
        "file:///etc/passwd",
    ] {
        let requests = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&requests);
        let client =
            scripted(&Renewable::default(), move |request: mediavalet_sdk::reqwest::Request| {
                kept.lock().unwrap().push(request.url().host_str().unwrap_or_default().to_owned());
                let id = "2c6b34da-c2fd-41ea-84ee-3ab32219b591";
                let body = json!({"id": id, "uploadUrl": link, "media": {"original": link}});
                async move { Ok(http_response(200, &[], body.to_string())) }
            });
        let download = client.download("a", Rendition::Original).stream().await.err();
        let upload = client
            .upload(FilePart::new("a.bin", b"canary-bytes".to_vec()))
            .category("c")
            .send()
            .await
            .err();
        for error in [download, upload] {
            let error = error.unwrap();
            assert_eq!(error.kind(), ErrorKind::Decode, "{error}");
            assert!(!format!("{error} {error:?}").contains("canary"), "{error:?}");
        }
        assert!(
            requests.lock().unwrap().iter().all(|host| host == "api.mediavalet.com"),
            "{requests:?}"
        );
    }
}
