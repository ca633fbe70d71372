//! The browser of the user who signs in, in demos.

use std::sync::Arc;

/// Does what a browser would: opens the page, and follows its redirect back to the program.
pub(crate) async fn browse(page: url::Url) -> Result<(), Box<dyn std::error::Error>> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    let browser = reqwest::Client::builder().tls_backend_preconfigured(tls).build()?;
    browser.get(page).send().await?.error_for_status()?;
    Ok(())
}
