//! What the HTTP clients of these crates have in common: TLS, and the one exception to it.

use reqwest::ClientBuilder;
use url::{Host, Url};

use crate::AuthError;

/// A client builder with the TLS of the enabled feature: `rustls` with the ring provider and the
/// platform's trust store, or `native-tls`.
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
    backend(reqwest::Client::builder(), encrypted)
}

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

/// Whether a URL is of this machine, where nobody listens in between: an address of loopback, or
/// `localhost`. A name below that does not count: not every resolver keeps it on this machine (RFC 6761
/// section 6.3 only recommends it).
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        _ => is_loopback_address(url),
    }
}

/// Whether a URL's host is an address of loopback. Where a browser is sent to, the name of
/// [`is_loopback`] does not count: it can be made to point anywhere (RFC 8252 section 8.3).
pub(crate) fn is_loopback_address(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(_)) | None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_is_told_apart_from_what_looks_like_it() {
        for (url, by_name, by_address) in [
            ("http://127.0.0.1:80", true, true),
            ("http://127.8.9.1", true, true),
            ("http://[::1]:1", true, true),
            ("http://localhost:1", true, false),
            ("http://acme.localhost", false, false),
            ("http://localhost.example", false, false),
            ("http://notlocalhost", false, false),
            ("http://127.0.0.1.example", false, false),
            ("http://[::ffff:127.0.0.1]", false, false),
            ("http://0.0.0.0", false, false),
            ("data:127.0.0.1", false, false),
        ] {
            let url = Url::parse(url).unwrap();
            assert_eq!(is_loopback(&url), by_name, "{url}");
            assert_eq!(is_loopback_address(&url), by_address, "{url}");
        }
    }
}
