//! Ctrl-C.
//!
//! The first one asks the command to stop; most commands are dropped where they wait. The second one ends the process
//! at once, also a command that does not wait, such as a query that never ends.

use tokio::sync::watch;

use crate::error::Exit;

/// Whether Ctrl-C was pressed. Clones observe the same keys.
#[derive(Debug, Clone)]
pub(crate) struct Interrupt(watch::Receiver<bool>);

impl Interrupt {
    /// Handles Ctrl-C from now on. Call it within a runtime that has a worker thread.
    pub(crate) fn listen() -> Self {
        let (sender, receiver) = watch::channel(false);
        tokio::spawn(async move {
            while tokio::signal::ctrl_c().await.is_ok() {
                if sender.send_replace(true) {
                    std::process::exit(Exit::Interrupted as i32);
                }
            }
            // Without a handler, the first Ctrl-C ends the process. The sender must live: a closed channel is no key.
            std::future::pending::<()>().await;
        });
        Self(receiver)
    }

    /// Whether Ctrl-C was pressed.
    pub(crate) fn is_pressed(&self) -> bool {
        *self.0.borrow()
    }

    /// Returns when Ctrl-C is pressed, or if it was.
    pub(crate) async fn pressed(&self) {
        let mut receiver = self.0.clone();
        if receiver.wait_for(|pressed| *pressed).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
