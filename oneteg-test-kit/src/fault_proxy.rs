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

/// What a connection through a [`FaultProxy`] suffers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProxyFault {
    /// Every piece comes late, by up to 10 ms.
    Delay,
    /// The connection is reset (TCP RST) in the middle of an answer.
    Reset,
    /// The connection is reset before the server saw all of a request.
    ResetRequest,
    /// The connection is closed in the middle of an answer.
    Truncate,
    /// The direction to the client is closed in the middle of an answer, the other stays open.
    HalfClose,
    /// Answers come in pieces of a few bytes.
    SlowDrip,
    /// Bytes that no answer has, in the middle of one.
    Garbage,
}

impl ProxyFault {
    /// All of them.
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

/// A TCP proxy that ill-treats connections by a seeded plan: the n-th connection of a seed always gets
/// the same fault at the same byte.
#[derive(Debug)]
pub struct FaultProxy {
    address: SocketAddr,
    connections: Arc<AtomicU64>,
    faults: Arc<AtomicU64>,
    accepting: JoinHandle<()>,
}

/// What one connection suffers, and after how many bytes of the direction it concerns.
#[derive(Clone, Copy)]
struct Plan {
    fault: Option<ProxyFault>,
    after: usize,
    seed: u64,
}

impl FaultProxy {
    /// Listens on loopback for connections to `server`. Of a hundred connections, `percent` suffer one
    /// of the `faults`.
    ///
    /// # Errors
    /// When no port can be listened on.
    pub async fn start(
        server: SocketAddr,
        faults: &[ProxyFault],
        percent: u8,
        seed: u64,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let connections = Arc::new(AtomicU64::new(0));
        let faulty = Arc::new(AtomicU64::new(0));
        let (counted, counted_faulty) = (Arc::clone(&connections), Arc::clone(&faulty));
        let faults = faults.to_vec();
        let accepting = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let n = counted.fetch_add(1, Relaxed);
                let mut random =
                    fastrand::Rng::with_seed(seed.wrapping_mul(0x9e37).wrapping_add(n));
                let unlucky = !faults.is_empty() && random.u8(0..100) < percent;
                let fault = unlucky.then(|| faults[random.usize(0..faults.len())]);
                let plan = Plan { fault, after: random.usize(0..800), seed: random.u64(..) };
                counted_faulty.fetch_add(u64::from(unlucky), Relaxed);
                tokio::spawn(async move {
                    // A connection that fails is what this is for.
                    let _ = serve(client, server, plan).await;
                });
            }
        });
        Ok(Self { address, connections, faults: faulty, accepting })
    }

    /// Where to connect to.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many connections came.
    pub fn connections(&self) -> u64 {
        self.connections.load(Relaxed)
    }

    /// How many of them had a fault planned.
    pub fn faults(&self) -> u64 {
        self.faults.load(Relaxed)
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn serve(client: TcpStream, server: SocketAddr, plan: Plan) -> io::Result<()> {
    let upstream = TcpStream::connect(server).await?;
    client.set_nodelay(true)?;
    upstream.set_nodelay(true)?;
    if matches!(plan.fault, Some(ProxyFault::Reset | ProxyFault::ResetRequest)) {
        // Closing then sends RST and not FIN.
        client.set_zero_linger()?;
    }
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = upstream.into_split();
    let request_plan = match plan.fault {
        Some(ProxyFault::ResetRequest) => plan,
        _ => Plan { fault: None, ..plan },
    };
    let answer_plan = match plan.fault {
        Some(ProxyFault::ResetRequest) => Plan { fault: None, ..plan },
        _ => plan,
    };
    // The first direction to end ends both, except that a half-closed one waits for the other.
    tokio::select! {
        result = pump(from_client, to_server, request_plan) => result,
        result = pump(from_server, to_client, answer_plan) => result,
    }
}

/// Copies one direction until it ends or its fault strikes.
async fn pump(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, plan: Plan) -> io::Result<()> {
    let mut random = fastrand::Rng::with_seed(plan.seed);
    let mut piece = vec![0; 16 * 1024];
    let mut copied = 0;
    loop {
        let read = from.read(&mut piece).await?;
        if read == 0 {
            return to.shutdown().await;
        }
        let bytes = &piece[..read];
        // Where in this piece the fault strikes, for those that strike once.
        let strike = plan.after.checked_sub(copied).filter(|at| *at < read);
        copied += read;
        match (plan.fault, strike) {
            (None, _) => to.write_all(bytes).await?,
            (Some(ProxyFault::Delay), _) => {
                sleep(Duration::from_millis(random.u64(0..10))).await;
                to.write_all(bytes).await?;
            }
            (Some(ProxyFault::SlowDrip), _) => {
                for drop in bytes.chunks(random.usize(8..64)) {
                    to.write_all(drop).await?;
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
                // Time for the client to notice, and to send what it will.
                sleep(Duration::from_secs(1)).await;
                return Ok(());
            }
            (Some(ProxyFault::Garbage), Some(at)) => {
                to.write_all(&bytes[..at]).await?;
                // 0xFF is in no UTF-8 text, so no JSON text with it can be taken for a good one.
                let garbage: Vec<u8> = (0..random.usize(1..64)).map(|_| 0xff).collect();
                to.write_all(&garbage).await?;
                to.write_all(&bytes[at..]).await?;
                return Ok(());
            }
        }
    }
}
