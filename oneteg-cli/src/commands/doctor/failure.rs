//! Why a request got no response: what the error of the HTTP client means, and what to do.

use std::error::Error as StdError;
use std::io;

use rustls::CertificateError;

use super::finding::Finding;

/// The part of the path to a server that failed.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Failure {
    /// The server's certificate.
    Certificate(CertificateError),
    /// Another reason why TLS failed.
    Tls(String),
    /// The proxy refused or broke the connection.
    Proxy(String),
    Timeout,
    Other(String),
}

/// Finds the reason in the sources of an error. `through_proxy`: whether a proxy is between.
pub(super) fn failure(error: &reqwest::Error, through_proxy: bool) -> Failure {
    let mut reason = String::from("the connection failed");
    let mut next: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(error) = next {
        if let Some(tls) = error.downcast_ref::<rustls::Error>() {
            return match tls {
                rustls::Error::InvalidCertificate(certificate) => {
                    Failure::Certificate(certificate.clone())
                }
                other => Failure::Tls(other.to_string()),
            };
        }
        // An I/O error shows the error in it, and its source is that of the inner one.
        if let Some(inner) = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            reason = inner.to_string();
            next = Some(inner);
            continue;
        }
        // The outermost errors contain the URL, and state no reason.
        if !error.is::<reqwest::Error>() {
            reason = error.to_string();
        }
        next = error.source();
    }
    if error.is_timeout() {
        return Failure::Timeout;
    }
    if through_proxy && error.is_connect() {
        return Failure::Proxy(reason);
    }
    if reason.contains("corrupt message") || reason.contains("InvalidContentType") {
        return Failure::Tls(reason);
    }
    Failure::Other(reason)
}

const TRUST: &str = "If a proxy of your company inspects TLS, add its root certificate to the trust store of this \
                     machine (Debian: copy the PEM file to /usr/local/share/ca-certificates/NAME.crt, then run \
                     `update-ca-certificates`), or name the file in SSL_CERT_FILE";

impl Failure {
    /// The finding; `server` is the host and port.
    pub(super) fn finding(&self, server: &str) -> Finding {
        match self {
            Self::Certificate(error) => {
                let (found, remedy) = certificate(error, server);
                Finding::problem("tls", found, remedy)
            }
            Self::Tls(reason) => Finding::problem(
                "tls",
                format!("{server} does not complete the TLS handshake: {reason}"),
                "Check that the URL has the right port and scheme, and that the server supports TLS 1.2 or 1.3",
            ),
            Self::Proxy(reason) => Finding::problem(
                "proxy",
                format!("the proxy does not connect to {server}: {reason}"),
                "Check the user and password of the proxy, and that it lets requests to this server pass; or except \
                 the server with NO_PROXY",
            ),
            Self::Timeout => Finding::problem(
                "reachability",
                format!("{server} accepts connections and does not respond"),
                "Retry later; if this stays, a firewall or proxy may hold the requests back",
            ),
            Self::Other(reason) => Finding::problem(
                "reachability",
                format!("{server} gives no HTTP response: {reason}"),
                "Check that the URL of the connection is the address of the vendor's API",
            ),
        }
    }
}

fn certificate(error: &CertificateError, server: &str) -> (String, String) {
    use CertificateError as C;
    match error {
        C::UnknownIssuer => (
            format!("the certificate of {server} was issued by an authority that this machine does not trust"),
            TRUST.to_owned(),
        ),
        C::Expired | C::ExpiredContext { .. } => (
            format!("the certificate of {server} has expired: {error}"),
            "Check this machine's clock; if it is right, the server needs a new certificate: tell who runs it".to_owned(),
        ),
        C::NotValidYet | C::NotValidYetContext { .. } => (
            format!("the certificate of {server} is not valid yet: {error}"),
            "Set this machine's clock, which is probably behind".to_owned(),
        ),
        C::NotValidForName | C::NotValidForNameContext { .. } => (
            format!("the certificate of {server} is for another name: {error}"),
            "Use the name in the certificate as the URL of the connection. If a proxy or a captive portal responds \
             in place of the server, sign in to it first"
                .to_owned(),
        ),
        C::Revoked => (
            format!("the certificate of {server} is revoked"),
            "Do not use this server; tell who runs it".to_owned(),
        ),
        _ => (format!("the certificate of {server} is not accepted: {error}"), TRUST.to_owned()),
    }
}
