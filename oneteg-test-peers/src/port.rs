//! Ports for servers that are started again on the same port.

use std::{
    net::{Ipv4Addr, TcpListener},
    sync::atomic::{AtomicU16, Ordering},
    time::SystemTime,
};

/// Below the ports that systems give to outgoing connections (32768 and above on Linux). A port from that range could
/// be taken by somebody's connection while the server is down; a client that polls for it could even connect to
/// itself.
const FIRST: u16 = 20_000;
const COUNT: u16 = 12_000;

static NEXT: AtomicU16 = AtomicU16::new(0);

/// A free port. Another program can take it before the caller binds it; starting a server therefore retries.
pub(crate) fn free_port() -> u16 {
    // Test programs that run at the same time start at different places.
    let clock = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let offset = (clock.subsec_micros() + std::process::id() * 131) % u32::from(COUNT);
    let offset = u16::try_from(offset).unwrap_or_default();
    (0..COUNT)
        .map(|_| FIRST + (offset + NEXT.fetch_add(1, Ordering::Relaxed) % COUNT) % COUNT)
        .find(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok())
        .expect("a free port")
}
