//! The certificates of TLS connections. The client library uses the process-wide provider of rustls.

#[cfg(not(feature = "rustls"))]
use redis::sentinel::SentinelClientBuilder;
use redis::{Client, ConnectionInfo, cluster::ClusterClientBuilder};
use zeroize::Zeroizing;

/// Certificates besides those of the platform.
#[derive(Default)]
pub(super) struct Certificates {
    /// A PEM document. Without it the platform's roots are trusted.
    pub(super) roots: Option<Vec<u8>>,
    /// The PEM documents of a certificate chain and its key.
    pub(super) identity: Option<(Vec<u8>, Zeroizing<Vec<u8>>)>,
}

impl Certificates {
    fn is_empty(&self) -> bool {
        self.roots.is_none() && self.identity.is_none()
    }
}

#[cfg(feature = "rustls")]
mod with_rustls {
    use redis::{
        ClientTlsConfig, ConnectionAddr, TlsCertificates, TlsMode, sentinel::SentinelClientBuilder,
    };

    use super::{Certificates, Client, ClusterClientBuilder, ConnectionInfo};

    const UNUSABLE: &str = "its certificates cannot be used; they must be PEM documents";

    impl Certificates {
        pub(in super::super) fn client(
            &self,
            info: ConnectionInfo,
        ) -> Result<Client, &'static str> {
            if matches!(info.addr(), ConnectionAddr::TcpTls { .. }) {
                install_provider();
                return Client::build_with_tls(info, self.documents()?).map_err(|_| UNUSABLE);
            }
            self.only_with_tls()?;
            Client::open(info).map_err(|_| "it is not a valid URL")
        }

        pub(in super::super) fn sentinel(
            &self,
            builder: SentinelClientBuilder,
        ) -> Result<SentinelClientBuilder, &'static str> {
            install_provider();
            let builder = builder
                .set_client_to_redis_tls_mode(TlsMode::Secure)
                .set_client_to_sentinel_tls_mode(TlsMode::Secure);
            let documents = self.documents()?;
            Ok(builder
                .set_client_to_redis_certificates(documents.clone())
                .set_client_to_sentinel_certificates(documents))
        }

        pub(in super::super) fn cluster(
            &self,
            builder: ClusterClientBuilder,
        ) -> Result<ClusterClientBuilder, &'static str> {
            install_provider();
            Ok(builder.tls(TlsMode::Secure).certs(self.documents()?))
        }

        /// The documents, if they hold what they should: the client library takes an empty one for no roots at all,
        /// and complains about a key when it connects.
        fn documents(&self) -> Result<TlsCertificates, &'static str> {
            use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};

            let has_certificates = |pem: &[u8]| {
                let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
                found.is_ok_and(|found| !found.is_empty())
            };
            let roots = self.roots.as_deref().is_none_or(has_certificates);
            let identity = self.identity.as_ref().is_none_or(|(chain, key)| {
                has_certificates(chain) && PrivateKeyDer::from_pem_slice(key).is_ok()
            });
            if !roots || !identity {
                return Err(UNUSABLE);
            }
            let identity = self.identity.as_ref();
            Ok(TlsCertificates {
                client_tls: identity.map(|(chain, key)| ClientTlsConfig {
                    client_cert: chain.clone(),
                    client_key: key.to_vec(),
                }),
                root_cert: self.roots.clone(),
            })
        }
    }

    /// The client library takes rustls's process-wide provider, which rustls installs itself if it is compiled with
    /// one provider, and panics over if it is compiled with two. A program that wants another provider installs it
    /// before it opens a store.
    fn install_provider() {
        if rustls::crypto::CryptoProvider::get_default().is_none() {
            // Another thread was faster, then.
            let _ = rustls::crypto::ring::default_provider().install_default();
        }
    }
}

impl Certificates {
    pub(super) fn only_with_tls(&self) -> Result<(), &'static str> {
        if self.is_empty() {
            Ok(())
        } else {
            Err("it has certificates, and its URL is not one of TLS")
        }
    }
}

#[cfg(not(feature = "rustls"))]
impl Certificates {
    pub(super) fn client(&self, info: ConnectionInfo) -> Result<Client, &'static str> {
        self.refuse()?;
        Client::open(info).map_err(|_| "it is not a valid URL")
    }

    pub(super) fn sentinel(
        &self,
        builder: SentinelClientBuilder,
    ) -> Result<SentinelClientBuilder, &'static str> {
        use redis::TlsMode;

        self.refuse()?;
        Ok(builder
            .set_client_to_redis_tls_mode(TlsMode::Secure)
            .set_client_to_sentinel_tls_mode(TlsMode::Secure))
    }

    pub(super) fn cluster(
        &self,
        builder: ClusterClientBuilder,
    ) -> Result<ClusterClientBuilder, &'static str> {
        self.refuse()?;
        Ok(builder)
    }

    fn refuse(&self) -> Result<(), &'static str> {
        self.only_with_tls().map_err(
            |_| "its certificates need the feature `rustls`; without it the platform's are used",
        )
    }
}
