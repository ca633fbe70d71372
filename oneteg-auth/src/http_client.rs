//! What the HTTP clients of these crates have in common: TLS and proxies.

use std::fmt;

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
    TlsSettings::default().apply(proxied(reqwest::Client::builder()), encrypted)
}

/// A client builder with the proxies of [`client_builder`] and no TLS yet: [`TlsSettings::apply`] adds it.
pub fn client_builder_without_tls() -> ClientBuilder {
    proxied(reqwest::Client::builder())
}

/// Certificates that a client uses besides those of the platform.
#[derive(Clone, Default)]
pub struct TlsSettings {
    /// PEM documents.
    roots: Vec<Vec<u8>>,
    /// The PEM documents of a certificate chain and its key.
    identity: Option<(Vec<u8>, Vec<u8>)>,
}

impl TlsSettings {
    /// Trusts the certificates in a PEM document too.
    pub fn add_root_certificates(&mut self, pem: &[u8]) {
        self.roots.push(pem.to_vec());
    }

    /// Presents a certificate to servers that ask for one: the PEM documents of the chain, leaf first, and of its
    /// private key (PKCS #8).
    pub fn set_identity(&mut self, certificates: &[u8], key: &[u8]) {
        self.identity = Some((certificates.to_vec(), key.to_vec()));
    }

    /// Sets the TLS of a client: the backend of the enabled feature, the platform's trust store if the client is
    /// `encrypted`, and these certificates. It replaces what was set on the builder.
    ///
    /// # Errors
    /// [`AuthError::HttpClient`] if a PEM document is unusable, if there is no trust store, or if neither feature
    /// is enabled. The reason quotes nothing of the documents.
    pub fn apply(
        &self,
        builder: ClientBuilder,
        encrypted: bool,
    ) -> Result<ClientBuilder, AuthError> {
        backend(builder, encrypted, self)
    }
}

// Without the key.
impl fmt::Debug for TlsSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsSettings")
            .field("roots", &self.roots.len())
            .field("identity", &self.identity.is_some())
            .finish()
    }
}

#[cfg(any(feature = "rustls", feature = "native-tls"))]
fn unusable_pem(what: &str) -> AuthError {
    AuthError::HttpClient { reason: format!("the PEM document has no usable {what}") }
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
fn backend(
    builder: ClientBuilder,
    encrypted: bool,
    settings: &TlsSettings,
) -> Result<ClientBuilder, AuthError> {
    use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
    use rustls_platform_verifier::{BuilderVerifierExt as _, Verifier};

    let unusable = |error: rustls::Error| AuthError::HttpClient { reason: error.to_string() };
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(unusable)?;
    let certificates = |pem: &[u8]| {
        let certificates: Result<Vec<CertificateDer<'static>>, _> =
            CertificateDer::pem_slice_iter(pem).collect();
        certificates.ok().filter(|found| !found.is_empty())
    };
    let mut roots = Vec::new();
    for pem in &settings.roots {
        roots.extend(certificates(pem).ok_or_else(|| unusable_pem("certificate"))?);
    }
    let config = if !roots.is_empty() {
        let provider = std::sync::Arc::clone(config.crypto_provider());
        let verifier = Verifier::new_with_extra_roots(roots, provider).map_err(unusable)?;
        config.dangerous().with_custom_certificate_verifier(std::sync::Arc::new(verifier))
    } else if encrypted {
        config.with_platform_verifier().map_err(unusable)?
    } else {
        config.with_root_certificates(rustls::RootCertStore::empty())
    };
    let mut config = match &settings.identity {
        Some((chain, key)) => {
            let chain = certificates(chain).ok_or_else(|| unusable_pem("certificate"))?;
            let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| unusable_pem("key"))?;
            config.with_client_auth_cert(chain, key).map_err(unusable)?
        }
        None => config.with_no_client_auth(),
    };
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(builder.tls_backend_preconfigured(config))
}

#[cfg(all(not(feature = "rustls"), feature = "native-tls"))]
fn backend(
    builder: ClientBuilder,
    _: bool,
    settings: &TlsSettings,
) -> Result<ClientBuilder, AuthError> {
    use reqwest::{Certificate, Identity};

    let mut roots = Vec::new();
    for pem in &settings.roots {
        let found = Certificate::from_pem_bundle(pem).map_err(|_| unusable_pem("certificate"))?;
        roots.extend(found);
    }
    let mut builder = builder.tls_backend_native().tls_certs_merge(roots);
    if let Some((chain, key)) = &settings.identity {
        let identity = Identity::from_pkcs8_pem(chain, key);
        builder = builder.identity(identity.map_err(|_| unusable_pem("certificate or key"))?);
    }
    Ok(builder)
}

#[cfg(not(any(feature = "rustls", feature = "native-tls")))]
fn backend(_: ClientBuilder, _: bool, _: &TlsSettings) -> Result<ClientBuilder, AuthError> {
    let reason =
        "no TLS is compiled in: enable the feature `rustls` or `native-tls`, or set an HTTP client";
    Err(AuthError::HttpClient { reason: reason.to_owned() })
}
