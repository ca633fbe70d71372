use reqwest::ClientBuilder;
use url::Url;

use crate::{Error, ErrorKind};

/// A client builder with the TLS of the enabled feature.
///
/// The rustls provider is named here rather than installed for the process: a library must not decide
/// for the program it is part of, and a program that installed another must not change ours.
///
/// A base URL without TLS (a server on loopback) must not fail for want of a trust store.
pub(crate) fn client_builder(base: &Url) -> Result<ClientBuilder, Error> {
    backend(reqwest::Client::builder(), base.scheme() == "https")
}

#[cfg(feature = "rustls")]
fn backend(builder: ClientBuilder, encrypted: bool) -> Result<ClientBuilder, Error> {
    use rustls_platform_verifier::BuilderVerifierExt as _;
    let unusable = |error: rustls::Error| {
        Error::new(ErrorKind::Configuration, "TLS could not be set up").with_source(error)
    };
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
fn backend(builder: ClientBuilder, _: bool) -> Result<ClientBuilder, Error> {
    Ok(builder.tls_backend_native())
}

#[cfg(not(any(feature = "rustls", feature = "native-tls")))]
fn backend(_: ClientBuilder, _: bool) -> Result<ClientBuilder, Error> {
    Err(Error::new(
        ErrorKind::Configuration,
        "no TLS is compiled in: enable the feature `rustls` or `native-tls`, or give an HTTP client",
    ))
}
