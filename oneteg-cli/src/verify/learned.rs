//! What the experiments of a run found, so that a run that continues does not repeat them.

use serde::{Deserialize, Serialize};

use super::{choices, paging, probe};

/// What was found, and what is done, also where nothing was found.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Learned {
    /// Whether every operation was called that can be.
    pub(crate) has_called_all: bool,
    pub(crate) paging: paging::Learned,
    pub(crate) probes: probe::Learned,
    pub(crate) choices: choices::Learned,
}
