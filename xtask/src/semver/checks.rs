//! `cargo-semver-checks`, where it is installed.

use std::{path::Path, process::Command};

use super::Judged;
use crate::{api::Step, revision::Revision};

const SOURCE: &str = "cargo-semver-checks";

/// What the tool finds between a git revision and the working tree.
pub(super) fn judge(workspace: &Path, package: &str, old: &Revision) -> Judged {
    let version = Command::new("cargo").args(["semver-checks", "--version"]).output();
    if !version.is_ok_and(|output| output.status.success()) {
        return Judged::new(SOURCE, None, "not installed");
    }
    let output = Command::new("cargo")
        .args(["semver-checks", "check-release", "-p", package, "--baseline-rev", &old.label])
        .env("CARGO_NET_OFFLINE", "true")
        .env("CARGO_TERM_COLOR", "never")
        .current_dir(workspace)
        .output();
    match output {
        Err(error) => Judged::new(SOURCE, None, format!("cannot be started: {error}")),
        Ok(output) => {
            let text = [output.stdout, output.stderr].concat();
            let text = String::from_utf8_lossy(&text);
            match step_of_output(&text) {
                Some((step, line)) => Judged::new(SOURCE, Some(step), line),
                None => Judged::new(SOURCE, None, "it printed no summary"),
            }
        }
    }
}

/// The step that the tool's summary asks for, and its line.
pub fn step_of_output(output: &str) -> Option<(Step, String)> {
    let line = output.lines().map(str::trim).rfind(|line| line.starts_with("Summary"))?;
    let step = match line {
        line if line.contains("new major version") => Step::Major,
        line if line.contains("new minor version") => Step::Minor,
        line if line.contains("no semver update required") => Step::Patch,
        _ => return None,
    };
    Some((step, line.trim_start_matches("Summary").trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_states_the_step() {
        let output = |line: &str| format!("    Checked [ 0.1s] 96 checks\n     Summary {line}\n");
        for (line, step) in [
            ("semver requires new major version: 1 major and 0 minor checks failed", Step::Major),
            ("semver requires new minor version: 0 major and 2 minor checks failed", Step::Minor),
            ("no semver update required", Step::Patch),
        ] {
            assert_eq!(step_of_output(&output(line)).unwrap().0, step);
        }
        assert_eq!(step_of_output("error: no baseline"), None);
    }
}
