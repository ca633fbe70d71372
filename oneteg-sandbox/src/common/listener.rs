//! An HTTP listener on the loopback interface that stops when it is dropped.

use std::net::{Ipv4Addr, SocketAddr};

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::SandboxError;

/// A running listener.
///
/// Dropping it stops it from accepting connections and closes idle ones; requests in progress may
/// finish.
#[derive(Debug)]
pub(crate) struct LoopbackListener {
    address: SocketAddr,
    _stop: oneshot::Sender<()>,
}

impl LoopbackListener {
    /// Binds `port` of 127.0.0.1 (0 picks a free one) and serves `router` on it.
    pub(crate) async fn serve(port: u16, router: Router) -> Result<Self, SandboxError> {
        let requested = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let bind_error = |source| SandboxError::Bind { address: requested, source };
        let listener = TcpListener::bind(requested).await.map_err(bind_error)?;
        let address = listener.local_addr().map_err(bind_error)?;
        let (stop, stopped) = oneshot::channel::<()>();
        tokio::spawn(async move {
            let server = axum::serve(listener, router).with_graceful_shutdown(async {
                // Nothing is ever sent: the receiver resolves when the sender is dropped.
                let _ = stopped.await;
            });
            // `axum::serve` retries failed accepts itself and never returns an error.
            let _ = server.await;
        });
        Ok(Self { address, _stop: stop })
    }

    /// The base URL, without a trailing slash.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}
