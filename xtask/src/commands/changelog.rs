//! `cargo xtask changelog`: a file for each change, which a release joins.

use std::{collections::BTreeMap, fmt::Write as _, fs, path::Path};

use anyhow::Context;
use serde_json::json;

use super::{Output, interface};
use crate::{
    api::Step,
    changelog::{self, Entry, FOLDER},
    impact::{Impact, pairs},
    revision::{Part, Revision},
    semver::Version,
    workspace,
};

const CHANGELOG: &str = "CHANGELOG.md";

/// Adds a change.
///
/// # Errors
/// If the crate or kind is unknown, or the file exists with another content.
pub fn add(package: &str, kind: &str, text: &str, is_breaking: bool) -> anyhow::Result<Output> {
    let root = workspace::root();
    let entry = Entry {
        package: package.to_owned(),
        kind: kind.to_owned(),
        is_breaking,
        text: text.to_owned(),
    };
    anyhow::ensure!(
        changelog::is_known(&root, package),
        "there is no crate `{package}`; write `workspace` if the change is about none"
    );
    let entry = Entry::parse(&entry.render())?;
    let words: Vec<&str> = text.split_whitespace().take(8).collect();
    let name = changelog::file_name(&[package, &words.join(" ")]);
    if let Some(other) = changelog::read(&root)?.get(&name) {
        anyhow::ensure!(
            *other == entry,
            "{FOLDER}/{name} has another change; edit it, or begin with other words"
        );
    }
    let written = changelog::write(&root, &BTreeMap::from([(name.clone(), entry)]))?;
    Ok(shown(&written, &format!("{FOLDER}/{name}")))
}

/// Drafts a file for each change between two revisions that users may notice. Files that exist are left as they are.
///
/// # Errors
/// If a revision or specification cannot be read.
pub fn draft(old: Option<&str>, new: Option<&str>, vendors: &[String]) -> anyhow::Result<Output> {
    let root = workspace::root();
    let old = Revision::open(&root, old.unwrap_or("HEAD"), Part::Specs)?;
    let new = match new {
        Some(new) => Revision::open(&root, new, Part::Specs)?,
        None => Revision::working_tree(&root),
    };
    let mut written = Vec::new();
    for (vendor, before, after) in pairs(&old, &new, vendors)? {
        if let (Some(before), Some(after)) = (before, after) {
            let impact = Impact::of(&vendor, &before, &after, interface::generated)?;
            written.extend(changelog::write(&root, &changelog::drafts(&impact))?);
        }
    }
    Ok(shown(&written, "every change has its file"))
}

fn shown(written: &[String], otherwise: &str) -> Output {
    let mut text = String::new();
    for name in written {
        let _ = writeln!(text, "{FOLDER}/{name}");
    }
    if written.is_empty() {
        text = format!("{otherwise}; nothing was written");
    }
    Output { text, json: json!({ "written": written }), success: true }
}

/// Checks the files and shows the section that they would become.
///
/// # Errors
/// If a file is not a change.
pub fn check() -> anyhow::Result<Output> {
    let root = workspace::root();
    let entries = changelog::read(&root)?;
    let step = step(&entries);
    let needed = current(&root)?.after(step);
    let list: Vec<_> = entries
        .iter()
        .map(|(name, entry)| {
            json!({
                "file": name, "crate": entry.package, "kind": entry.kind, "breaking": entry.is_breaking,
                "text": entry.text,
            })
        })
        .collect();
    let text = match entries.is_empty() {
        true => "no changes".to_owned(),
        false => format!(
            "{}\n{} changes; the next version is {needed} or later",
            changelog::joined(&entries),
            entries.len()
        ),
    };
    Ok(Output {
        text,
        json: json!({ "entries": list, "step": step, "needed": needed }),
        success: true,
    })
}

/// Joins the files into `CHANGELOG.md` under a version, and removes them.
///
/// # Errors
/// If a file is not a change, or the version is too low; nothing is written then.
pub fn release(version: &str, date: &str) -> anyhow::Result<Output> {
    let root = workspace::root();
    let entries = changelog::read(&root)?;
    let version: Version = version.parse()?;
    let current = current(&root)?;
    // The manifest may have the new version already.
    let needed = if version == current { current } else { current.after(step(&entries)) };
    anyhow::ensure!(
        version >= needed,
        "{version} is too low: the manifest has {current}, and the changes need {needed}"
    );
    let path = root.join(CHANGELOG);
    let before =
        fs::read_to_string(&path).with_context(|| format!("{CHANGELOG} cannot be read"))?;
    let after = changelog::release(&before, &entries, version, date)?;
    // Written next to it first: a full disk must not lose the old one.
    let new = tempfile::NamedTempFile::new_in(&root)?;
    fs::write(new.path(), after)?;
    new.persist(&path)?;
    for name in entries.keys() {
        fs::remove_file(root.join(FOLDER).join(name))?;
    }
    let text = format!("{CHANGELOG}: {version} with {} changes", entries.len());
    Ok(Output {
        text,
        json: json!({ "version": version, "changes": entries.len() }),
        success: true,
    })
}

fn step(entries: &BTreeMap<String, Entry>) -> Step {
    let step = |entry: &Entry| match (entry.is_breaking, entry.kind.as_str()) {
        (true, _) => Step::Major,
        (false, "Added" | "Deprecated") => Step::Minor,
        _ => Step::Patch,
    };
    entries.values().map(step).max().unwrap_or_default()
}

fn current(root: &Path) -> anyhow::Result<Version> {
    Version::of(&Revision::working_tree(root), "xtask")
}
