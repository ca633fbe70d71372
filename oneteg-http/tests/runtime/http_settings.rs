//! Settings of the HTTP client: what `configure_http` may change, and certificates.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{Router, response::Redirect, routing::get};
use http::Uri;
use oneteg_http::{
    CallOptions, Error, ErrorKind, RetryPolicy, Runtime, RuntimeBuilder, codegen::OperationRequest,
    reqwest,
};
use rustls::{
    RootCertStore, ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::WebPkiClientVerifier,
};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use crate::support::{CountingCredential, Plain, READ, WRITE};

const AUTHORITY: &[u8] = include_bytes!("../data/tls/ca.pem");
const CLIENT: (&[u8], &[u8]) =
    (include_bytes!("../data/tls/client.pem"), include_bytes!("../data/tls/client.key"));
const SERVER: (&[u8], &[u8]) =
    (include_bytes!("../data/tls/server.pem"), include_bytes!("../data/tls/server.key"));

fn builder(url: impl Into<String>) -> RuntimeBuilder {
    Runtime::builder(url, Plain, CountingCredential::default()).retry(RetryPolicy::none())
}

async fn read(runtime: &Runtime) -> Result<Value, Error> {
    let request = OperationRequest::new(&READ, CallOptions::new());
    runtime.json::<Value>(request).await.map(|response| response.value)
}

/// A proxy, which receives whole URLs. It redirects writes, and takes its time for reads.
async fn proxy() -> String {
    let respond = |uri: Uri| async move {
        tokio::time::sleep(Duration::from_millis(100)).await;
        serde_json::to_string(&uri.to_string()).unwrap()
    };
    let moved = || async { Redirect::temporary("/elsewhere") };
    let app = Router::new().route("/thing", get(respond).post(moved));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    url
}

#[tokio::test]
async fn the_http_client_uses_a_proxy_and_keeps_the_rules_of_the_runtime() {
    let proxy = reqwest::Proxy::http(proxy().await).unwrap();
    // Nothing listens there.
    let runtime = builder("http://127.0.0.1:9")
        .configure_http(move |http| http.proxy(proxy.clone()))
        .configure_http(|http| http.timeout(Duration::from_millis(1)))
        .configure_http(|http| http.read_timeout(Duration::from_millis(1)))
        .configure_http(|http| http.redirect(reqwest::redirect::Policy::limited(9)))
        .build()
        .unwrap();
    assert_eq!(read(&runtime).await.unwrap(), "http://127.0.0.1:9/thing");
    let write = OperationRequest::new(&WRITE, CallOptions::new());
    let error = runtime.empty(write).await.unwrap_err();
    assert!(error.message().contains("only GET follows redirects"), "{error}");
}

#[test]
fn settings_of_a_client_that_is_replaced_are_an_error() {
    let unused = |_: reqwest::Request| async { Err(Error::new(ErrorKind::Connect, "unused")) };
    let builders = [
        builder("http://127.0.0.1:9").transport(unused).configure_http(|http| http),
        builder("http://127.0.0.1:9").root_certificates(AUTHORITY).transport(unused),
        builder("http://127.0.0.1:9").client_identity(CLIENT.0, CLIENT.1).transport(unused),
    ];
    for builder in builders {
        assert_eq!(builder.build().unwrap_err().kind(), ErrorKind::Configuration);
    }
}

#[test]
fn certificates_that_cannot_be_used_are_an_error_that_does_not_quote_them() {
    const CANARY: &[u8] = b"-----BEGIN PRIVATE KEY-----\ncanary\n-----END PRIVATE KEY-----\n";
    let builders = [
        builder("https://127.0.0.1:9").root_certificates(CANARY),
        builder("https://127.0.0.1:9").root_certificates(""),
        builder("https://127.0.0.1:9").client_identity(CLIENT.0, CANARY),
        builder("https://127.0.0.1:9").client_identity(CANARY, CLIENT.1),
        // The key of another certificate.
        builder("https://127.0.0.1:9").client_identity(CLIENT.0, SERVER.1),
    ];
    for builder in builders {
        assert!(!format!("{builder:?}").contains("canary"));
        let error = builder.build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration, "{error}");
        assert!(!format!("{error} {error:?}").contains("canary"), "{error:?}");
    }
}

/// A server that accepts only clients with a certificate of the test authority.
async fn mutual_tls_server() -> String {
    let authority = CertificateDer::from_pem_slice(AUTHORITY).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(authority).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let clients = WebPkiClientVerifier::builder_with_provider(roots.into(), Arc::clone(&provider));
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(clients.build().unwrap())
        .with_single_cert(
            vec![CertificateDer::from_pem_slice(SERVER.0).unwrap()],
            PrivateKeyDer::from_pem_slice(SERVER.1).unwrap(),
        )
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(mut stream) = acceptor.accept(socket).await else { return };
                let mut request = [0; 4096];
                if stream.read(&mut request).await.is_ok_and(|read| read > 0) {
                    let response =
                        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\n7";
                    let _ = stream.write_all(response.as_bytes()).await;
                    let _ = stream.shutdown().await;
                }
            });
        }
    });
    url
}

#[tokio::test]
async fn certificates_of_the_program_are_trusted_and_presented() {
    let url = mutual_tls_server().await;
    let trusting = || builder(&url).root_certificates(AUTHORITY);
    let known = trusting().client_identity(CLIENT.0, CLIENT.1).build().unwrap();
    assert_eq!(read(&known).await.unwrap(), 7);
    let anonymous = trusting().build().unwrap();
    assert!(read(&anonymous).await.is_err(), "the server accepts a client without a certificate");
    let distrusting = builder(&url).client_identity(CLIENT.0, CLIENT.1).build().unwrap();
    let error = read(&distrusting).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect, "{error:?}");
}

#[tokio::test]
async fn a_path_is_below_the_base_url_with_or_without_a_slash() {
    let paths = Arc::<Mutex<Vec<String>>>::default();
    let seen = Arc::clone(&paths);
    let respond = move |request: reqwest::Request| {
        seen.lock().unwrap().push(request.url().path().to_owned());
        async { Ok(reqwest::Response::from(http::Response::new("{}"))) }
    };
    let runtime = builder("http://127.0.0.1:9/api").transport(respond).build().unwrap();
    for path in ["/account", "account", "account?a=/b"] {
        runtime.request(http::Method::GET, path).send::<Value>().await.unwrap();
    }
    assert_eq!(*paths.lock().unwrap(), ["/api/account"; 3]);
}
