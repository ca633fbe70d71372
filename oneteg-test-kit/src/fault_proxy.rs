//! A proxy that disrupts connections.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    task::JoinHandle,
    time::sleep,
};

/// A fault of a connection through a [`FaultProxy`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProxyFault {
    /// Every chunk is delayed by up to 10 ms.
    Delay,
    /// The connection is reset (TCP RST) in the middle of a response.
    Reset,
    /// The connection is reset before the server received a whole request.
    ResetRequest,
    /// The connection is closed in the middle of a response.
    Truncate,
    /// The direction to the client is closed in the middle of a response; the other stays open.
    HalfClose,
    /// Responses are sent a few bytes at a time.
    SlowDrip,
    /// Invalid bytes are inserted in the middle of a response.
    Garbage,
}

impl ProxyFault {
    /// All faults.
    pub const ALL: [Self; 7] = [
        Self::Delay,
        Self::Reset,
        Self::ResetRequest,
        Self::Truncate,
        Self::HalfClose,
        Self::SlowDrip,
        Self::Garbage,
    ];
}

/// A TCP proxy that disrupts connections by a seeded plan: for one seed, the n-th connection always has the same
/// fault at the same byte.
#[derive(Debug)]
pub struct FaultProxy {
    address: SocketAddr,
    connections: Arc<AtomicU64>,
    faults: Arc<AtomicU64>,
    accept_loop: JoinHandle<()>,
}

/// The fault of one connection, and after how many bytes it happens in the direction it concerns.
#[derive(Clone, Copy)]
struct FaultPlan {
    fault: Option<ProxyFault>,
    after_bytes: usize,
    seed: u64,
}

impl FaultProxy {
    /// Forwards connections from a loopback port to `server`, and disrupts `percent` of them with one of the `faults`.
    ///
    /// # Errors
    /// If no port is available.
    pub async fn start(
        server: SocketAddr,
        faults: &[ProxyFault],
        percent: u8,
        seed: u64,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let connections = Arc::new(AtomicU64::new(0));
        let disrupted = Arc::new(AtomicU64::new(0));
        let (counter, fault_counter) = (Arc::clone(&connections), Arc::clone(&disrupted));
        let faults = faults.to_vec();
        let accept_loop = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let n = counter.fetch_add(1, Relaxed);
                let mut random =
                    fastrand::Rng::with_seed(seed.wrapping_mul(0x9e37).wrapping_add(n));
                let is_disrupted = !faults.is_empty() && random.u8(0..100) < percent;
                let fault = is_disrupted.then(|| faults[random.usize(0..faults.len())]);
                let (after_bytes, seed) = (random.usize(0..800), random.u64(..));
                let plan = FaultPlan { fault, after_bytes, seed };
                fault_counter.fetch_add(u64::from(is_disrupted), Relaxed);
                tokio::spawn(async move {
                    // Failed connections are the purpose.
                    let _ = forward(client, server, plan).await;
                });
            }
        });
        Ok(Self { address, connections, faults: disrupted, accept_loop })
    }

    /// The address to connect to.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The number of connections so far.
    pub fn connections(&self) -> u64 {
        self.connections.load(Relaxed)
    }

    /// The number of connections with a planned fault.
    pub fn faults(&self) -> u64 {
        self.faults.load(Relaxed)
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.accept_loop.abort();
    }
}

async fn forward(client: TcpStream, server: SocketAddr, plan: FaultPlan) -> io::Result<()> {
    let upstream = TcpStream::connect(server).await?;
    client.set_nodelay(true)?;
    upstream.set_nodelay(true)?;
    if matches!(plan.fault, Some(ProxyFault::Reset | ProxyFault::ResetRequest)) {
        // Closing then sends RST instead of FIN.
        client.set_zero_linger()?;
    }
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = upstream.into_split();
    let request_plan = match plan.fault {
        Some(ProxyFault::ResetRequest) => plan,
        _ => FaultPlan { fault: None, ..plan },
    };
    let response_plan = match plan.fault {
        Some(ProxyFault::ResetRequest) => FaultPlan { fault: None, ..plan },
        _ => plan,
    };
    // The first direction to end ends both. A half-closed one waits before it ends.
    tokio::select! {
        result = copy_with_fault(from_client, to_server, request_plan) => result,
        result = copy_with_fault(from_server, to_client, response_plan) => result,
    }
}

/// Copies one direction until it ends, or the fault ends it.
async fn copy_with_fault(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    plan: FaultPlan,
) -> io::Result<()> {
    let mut random = fastrand::Rng::with_seed(plan.seed);
    let mut buffer = vec![0; 16 * 1024];
    let mut copied = 0;
    loop {
        let read = from.read(&mut buffer).await?;
        if read == 0 {
            return to.shutdown().await;
        }
        let bytes = &buffer[..read];
        // Where in these bytes the fault happens, for faults that happen once.
        let fault_at = plan.after_bytes.checked_sub(copied).filter(|at| *at < read);
        copied += read;
        match (plan.fault, fault_at) {
            (None, _) => to.write_all(bytes).await?,
            (Some(ProxyFault::Delay), _) => {
                sleep(Duration::from_millis(random.u64(0..10))).await;
                to.write_all(bytes).await?;
            }
            (Some(ProxyFault::SlowDrip), _) => {
                for few in bytes.chunks(random.usize(8..64)) {
                    to.write_all(few).await?;
                    to.flush().await?;
                    tokio::task::yield_now().await;
                }
            }
            (Some(_), None) => to.write_all(bytes).await?,
            (
                Some(ProxyFault::Reset | ProxyFault::ResetRequest | ProxyFault::Truncate),
                Some(at),
            ) => {
                to.write_all(&bytes[..at]).await?;
                return Ok(());
            }
            (Some(ProxyFault::HalfClose), Some(at)) => {
                to.write_all(&bytes[..at]).await?;
                to.shutdown().await?;
                // Time for the client to notice, and to send what it wants.
                sleep(Duration::from_secs(1)).await;
                return Ok(());
            }
            (Some(ProxyFault::Garbage), Some(at)) => {
                to.write_all(&bytes[..at]).await?;
                // 0xFF never occurs in UTF-8, so no JSON document with it is valid.
                let garbage: Vec<u8> = (0..random.usize(1..64)).map(|_| 0xff).collect();
                to.write_all(&garbage).await?;
                to.write_all(&bytes[at..]).await?;
                return Ok(());
            }
        }
    }
}
