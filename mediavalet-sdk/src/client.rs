//! The client.

use oneteg_http::Runtime;

/// A client of one MediaValet library. Cloning is cheap, and clones share connections and credential.
#[derive(Clone, Debug)]
pub struct Client {
    runtime: Runtime,
}

impl Client {
    pub(crate) fn runtime(&self) -> &Runtime {
        &self.runtime
    }
}
