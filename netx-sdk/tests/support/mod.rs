//! What the tests share: a server that records what is sent, a server that answers any bytes, and a
//! client for either.

pub mod recorder;
pub mod socket;

use netx_sdk::Client;

/// The credential of every test. It must never show up in anything but the `Authorization` header.
pub const CANARY: &str = "canary-5fd1c0de-token";

/// A client of a server on loopback.
pub fn client(instance: &str) -> Client {
    Client::builder(instance).api_key(CANARY).build().expect("a client of a loopback server")
}
