//! The client.

use oneteg_http::Runtime;

/// A client of one NetExplorer platform. Cloning is cheap, and clones share connections and credential.
#[derive(Clone, Debug)]
pub struct Client {
    runtime: Runtime,
}

impl Client {
    /// A client on top of a runtime whose base URL ends in `/api`.
    pub fn new(runtime: Runtime) -> Self {
        Self { runtime }
    }

    pub(crate) fn runtime(&self) -> &Runtime {
        &self.runtime
    }
}
