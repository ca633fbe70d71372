//! `cargo xtask demo`: the main job of each vendor, without an account.

use super::steps::Steps;

/// Runs the demo of each vendor against the sandbox, or parts of it against a real instance whose address
/// and credential are in the environment.
///
/// # Errors
/// If a demo fails.
pub fn run() -> anyhow::Result<()> {
    let mut steps = Steps::new(false);
    for example in ["netx_demo", "mediavalet_demo", "netexplorer_demo"] {
        let run = ["run", "--quiet", "-p", "oneteg-sandbox", "--example", example];
        steps.cargo(example, &run)?;
    }
    Ok(())
}
