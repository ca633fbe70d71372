//! What the HTTP clients of these crates have in common: TLS and proxies.

use reqwest::{ClientBuilder, NoProxy, Proxy};

use crate::AuthError;

/// A client builder with the TLS of the enabled feature: `rustls` with the ring provider and the platform's
/// trust store, or `native-tls`.
///
/// It uses the proxies of the environment (`HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`, also in lower
/// case), except for hosts of this machine ([`is_loopback`](crate::is_loopback)): plain `http` is allowed there
/// because nobody is in between.
///
/// The rustls provider is set on the client, not installed for the process: a library must not decide for the
/// program that uses it, and a program that installs another provider must not change this one.
///
/// With `encrypted` set to `false` the client needs no trust store; use it for a server on loopback.
///
/// # Errors
/// [`AuthError::HttpClient`] if there is no trust store, or if neither feature is enabled.
pub fn client_builder(encrypted: bool) -> Result<ClientBuilder, AuthError> {
    backend(proxied(reqwest::Client::builder()), encrypted)
}

/// The proxies of the environment as `reqwest` itself reads them, except for this machine. They are read here
/// because `reqwest` cannot add an exception to what it reads, and an earlier proxy cannot veto a later one.
fn proxied(builder: ClientBuilder) -> ClientBuilder {
    // This turns off `reqwest`'s own look-up.
    let mut builder = builder.no_proxy();
    // In a CGI program `HTTP_PROXY` is a header that the remote client sets (httpoxy).
    if std::env::var_os("REQUEST_METHOD").is_some() {
        return builder;
    }
    let variable = |names: [&str; 2]| names.into_iter().find_map(|name| std::env::var(name).ok());
    let excepted = variable(["NO_PROXY", "no_proxy"]).unwrap_or_default();
    let excepted = NoProxy::from_string(&format!("{excepted},{THIS_MACHINE}"));
    let not_blank = |url: &String| !url.trim().is_empty();
    let all = variable(["ALL_PROXY", "all_proxy"]).filter(not_blank);
    let http = variable(["HTTP_PROXY", "http_proxy"]).filter(not_blank).or_else(|| all.clone());
    let https = variable(["HTTPS_PROXY", "https_proxy"]).filter(not_blank).or(all);
    for proxy in [http.map(Proxy::http), https.map(Proxy::https)].into_iter().flatten() {
        match proxy {
            Ok(proxy) => builder = builder.proxy(proxy.no_proxy(excepted.clone())),
            // The error quotes the URL, which may contain a password.
            Err(_) => {
                tracing::warn!("a proxy of the environment is not a valid URL and is ignored")
            }
        }
    }
    builder
}

/// The hosts of [`is_loopback`](crate::is_loopback) in the syntax of `NO_PROXY`.
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
    let reason =
        "no TLS is compiled in: enable the feature `rustls` or `native-tls`, or set an HTTP client";
    Err(AuthError::HttpClient { reason: reason.to_owned() })
}
