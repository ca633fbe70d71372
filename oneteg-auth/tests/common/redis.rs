//! What the tests of the Redis store share.

#![allow(dead_code, unreachable_pub, reason = "each test program uses a part")]

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use oneteg_auth::{
    CredentialVersion, Lease, LeaseDecision, LeaseOwner, RedisStore, SealingKey, SealingKeys,
    ServerFault, SessionKey, StoreError, StoredSession, TokenStore, Tokens,
};
use oneteg_test_peers::RedisServer;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// A bound for a test that hangs; never the time a test takes.
pub const PATIENCE: Duration = Duration::from_secs(60);
pub const MINUTE: Duration = Duration::from_secs(60);

pub fn keys() -> SealingKeys {
    SealingKeys::new(SealingKey::new("k1", [1; 32]).unwrap())
}

pub fn store(url: &str) -> RedisStore {
    RedisStore::open(url, keys()).unwrap()
}

/// The name of the record of a session.
pub fn record(key: &SessionKey) -> String {
    format!("oneteg:session:{}", key.as_str())
}

pub fn owner(name: &str) -> LeaseOwner {
    LeaseOwner::new(name)
}

pub fn tokens(number: u32) -> Tokens {
    Tokens::new(format!("canary-access-{number}"))
        .with_refresh(format!("canary-refresh-{number}"))
        .with_lifetime(MINUTE)
}

pub async fn leased(store: &RedisStore, key: &SessionKey) -> Lease {
    match store.lease(key, &owner("test"), MINUTE).await.unwrap() {
        LeaseDecision::Granted(lease) => lease,
        other => panic!("{other:?}"),
    }
}

/// Stores `tokens(1)` as the first tokens.
pub async fn signed_in(store: &RedisStore, key: &SessionKey) -> CredentialVersion {
    let lease = leased(store, key).await;
    let version = store.commit(&lease, CredentialVersion(0), &tokens(1)).await.unwrap();
    store.release(&lease).await.unwrap();
    version
}

pub async fn stored(store: &RedisStore, key: &SessionKey) -> StoredSession {
    store.load(key).await.unwrap().unwrap()
}

pub async fn stored_access(store: &RedisStore, key: &SessionKey) -> String {
    stored(store, key).await.tokens.unwrap().access.expose().to_owned()
}

/// The fault, if the server refused the step.
pub fn fault<T: std::fmt::Debug>(result: &Result<T, StoreError>) -> Option<&ServerFault> {
    match result {
        Err(StoreError::Server { fault, .. }) => Some(fault),
        _ => None,
    }
}

/// The fields of a record.
pub fn fields(server: &RedisServer, key: &SessionKey) -> Vec<(String, String)> {
    let lines = server.command(&["hgetall", &record(key)]);
    let lines: Vec<_> = lines.lines().map(str::to_owned).collect();
    lines.chunks(2).map(|pair| (pair[0].clone(), pair[1..].concat())).collect()
}

/// A proxy that can lose the reply to a command: it closes the connection once the server has carried it out.
pub struct LossyProxy {
    pub port: u16,
    lose: Arc<AtomicU64>,
    pub lost: Arc<AtomicU64>,
    task: JoinHandle<()>,
}

impl LossyProxy {
    pub async fn start(server: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (lose, lost) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
        let counters = (Arc::clone(&lose), Arc::clone(&lost));
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (lose, lost) = counters.clone();
                tokio::spawn(async move {
                    let server = TcpStream::connect(("127.0.0.1", server)).await.unwrap();
                    let (mut from_client, mut to_client) = client.into_split();
                    let (mut from_server, mut to_server) = server.into_split();
                    let requests = async {
                        let _ = tokio::io::copy(&mut from_client, &mut to_server).await;
                    };
                    let replies = async {
                        let mut buffer = vec![0; 1 << 16];
                        while let Ok(length @ 1..) = from_server.read(&mut buffer).await {
                            let is_lost =
                                lose.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
                                    left.checked_sub(1)
                                });
                            if is_lost.is_ok() {
                                lost.fetch_add(1, Ordering::SeqCst);
                                return;
                            }
                            if to_client.write_all(&buffer[..length]).await.is_err() {
                                return;
                            }
                        }
                    };
                    tokio::select! { () = requests => {}, () = replies => {} }
                });
            }
        });
        Self { port, lose, lost, task }
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/", self.port)
    }

    /// Loses the next replies.
    pub fn lose(&self, replies: u64) {
        self.lose.store(replies, Ordering::SeqCst);
    }
}

impl Drop for LossyProxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}
