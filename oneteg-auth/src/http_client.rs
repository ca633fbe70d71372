//! What the HTTP clients of these crates have in common: TLS, the one exception to it, and proxies.

use reqwest::{ClientBuilder, NoProxy, Proxy};

use crate::AuthError;

/// A client builder with the TLS of the enabled feature: `rustls` with the ring provider and the
/// platform's trust store, or `native-tls`.
///
/// It honours the proxies of the environment (`HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`, also in
/// lower case), but a host of this machine ([`is_loopback`]) is never reached through a proxy: plain `http`
/// is allowed there because nobody is in between.
///
/// The rustls provider is named here rather than installed for the process: a library must not decide for
/// the program it is part of, and a program that installed another must not change ours.
///
/// `encrypted` says whether the client will speak TLS at all: one for a server on loopback must not fail
/// for want of a trust store.
///
/// # Errors
/// [`AuthError::HttpClient`] when there is no trust store, and when neither feature is enabled.
pub fn client_builder(encrypted: bool) -> Result<ClientBuilder, AuthError> {
    backend(proxied(reqwest::Client::builder()), encrypted)
}

/// The proxies of the environment as `reqwest` reads them by itself, with this machine excepted. `reqwest`
/// has no way to add an exception to what it reads, and an earlier proxy cannot veto a later one.
fn proxied(builder: ClientBuilder) -> ClientBuilder {
    // From here on, `reqwest` looks up no proxies itself.
    let mut builder = builder.no_proxy();
    // In a CGI program `HTTP_PROXY` is a header of whoever asks (httpoxy).
    if std::env::var_os("REQUEST_METHOD").is_some() {
        return builder;
    }
    let first = |names: [&str; 2]| names.into_iter().find_map(|name| std::env::var(name).ok());
    let excepted = first(["NO_PROXY", "no_proxy"]).unwrap_or_default();
    let excepted = NoProxy::from_string(&format!("{excepted},{THIS_MACHINE}"));
    let given = |url: &String| !url.trim().is_empty();
    let all = first(["ALL_PROXY", "all_proxy"]).filter(given);
    let http = first(["HTTP_PROXY", "http_proxy"]).filter(given).or_else(|| all.clone());
    let https = first(["HTTPS_PROXY", "https_proxy"]).filter(given).or(all);
    for proxy in [http.map(Proxy::http), https.map(Proxy::https)].into_iter().flatten() {
        match proxy {
            Ok(proxy) => builder = builder.proxy(proxy.no_proxy(excepted.clone())),
            // The error quotes the URL, which may have a password.
            Err(_) => tracing::warn!("a proxy of the environment is no URL and is not used"),
        }
    }
    builder
}

/// [`is_loopback`] in the syntax of `NO_PROXY`.
const THIS_MACHINE: &str = "localhost,127.0.0.0/8,::1";

#[cfg(feature = "rustls")]
fn backend(builder: ClientBuilder, encrypted: bool) -> Result<ClientBuilder, AuthError> {
    use rustls_platform_verifier::BuilderVerifierExt as _;
    let unusable = |error: rustls::Error| AuthError::HttpClient { reason: error.to_string() };
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(unusable)?;
    let config = if encrypted {
        config.with_platform_verifier().map_err(unusable)?
    } else {
        config.with_root_certificates(rustls::RootCertStore::empty())
    };
    let mut config = config.with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(builder.tls_backend_preconfigured(config))
}

#[cfg(all(not(feature = "rustls"), feature = "native-tls"))]
fn backend(builder: ClientBuilder, _: bool) -> Result<ClientBuilder, AuthError> {
    Ok(builder.tls_backend_native())
}

#[cfg(not(any(feature = "rustls", feature = "native-tls")))]
fn backend(_: ClientBuilder, _: bool) -> Result<ClientBuilder, AuthError> {
    let reason = "no TLS is compiled in: enable the feature `rustls` or `native-tls`, or give an HTTP client";
    Err(AuthError::HttpClient { reason: reason.to_owned() })
}
