//! What the tests share: a server that records what is sent, a server that answers any bytes, and a
//! client for either.

pub mod socket;

use netx_sdk::Client;

pub use oneteg_test_kit::recorder;
pub use recorder::CANARY;

/// A client of a server on loopback.
pub fn client(instance: &str) -> Client {
    // One try: these tests are about what an answer becomes, not about trying again.
    let client = Client::builder(instance).api_key(CANARY).retry(netx_sdk::RetryPolicy::none());
    client.build().expect("a client of a loopback server")
}
