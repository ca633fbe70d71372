//! `cargo xtask demo`: the main job of each vendor, without an account.

use super::steps::Steps;
use crate::workspace;

/// Runs the demo of each vendor against the sandbox, or parts of it against a real instance whose address
/// and credential are in the environment.
///
/// # Errors
/// If a demo fails.
pub fn run() -> anyhow::Result<()> {
    let mut steps = Steps::new(false);
    let root = workspace::root();
    for vendor in workspace::vendors(&root, &[])? {
        // A vendor has a demo once the sandbox has a stand-in for it.
        let demo = format!("{}_demo", vendor.name.replace('-', "_"));
        let examples = root.join("oneteg-sandbox/examples");
        if examples.join(&demo).is_dir() || examples.join(format!("{demo}.rs")).is_file() {
            steps.cargo(&demo, &["run", "--quiet", "-p", "oneteg-sandbox", "--example", &demo])?;
        }
    }
    Ok(())
}
