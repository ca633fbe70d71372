//! One HTTP listener on loopback, which ends when it is dropped.

use std::net::{Ipv4Addr, SocketAddr};

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::SandboxError;

/// A running listener. Dropping it stops accepting at once and closes idle connections; requests in
/// progress may finish.
#[derive(Debug)]
pub(crate) struct Loopback {
    address: SocketAddr,
    _stop: oneshot::Sender<()>,
}

impl Loopback {
    /// Binds 127.0.0.1 at `port` (0: a free one) and serves `router` there.
    pub(crate) async fn serve(port: u16, router: Router) -> Result<Self, SandboxError> {
        let wanted = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let refused = |source| SandboxError::Bind { address: wanted, source };
        let listener = TcpListener::bind(wanted).await.map_err(refused)?;
        let address = listener.local_addr().map_err(refused)?;
        let (stop, stopped) = oneshot::channel::<()>();
        tokio::spawn(async move {
            // Both a message and the sender's end mean stop.
            let ended = axum::serve(listener, router).with_graceful_shutdown(async {
                let _ = stopped.await;
            });
            // `axum::serve` retries accept errors by itself and never ends with one.
            let _ = ended.await;
        });
        Ok(Self { address, _stop: stop })
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}
