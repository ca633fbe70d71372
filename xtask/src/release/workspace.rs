//! Applies the rules to this workspace.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context;
use toml_edit::{Document, Item, TableLike};

use super::{
    exceptions::Exceptions,
    interface::{closed, foreign},
    manifests::{self, Member, Report},
};
use crate::{
    api::{Api, Files},
    revision::text_files,
};

/// The exceptions from the rules for interfaces.
pub const EXCEPTIONS: &str = "xtask/tests/data/interfaces.toml";

/// Checks the manifests of all crates.
///
/// # Errors
/// If a manifest cannot be read or is not TOML.
pub fn check_manifests(root: &Path) -> anyhow::Result<Report> {
    let file = |path: &Path| fs::read_to_string(root.join(path)).ok();
    manifests::check(&read(root, "Cargo.toml")?, &members(root)?, &file)
}

/// The public types of published libraries that cannot grow or are of other crates, unless an exception accepts them,
/// and the exceptions that are not needed.
///
/// # Errors
/// If a file cannot be read, or is not Rust or TOML.
pub fn check_interfaces(root: &Path) -> anyhow::Result<Vec<String>> {
    let mut exceptions = Exceptions::parse(&read(root, EXCEPTIONS)?).context(EXCEPTIONS)?;
    let members = members(root)?;
    let own = members.iter().map(|member| name_in_source(&member.folder.to_string_lossy()));
    let own: BTreeSet<String> = own.collect();
    let mut findings = Vec::new();
    for package in check_manifests(root)?.order {
        let source = root.join(&package).join("src");
        if !source.join("lib.rs").is_file() {
            continue;
        }
        let mut files: Files = text_files(&source)?;
        files.retain(|path, _| path.extension().is_some_and(|extension| extension == "rs"));
        let manifest = read(root, &format!("{package}/Cargo.toml"))?;
        let api = Api::read(&files, &manifest).with_context(|| package.clone())?;
        let of_others = dependencies(Document::parse(manifest.as_str())?.as_table());
        let of_others = of_others.difference(&own).cloned().collect();
        for path in exceptions.closed(&package, &closed(&api)) {
            findings.push(format!("{package}: `{path}` cannot grow; mark it `#[non_exhaustive]`"));
        }
        for name in exceptions.foreign(&package, &foreign(&api, &files, &of_others)?) {
            findings.push(format!("{package}: `{name}` is in a public signature; wrap or hide it"));
        }
    }
    let unused = exceptions.unused();
    findings.extend(unused.iter().map(|entry| format!("{EXCEPTIONS}: not needed: {entry}")));
    Ok(findings)
}

fn read(root: &Path, path: &str) -> anyhow::Result<String> {
    fs::read_to_string(root.join(path)).with_context(|| format!("{path} cannot be read"))
}

fn members(root: &Path) -> anyhow::Result<Vec<Member>> {
    let workspace = read(root, "Cargo.toml")?;
    let workspace = Document::parse(workspace.as_str())?;
    let members = workspace["workspace"]["members"].as_array().context("there are no members")?;
    let folders = members.iter().filter_map(|member| member.as_str());
    folders
        .map(|folder| {
            let manifest = read(root, &format!("{folder}/Cargo.toml"))?;
            Ok(Member { folder: PathBuf::from(folder), manifest })
        })
        .collect()
}

/// The dependencies of a manifest, except those of tests, as source code names them.
fn dependencies(manifest: &dyn TableLike) -> BTreeSet<String> {
    let table = manifest.get("dependencies").and_then(Item::as_table_like);
    let mut found: BTreeSet<String> =
        table.into_iter().flat_map(TableLike::iter).map(|(name, _)| name_in_source(name)).collect();
    let platforms = manifest.get("target").and_then(Item::as_table_like);
    for (_, platform) in platforms.into_iter().flat_map(TableLike::iter) {
        found.extend(platform.as_table_like().map(dependencies).unwrap_or_default());
    }
    found
}

fn name_in_source(package: &str) -> String {
    package.replace('-', "_")
}
