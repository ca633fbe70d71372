//! TLS of the connections: rustls with ring, and the trust store of the platform or a file.

use std::{path::Path, sync::Arc};

use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use rustls_platform_verifier::BuilderVerifierExt;
use tokio_postgres_rustls::MakeRustlsConnect;
use zeroize::Zeroizing;

use super::url::Tls;
use crate::ServerFault;

fn unusable(reason: impl Into<String>) -> ServerFault {
    ServerFault::Url { reason: reason.into() }
}

/// The connector for a URL. `ca`, a PEM document, counts like the file of `sslrootcert`; with either, nothing else is
/// trusted.
///
/// # Errors
/// [`ServerFault::Url`] for a file that cannot be read or has no certificate or key; [`ServerFault::Tls`] if the
/// platform has no trust store.
pub(super) fn connector(tls: &Tls, ca: Option<&[u8]>) -> Result<MakeRustlsConnect, ServerFault> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|_| ServerFault::Tls)?;
    let Tls::On { root, identity } = tls else {
        // Never used: the library does not encrypt with `SslMode::Disable`.
        let unused = builder.with_root_certificates(RootCertStore::empty());
        return Ok(MakeRustlsConnect::new(unused.with_no_client_auth()));
    };
    let mut roots = RootCertStore::empty();
    if let Some(pem) = ca {
        add(&mut roots, pem, "the CA certificate")?;
    }
    if let Some(path) = root {
        add(&mut roots, &read(path, "sslrootcert")?, "the file of sslrootcert")?;
    }
    let builder = if roots.is_empty() {
        builder.with_platform_verifier().map_err(|_| ServerFault::Tls)?
    } else {
        builder.with_root_certificates(roots)
    };
    let config = match identity {
        None => builder.with_no_client_auth(),
        Some((certificate, key)) => {
            let chain = certificates(&read(certificate, "sslcert")?);
            let chain = chain.ok_or_else(|| unusable("the file of sslcert has no certificate"))?;
            let key = PrivateKeyDer::from_pem_slice(&read(key, "sslkey")?)
                .map_err(|_| unusable("the file of sslkey has no private key in PEM"))?;
            let mismatch = "the private key of sslkey does not belong to sslcert";
            builder.with_client_auth_cert(chain, key).map_err(|_| unusable(mismatch))?
        }
    };
    // Servers since version 17 expect it of a connection that begins with TLS; older ones ignore it.
    let mut config = config;
    config.alpn_protocols = vec![b"postgresql".to_vec()];
    Ok(MakeRustlsConnect::new(config))
}

fn add(roots: &mut RootCertStore, pem: &[u8], what: &str) -> Result<(), ServerFault> {
    let none = || unusable(format!("{what} has no certificate in PEM"));
    for certificate in certificates(pem).ok_or_else(none)? {
        roots.add(certificate).map_err(|_| none())?;
    }
    Ok(())
}

fn certificates(pem: &[u8]) -> Option<Vec<CertificateDer<'static>>> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    found.ok().filter(|found| !found.is_empty())
}

fn read(path: &Path, option: &str) -> Result<Zeroizing<Vec<u8>>, ServerFault> {
    std::fs::read(path)
        .map(Zeroizing::new)
        .map_err(|error| unusable(format!("the file of {option} cannot be read: {}", error.kind())))
}
