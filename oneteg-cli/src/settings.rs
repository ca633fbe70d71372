//! The settings file of `oneteg`: `settings.toml` in the folder of profiles.

use std::path::Path;

use crate::error::CliError;

/// The settings of `oneteg`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Settings {}

impl Settings {
    /// Reads the settings file of a folder; the defaults if there is none.
    pub(crate) fn load(_folder: &Path) -> Result<Self, CliError> {
        Ok(Self::default())
    }
}
