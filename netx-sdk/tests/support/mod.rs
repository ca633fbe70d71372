//! Shared by the tests: a server that records requests, a server that responds with arbitrary bytes, and a client
//! for both.

pub mod socket;

use netx_sdk::Client;

pub use oneteg_test_kit::recorder;
pub use recorder::CANARY;

/// A client of a server on loopback.
pub fn client(instance: &str) -> Client {
    // No retries: these tests are about reading responses.
    let client = Client::builder(instance).api_key(CANARY).retry(netx_sdk::RetryPolicy::none());
    client.build().expect("a client of a loopback server")
}
