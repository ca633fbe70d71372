//! The commands of `cargo xtask`, a file each.

use serde_json::Value;

use crate::stdout::out;

pub mod bench;
pub mod bundle;
pub mod changelog;
pub mod corpus;
pub mod coverage;
pub mod demo;
pub mod diff;
pub mod drift;
pub mod duel;
pub mod evidence;
pub mod generate;
pub mod import;
pub mod interface;
pub mod lint;
pub mod new_vendor;
pub mod overlay;
pub mod peers;
pub mod release;
pub mod replay;
pub mod semver;
pub mod startup;
mod steps;
pub mod test;

/// What a command found. The newer commands return it; `main.rs` prints one of its two forms.
#[derive(Debug, Clone, PartialEq)]
pub struct Output {
    /// For people; Markdown where it is a report.
    pub text: String,
    /// For programs, with `--json`.
    pub json: Value,
    /// Whether the command succeeds. A check that found something has output and fails.
    pub success: bool,
}

impl Output {
    /// Prints it.
    ///
    /// # Errors
    /// If the command did not succeed.
    pub fn print(&self, as_json: bool) -> anyhow::Result<()> {
        if as_json {
            out!("{:#}", self.json);
        } else if !self.text.is_empty() {
            out!("{}", self.text.trim_end());
        }
        anyhow::ensure!(self.success, "failed; the findings are above");
        Ok(())
    }
}
