//! The clients. Each reads a session from its own storage, gives access tokens, and shows which refresh token it would
//! use next.

mod google;
mod ours;
mod read_then_refresh;
mod yup;

use std::{future::Future, path::Path, pin::Pin, sync::Arc};

use oneteg_test_peers::{PostgresServer, RedisServer};
use serde::{Deserialize, Serialize};

use crate::DuelResult;

type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    Yup,
    ReadThenRefresh,
    Google,
    OursMemory,
    OursFile,
    OursRedis,
    OursPostgres,
}

pub const KINDS: [Kind; 7] = [
    Kind::Yup,
    Kind::ReadThenRefresh,
    Kind::Google,
    Kind::OursMemory,
    Kind::OursFile,
    Kind::OursRedis,
    Kind::OursPostgres,
];

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Yup => "`yup-oauth2` 12.1.2",
            Self::ReadThenRefresh => "read, then refresh",
            Self::Google => "`google-cloud-auth` 1.15.0",
            Self::OursMemory => "ours, memory",
            Self::OursFile => "ours, file",
            Self::OursRedis => "ours, Redis",
            Self::OursPostgres => "ours, PostgreSQL",
        }
    }

    /// Whether another process, or a later one, can read its session.
    pub fn is_shared(self) -> bool {
        self != Self::OursMemory
    }

    /// Whether there is a store that can be away while tokens are to be written. `google-cloud-auth` never writes.
    pub fn writes(self) -> bool {
        !matches!(self, Self::OursMemory | Self::Google)
    }
}

/// Where a client keeps its session, and whom it asks for tokens.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Site {
    pub kind: Kind,
    pub token_url: String,
    /// The folder of files, and the file that holds the first refresh token.
    pub folder: std::path::PathBuf,
    /// The server of a shared store.
    pub store_url: String,
    /// For how long the provider repeats a response; 0 for never.
    pub replay_seconds: u64,
    /// Whether a process will be killed. Ours are then given a lease of a second instead of 30: the next process waits
    /// for its end.
    pub short_lease: bool,
}

impl Site {
    /// The refresh token of a client that keeps its session in memory only.
    pub fn first_refresh_token(&self) -> DuelResult<String> {
        Ok(std::fs::read_to_string(self.folder.join("first"))?)
    }
}

/// Why a caller got no token.
#[derive(Debug)]
pub enum Failure {
    /// The client reports that the state of the session is uncertain: somebody must sign in.
    Uncertain,
    Other(String),
}

/// A client in one process.
pub trait Contestant: Send + Sync {
    /// An access token, as any caller gets it.
    fn token(&self) -> Pending<'_, Result<String, Failure>>;

    /// The refresh token that it would use next.
    fn next_refresh_token(&self) -> Pending<'_, Option<String>>;
}

/// The servers that the stores need. Without one, its store is left out.
pub struct Servers {
    pub redis: Option<RedisServer>,
    pub postgres: Option<PostgresServer>,
}

impl Servers {
    pub fn start() -> Self {
        Self { redis: RedisServer::start(), postgres: PostgresServer::start() }
    }

    /// The URL of the client's server; `None` if it cannot be used, empty if it needs none.
    pub fn url(&self, kind: Kind) -> Option<String> {
        match kind {
            Kind::OursRedis => self.redis.as_ref().map(RedisServer::url),
            Kind::OursPostgres => self.postgres.as_ref().map(PostgresServer::url),
            _ => Some(String::new()),
        }
    }
}

/// Stores a session whose access token has expired.
pub async fn seed(site: &Site, refresh: &str) -> DuelResult<()> {
    std::fs::write(site.folder.join("first"), refresh)?;
    let folder: &Path = &site.folder;
    match site.kind {
        Kind::Yup => yup::seed(folder, refresh),
        Kind::ReadThenRefresh => read_then_refresh::seed(folder, refresh),
        Kind::Google | Kind::OursMemory => Ok(()),
        Kind::OursFile | Kind::OursRedis | Kind::OursPostgres => ours::seed(site, refresh).await,
    }
}

/// Opens the client in this process.
pub async fn open(site: &Site) -> DuelResult<Arc<dyn Contestant>> {
    Ok(match site.kind {
        Kind::Yup => Arc::new(yup::Yup::open(site).await?),
        Kind::ReadThenRefresh => Arc::new(read_then_refresh::ReadThenRefresh::open(site)?),
        Kind::Google => Arc::new(google::Google::open(site)?),
        _ => Arc::new(ours::Ours::open(site).await?),
    })
}
