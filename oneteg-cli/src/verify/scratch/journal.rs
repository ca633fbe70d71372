//! What a run must still remove at the vendor, on disk.

use std::collections::BTreeMap;

use oneteg_http::StateFile;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::scripts::{Object, Removes};
use crate::{error::CliError, verify::state};

/// What must still be removed, in the order in which it was made.
#[derive(Debug)]
pub(crate) struct Journal {
    file: StateFile,
    pub(super) open: Vec<Left>,
}

/// An object that was made, and the calls that remove it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Left {
    /// What it is, with its name, such as ``a collection with the name `oneteg-verify-1a2b` ``.
    pub(crate) what: String,
    pub(super) removes: Vec<Removal>,
    /// The values that the calls need.
    pub(super) values: BTreeMap<String, Value>,
    /// The objects that were made together. Later ones are inside the earlier ones.
    #[serde(default)]
    pub(super) group: String,
    /// Whether it may appear later: the vendor was asked to make it, and has not shown it yet.
    #[serde(default)]
    pub(super) appears_later: bool,
    /// Whether this run could not remove it.
    #[serde(skip)]
    pub(super) failed: bool,
}

/// A call that removes an object.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Removal {
    pub(super) operation: String,
    pub(super) arguments: Value,
    pub(super) keep: Option<(String, String)>,
}

impl Left {
    pub(super) fn new(
        object: &Object,
        what: String,
        group: &str,
        values: &BTreeMap<String, Value>,
    ) -> Self {
        let removes: Vec<Removal> = object.removes.iter().map(Removal::from).collect();
        // No others: one of them may be a signed link.
        let is_needed = |name: &&String| {
            let name = format!("\"${name}\"");
            removes.iter().any(|removal| removal.arguments.to_string().contains(&name))
        };
        let values = values.iter().filter(|(name, _)| is_needed(name));
        let values = values.map(|(name, value)| (name.clone(), value.clone())).collect();
        let group = group.to_owned();
        Self { what, removes, values, group, appears_later: false, failed: false }
    }
}

impl From<&Removes> for Removal {
    fn from(call: &Removes) -> Self {
        Self {
            operation: call.operation.to_owned(),
            arguments: call.arguments.clone(),
            keep: call.keeps.map(|(name, place)| (name.to_owned(), place.to_owned())),
        }
    }
}

impl Journal {
    /// Reads what an earlier run has left. A damaged file counts as nothing.
    pub(crate) async fn open(file: StateFile) -> Self {
        let open = file.load().await.ok().flatten().unwrap_or_default();
        Self { file, open }
    }

    /// What an earlier run has left.
    pub(crate) fn left(&self) -> &[Left] {
        &self.open
    }

    pub(super) async fn store(&self) -> Result<(), CliError> {
        match self.open.is_empty() {
            true => self.file.remove().await?,
            false => {
                state::create_folder(self.file.path())?;
                self.file.save(&self.open).await?;
            }
        }
        Ok(())
    }
}
