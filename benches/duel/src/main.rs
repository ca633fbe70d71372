//! The duel: one provider that rotates refresh tokens strictly, one harness, and several clients that keep a session
//! alive in it. Every client is driven in the same way, in its own processes:
//!
//! | Disruption | How |
//! |---|---|
//! | callers at the same time | tasks of one process, or processes that start on one signal |
//! | a cancelled caller | its future is dropped after the provider has rotated the token, before the response |
//! | a killed process | `kill -9` at the same moment |
//! | a store that is away | it is taken away at the same moment, and is back when the call has ended |
//!
//! A session is *kept* if the refresh token that the client would use next is the one that the provider expects,
//! *reported* if the client has reported that its state is uncertain and has not sent a spent token, and *lost* otherwise.
//!
//! ```text
//! cargo xtask duel
//! ```

mod contestant;
mod provider;
mod scenario;
mod table;
mod worker;

use std::{error::Error, path::PathBuf};

use contestant::Servers;

type DuelResult<T> = Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> DuelResult<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    // The other clients leave the choice of a TLS implementation to the program.
    let _ = rustls::crypto::ring::default_provider().install_default();
    if let Some(job) = std::env::var_os(worker::JOB) {
        return runtime.block_on(worker::run(&job.to_string_lossy()));
    }
    let mut arguments = std::env::args().skip(1);
    let rounds = arguments.next().map_or(Ok(3), |rounds| rounds.parse())?;
    let page = arguments.next().map(PathBuf::from);
    let servers = Servers::start();
    if let Some(postgres) = &servers.postgres {
        runtime.block_on(oneteg_auth::PostgresStore::migrate(postgres.url()))?;
    }
    let results = runtime.block_on(scenario::run_all(&servers, rounds))?;
    let table = table::render(&results, rounds);
    println!("{table}");
    if let Some(page) = page {
        let old = std::fs::read_to_string(&page)?;
        std::fs::write(page, table::insert(&old, &table)?)?;
    }
    Ok(())
}
