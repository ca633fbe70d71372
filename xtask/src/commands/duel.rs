//! `cargo xtask duel`: several OAuth clients on one provider that rotates refresh tokens.

use super::steps::Steps;
use crate::workspace;

/// The page with the table.
const PAGE: &str = "docs/duel.md";

/// Runs every client through every scenario, and writes the table into `docs/duel.md`.
///
/// # Errors
/// If the harness fails, or the page has lost the marks around its table.
pub fn run(rounds: u32) -> anyhow::Result<()> {
    let page = workspace::root().join(PAGE);
    let (rounds, page) = (rounds.to_string(), page.display().to_string());
    let run = ["run", "--quiet", "--manifest-path", "benches/duel/Cargo.toml", "--"];
    Steps::new(false).cargo("duel", &[&run[..], &[&rounds, &page]].concat())
}
