//! The state of a run that ended early, so that another one continues it.
//!
//! It contains ids of the account. It is next to the connections, for their owner only, and removed when a run is
//! complete.

use std::path::{Path, PathBuf};

use oneteg_catalog::evidence::Operation;
use oneteg_http::{ErrorKind, StateFile};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{learned::Learned, pool::Found};
use crate::error::CliError;

/// The version of [`State`].
const VERSION: u32 = 2;

/// What a run saw before it ended.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct State {
    version: u32,
    /// The specification that it compared with.
    specification: String,
    /// The folder of the report.
    pub(crate) folder: PathBuf,
    pub(crate) sent: u64,
    /// What was called, without the operation that the end interrupted.
    pub(crate) operations: Vec<Operation>,
    pub(crate) pool: Vec<(String, String, Vec<Found>)>,
    /// What the experiments found.
    pub(crate) learned: Learned,
}

impl State {
    pub(crate) fn new(specification: &str, folder: &Path, sent: u64) -> Self {
        Self {
            version: VERSION,
            specification: specification.to_owned(),
            folder: folder.to_owned(),
            sent,
            operations: Vec::new(),
            pool: Vec::new(),
            learned: Learned::default(),
        }
    }
}

/// Where the state of a connection is.
#[derive(Debug)]
pub(crate) struct Place {
    file: StateFile,
    scratch: PathBuf,
}

impl Place {
    /// The state of the connection to a server, next to the connections.
    pub(crate) fn of(connections: &Path, name: &str, server: &str) -> Self {
        let mut digest = Sha256::new();
        for part in [name, server] {
            digest.update((part.len() as u64).to_le_bytes());
            digest.update(part.as_bytes());
        }
        let key: String =
            digest.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        let folder = connections.join("verify");
        Self {
            file: StateFile::new(folder.join(format!("{key}.json"))),
            scratch: folder.join(format!("{key}.scratch.json")),
        }
    }

    /// Where a run stores what it must still remove at the vendor.
    pub(crate) fn scratch(&self) -> StateFile {
        StateFile::new(&self.scratch)
    }

    /// The state of the run that ended early, if there is one.
    ///
    /// # Errors
    /// If it cannot be read, or the specification has changed since.
    pub(crate) async fn load(&self, specification: &str) -> Result<Option<State>, CliError> {
        let state: Option<State> = match self.file.load().await {
            Err(error) if error.kind() == ErrorKind::Integrity => {
                let message = "the state of the earlier run is damaged";
                return Err(CliError::usage(message).with_hint("begin again, without --resume"));
            }
            state => state?,
        };
        match state {
            Some(state) if state.version != VERSION || state.specification != specification => {
                let message = "the specification has changed since the earlier run";
                Err(CliError::usage(message).with_hint("begin again, without --resume"))
            }
            state => Ok(state),
        }
    }

    /// # Errors
    /// If the state cannot be written.
    pub(crate) async fn save(&self, state: &State) -> Result<(), CliError> {
        create_folder(self.file.path())?;
        Ok(self.file.save(state).await?)
    }

    /// # Errors
    /// If a state exists and cannot be removed.
    pub(crate) async fn remove(&self) -> Result<(), CliError> {
        Ok(self.file.remove().await?)
    }
}

/// Creates the folder of a file, for its owner only.
pub(crate) fn create_folder(file: &Path) -> Result<(), CliError> {
    let Some(folder) = file.parent() else { return Ok(()) };
    Ok(oneteg_files::create_private_folder(folder)?)
}
