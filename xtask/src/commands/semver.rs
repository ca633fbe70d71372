//! `cargo xtask semver`: the version that a release needs.

use std::fmt::Write as _;

use serde_json::json;

use super::Output;
use crate::{
    api::Step,
    revision::{Part, Revision},
    semver::{self, Options, Verdict},
    workspace,
};

/// Judges the crates that users depend on; by default the last commit and the working tree are compared. With `check`,
/// fails if the version of a crate is too low.
///
/// # Errors
/// If a revision, a specification or a source cannot be read.
pub fn run(
    old: Option<&str>,
    new: Option<&str>,
    vendors: &[String],
    options: Options,
    check: bool,
) -> anyhow::Result<Output> {
    let root = workspace::root();
    let old = Revision::open(&root, old.unwrap_or("HEAD"), Part::Sdks)?;
    let new = match new {
        Some(new) => Revision::open(&root, new, Part::Sdks)?,
        None => Revision::working_tree(&root),
    };
    let mut verdicts = Vec::new();
    for package in semver::packages(&old, &new) {
        if semver::is_of(&package, vendors) {
            verdicts.push(semver::judge(&root, &package, &old, &new, options)?);
        }
    }
    anyhow::ensure!(
        !verdicts.is_empty(),
        "there is no crate to compare; give revisions of the workspace"
    );
    let is_enough = verdicts.iter().all(|verdict| verdict.version >= verdict.needed);
    let text: String = verdicts.iter().map(markdown).collect();
    let json =
        json!({ "old": old.label, "new": new.label, "crates": verdicts, "enough": is_enough });
    Ok(Output { text, json, success: is_enough || !check })
}

/// A verdict as Markdown.
pub fn markdown(verdict: &Verdict) -> String {
    let mut text = format!("# {}: {}\n\n", verdict.package, verdict.step);
    if verdict.step == Step::None {
        text.push_str("Nothing changed.\n\n");
        return text;
    }
    text.push_str("| Source | Step | First reason |\n|---|---|---|\n");
    for judged in &verdict.sources {
        let step = judged.step.map_or("-".to_owned(), |step| step.to_string());
        let reason = judged.reason.replace('|', "\\|").replace('\n', " ");
        let _ = writeln!(text, "| {} | {step} | {reason} |", judged.source);
    }
    let enough = match verdict.version >= verdict.needed {
        true => format!("The manifest has {}.", verdict.version),
        false => format!("The manifest has {}: set at least {}.", verdict.version, verdict.needed),
    };
    let _ = writeln!(text, "\n{} needs {}. {enough}\n", verdict.old_version, verdict.needed);
    text
}
